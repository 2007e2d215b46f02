# SPDX-License-Identifier: Apache-2.0
"""Pictures and conditions move together, and gradients find their way back."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from neural_core.contract import ContractError
from neural_core.layers.diff_augment import diff_augment


def pair(batch: int = 6) -> tuple[Tensor, Tensor]:
    """Pictures whose first channel is the condition; no value is zero."""
    torch.manual_seed(0)
    condition = torch.rand(batch, 2, 16, 24) + 0.5
    return torch.cat([condition[:, :1], torch.rand(batch, 2, 16, 24) + 0.5], 1), condition


@pytest.mark.parametrize("kinds", [("translation",), ("cutout",), ("translation", "cutout")])
def test_what_moves_or_goes_does_so_in_both(kinds: tuple[str, ...]) -> None:
    picture, condition = pair()
    moved, with_it = diff_augment(picture, condition, kinds)
    assert with_it is not None
    assert torch.equal(moved[:, :1], with_it[:, :1])
    assert torch.equal(moved == 0, (with_it[:, :1] == 0).expand_as(moved))
    patterns = {tuple((one == 0).flatten().tolist()) for one in moved}
    assert len(patterns) > 2, "each pair has its own"


def test_a_translation_keeps_what_stays_in_the_picture() -> None:
    picture, _ = pair()
    moved, nothing = diff_augment(picture, None, ("translation",))
    assert nothing is None
    for before, after in zip(picture, moved, strict=True):
        assert set(after[after != 0].tolist()) <= set(before.flatten().tolist())
        assert (after != 0).float().mean() >= 0.875**2


def test_a_translation_moves_by_whole_pixels_up_to_an_eighth() -> None:
    torch.manual_seed(0)
    picture = torch.arange(1.0, 257.0).view(1, 1, 16, 16).repeat(20, 3, 1, 1)
    moved, _ = diff_augment(picture, None, ("translation",))
    found = moved[:, 0, 8, 8].long() - 1
    shifts = {(int(value) // 16 - 8, int(value) % 16 - 8) for value in found}
    assert len(shifts) > 5
    assert all(abs(down) <= 2 and abs(right) <= 2 for down, right in shifts)


def test_a_window_near_the_middle_fills_the_picture() -> None:
    torch.manual_seed(0)
    columns = (torch.arange(16.0) + 0.5) / 16 - 0.5
    ramps = torch.stack(torch.meshgrid(columns, columns, indexing="ij"))
    picture = torch.cat([ramps, ramps[:1]])[None].repeat(40, 1, 1, 1)
    seen, with_it = diff_augment(picture, picture[:, :2], ("zoom",))
    assert with_it is not None
    assert torch.equal(seen[:, :2], with_it), "the condition is seen through the same window"
    inner = seen[:, :, 1:-1, 1:-1]  # at the edge itself the picture ends
    sides = (inner[:, 0, -1, 0] - inner[:, 0, 0, 0]) / (columns[-2] - columns[1])
    across = (inner[:, 1, 0, -1] - inner[:, 1, 0, 0]) / (columns[-2] - columns[1])
    assert torch.allclose(sides, across, atol=1e-4), "nothing is stretched"
    assert 0.5 <= sides.min() < 0.55 and 0.9 < sides.max() <= 1
    middles = inner[:, :2].mean((2, 3))
    assert bool((middles.abs() <= (1 - sides)[:, None] / 4 + 0.01).all())
    assert middles.std() > 0.02


def test_a_hole_is_at_most_a_quarter() -> None:
    picture, _ = pair(64)
    cut, _ = diff_augment(picture, None, ("cutout",))
    gone = (cut[:, 0] == 0).float().mean((1, 2))
    assert gone.max() == 0.25
    assert gone.min() < 0.25, "some holes reach over the edge"


def test_colors_change_in_the_picture_alone() -> None:
    picture, condition = pair()
    colored, same = diff_augment(picture, condition, ("color",))
    assert torch.equal(same, condition)
    assert not torch.allclose(colored, picture)


def test_gradients_reach_every_pixel_that_is_still_seen() -> None:
    picture, condition = pair(2)
    picture.requires_grad_(True)
    moved, _ = diff_augment(picture, condition, ("color", "translation", "cutout", "zoom"))
    moved.sum().backward()
    assert picture.grad is not None
    assert torch.isfinite(picture.grad).all()
    assert (picture.grad != 0).any()


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ContractError, match="'flip' is unknown"):
        diff_augment(*pair(), ("flip",))


def test_stacks_of_the_same_frames_change_alike() -> None:
    torch.manual_seed(0)
    picture, condition = torch.rand(3, 3, 16, 16), torch.rand(3, 2, 16, 16)
    kinds = ("color", "translation", "cutout", "zoom")
    stacked, moved = diff_augment(
        picture.repeat(2, 1, 1, 1), condition.repeat(2, 1, 1, 1), kinds, 2
    )
    assert moved is not None
    assert torch.equal(stacked[:3], stacked[3:])
    assert torch.equal(moved[:3], moved[3:])
    assert not torch.equal(stacked[0] == 0, stacked[1] == 0), "frames differ"
