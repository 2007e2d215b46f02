# SPDX-License-Identifier: Apache-2.0
"""Cutting at the near plane keeps the area in front, its place on the face, and the winding."""

from __future__ import annotations

import torch

from neural_core.geometry.clipping import clip_near


def _areas(corners: torch.Tensor) -> torch.Tensor:
    a, b, c = corners.unbind(1)
    return torch.linalg.cross(b - a, c - a)


def test_whole_faces_pass_and_others_vanish() -> None:
    vertices = torch.tensor([[0.0, 0, -3], [1, 0, -3], [0, 1, -3], [0, 0, 3], [1, 0, 3], [0, 1, 3]])
    clipped = clip_near(vertices, torch.tensor([[3, 4, 5], [0, 1, 2]]), 0.1)
    assert clipped.face.tolist() == [1]
    torch.testing.assert_close(clipped.corners[0], vertices[:3])


def test_parts_lie_in_front_on_the_face_and_keep_the_winding() -> None:
    vertices = torch.randn(
        (300, 3), generator=torch.Generator().manual_seed(0), dtype=torch.float64
    )
    faces = torch.arange(300).view(-1, 3)
    clipped = clip_near(vertices, faces, 0.25)
    assert (-clipped.corners[..., 2] >= 0.25 - 1e-9).all()
    assert (clipped.shares >= -1e-12).all()
    torch.testing.assert_close(clipped.shares.sum(-1), torch.ones_like(clipped.shares[..., 0]))
    torch.testing.assert_close(clipped.shares @ vertices[faces][clipped.face], clipped.corners)
    whole = _areas(vertices[faces])[clipped.face]
    assert ((_areas(clipped.corners) * whole).sum(-1) >= -1e-12).all()
    assert (clipped.face[1:] >= clipped.face[:-1]).all()


def test_no_area_in_front_is_lost() -> None:
    """The parts of one corner in front and of two add up to the triangle."""
    vertices = torch.tensor([[0.0, 0, -1], [2, 0, -1], [0, 2, 1]], dtype=torch.float64)
    whole = _areas(vertices[None]).norm()
    front = clip_near(vertices, torch.tensor([[0, 1, 2]]), 0.0)
    mirrored = vertices * torch.tensor([1.0, 1.0, -1.0])
    back = clip_near(mirrored, torch.tensor([[0, 1, 2]]), 0.0)
    assert len(front.face) == 2
    assert len(back.face) == 1
    parts = torch.cat([_areas(front.corners), _areas(back.corners)]).norm(dim=1).sum()
    torch.testing.assert_close(parts, whole)
