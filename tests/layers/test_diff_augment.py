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
    moved, _ = diff_augment(picture, condition, ("color", "translation", "cutout"))
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
    kinds = ("color", "translation", "cutout")
    stacked, moved = diff_augment(
        picture.repeat(2, 1, 1, 1), condition.repeat(2, 1, 1, 1), kinds, 2
    )
    assert moved is not None
    assert torch.equal(stacked[:3], stacked[3:])
    assert torch.equal(moved[:3], moved[3:])
    assert not torch.equal(stacked[0] == 0, stacked[1] == 0), "frames differ"
