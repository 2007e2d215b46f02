# SPDX-License-Identifier: Apache-2.0
"""The unit primitives are closed, face outwards and fill boxes."""

from __future__ import annotations

import numpy as np
import pytest

from neural_core.contract import Mesh, SceneObject, validate_mesh
from neural_core.geometry.primitives import box_matrix, unit_cuboid, unit_sphere

PRIMITIVES = {"cuboid": unit_cuboid(), "sphere": unit_sphere()}


@pytest.fixture(params=list(PRIMITIVES))
def mesh(request: pytest.FixtureRequest) -> Mesh:
    """Each primitive."""
    return PRIMITIVES[request.param]


def test_it_obeys_the_contract(mesh: Mesh) -> None:
    validate_mesh("mesh", mesh)


def test_it_spans_the_unit_box(mesh: Mesh) -> None:
    np.testing.assert_allclose(mesh.vertices.min(0), -1, atol=1e-6)
    np.testing.assert_allclose(mesh.vertices.max(0), 1, atol=1e-6)


def test_winding_and_normals_point_outwards(mesh: Mesh) -> None:
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    across = np.cross(b - a, c - a)
    assert (np.linalg.norm(across, axis=1) > 1e-6).all()
    assert ((across * (a + b + c)).sum(1) > 0).all()
    assert mesh.corner_normals is not None
    np.testing.assert_allclose(np.linalg.norm(mesh.corner_normals, axis=2), 1, atol=1e-6)
    assert ((mesh.corner_normals * across[:, None]).sum(2) > 0).all()


def test_it_is_closed(mesh: Mesh) -> None:
    """Every edge, by position, is walked once in each direction."""
    points = [tuple(np.round(p, 5) + 0.0) for p in mesh.vertices]
    edges: dict[tuple, int] = {}
    for face in mesh.faces:
        for i in range(3):
            edge = (points[face[i]], points[face[(i + 1) % 3]])
            edges[edge] = edges.get(edge, 0) + 1
    assert set(edges.values()) == {1}
    assert all((b, a) in edges for a, b in edges)


def test_uvs_lie_in_the_unit_square(mesh: Mesh) -> None:
    assert mesh.corner_uvs is not None
    assert mesh.corner_uvs.min() == 0
    assert mesh.corner_uvs.max() == 1


def test_box_matrix_fills_the_box() -> None:
    pose = np.eye(4)
    pose[:3, :3] = np.diag([2.0, -1.0, 1.0])
    pose[:3, 3] = (10, 20, 30)
    box = np.array([[-1.0, 0.0, 2.0], [3.0, 4.0, 8.0]])
    item = SceneObject("a", 1, 1, "cuboid", pose, box)
    corners = np.array([[-1, -1, -1, 1], [1, 1, 1, 1]]) @ box_matrix(item).T
    expected = np.column_stack([box, [1, 1]]) @ pose.T
    np.testing.assert_allclose(corners, expected)
