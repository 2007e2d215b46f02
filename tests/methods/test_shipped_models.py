# SPDX-License-Identifier: Apache-2.0
"""The shipped models of SMIS on held-out frames: what must be true of their pictures.

Beside this file lie two scenes of each family that no training run saw, made by
`blockout dataset FAMILY --count 4 --seed 700 --samples 10` and the same with --seed 720.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.utils.data import default_collate

from neural_core.contract import Controls
from neural_core.data.dataset import FrameDataset, is_held_out
from neural_core.data.forms import form_batch
from neural_core.evaluation.spill import spills
from neural_core.methods.smis.labels import class_masks, guide_maps
from neural_core.methods.smis.method import SmisMethod


@dataclass(frozen=True)
class Shipped:
    """A model, and the classes that its family is asked about.

    ``large``: two that fill much of a picture; ``tinted``: objects; ``lit``: a floor. ``blue``: red
    minus blue of a thing asked to be blue: lamps are warm.
    """

    model: str
    frames: str
    large: tuple[int, int]
    tinted: int
    lit: int
    blue: float


SPILL = 0.2
"""The most that a class drawn again may change around it, as a share of its own change."""

SHIPPED = (
    Shipped("smis-street-128", "street_held_out", (11, 23), tinted=26, lit=7, blue=-0.1),
    Shipped("smis-room-128", "room_held_out", (1, 2), tinted=6, lit=2, blue=0.0),
)


@pytest.fixture(scope="module", params=SHIPPED, ids=lambda shipped: shipped.model)
def shipped(request: pytest.FixtureRequest) -> Shipped:
    return request.param


@pytest.fixture(scope="module")
def method(shipped: Shipped) -> SmisMethod:
    return SmisMethod(shipped.model)


@pytest.fixture(scope="module")
def frames(shipped: Shipped) -> dict[str, Tensor]:
    data = FrameDataset(Path(__file__).parent / shipped.frames, "all", "both")
    assert all(is_held_out(data.key(i)[0]) for i in range(len(data)))
    return default_collate([data[i] for i in range(len(data))])


def some_of(batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """Every second frame: of both scenes."""
    return {name: values[::2] for name, values in batch.items()}


def pictures(method: SmisMethod, batch: dict[str, Tensor], controls: Controls) -> Tensor:
    """(B, 3, H, W) in [-1, 1]."""
    masks = class_masks(batch["semantic"], method.config)
    codes = method.codes(controls).expand(len(masks), -1, -1, -1)
    return method.network.generate(masks, codes, guide_maps(batch, method.config))


@pytest.mark.parametrize("form", ["detailed", "blockout"])
def test_pictures_are_nearer_to_the_truth_than_the_blockout_shading(
    method: SmisMethod, frames: dict[str, Tensor], form: str
) -> None:
    batch = form_batch(frames, form)
    truth = batch["image"].float() / 127.5 - 1
    ours = (pictures(method, batch, Controls(temperature=0.0)) - truth).abs().mean()
    shading = batch["shading"].clamp(0, 1) ** (1 / 2.2) * 2 - 1
    assert ours < 0.75 * (shading - truth).abs().mean()


def test_a_class_drawn_again_changes_itself(
    shipped: Shipped, method: SmisMethod, frames: dict[str, Tensor]
) -> None:
    """All classes that fill a twentieth of the frames and have more looks than one."""
    found = spills(method, form_batch(frames, "blockout"))
    several = {one.name: one.ratio for one in found if one.inside > 0.01}
    assert len(several) >= 6
    assert max(several.values()) < SPILL, several


def test_classes_taken_from_another_picture_change_mainly_themselves(
    shipped: Shipped, method: SmisMethod, frames: dict[str, Tensor]
) -> None:
    """The looks of two pictures; two large classes are exchanged between them."""
    batch = some_of(form_batch(frames, "detailed"))
    masks, guides = class_masks(batch["semantic"], method.config), guide_maps(batch, method.config)
    codes = method.network.encode(batch["image"].float() / 127.5 - 1, masks)
    swapped = codes.clone()
    exchanged = torch.zeros_like(masks[:, 0], dtype=torch.bool)
    for slot, ids in enumerate(method.config.class_ids):
        if set(shipped.large) & set(ids):
            width = method.config.latent_channels
            own = slice(slot * width, (slot + 1) * width)
            swapped[:, own] = codes.roll(len(codes) // 2, 0)[:, own]
            exchanged |= masks[:, slot] > 0
    before, after = (method.network.generate(masks, c, guides) for c in (codes, swapped))
    change = (after - before).abs().mean(1)
    assert change[exchanged].mean() > 0.01
    assert change[~exchanged].mean() < SPILL * change[exchanged].mean()


def test_looks_have_not_collapsed_into_one(method: SmisMethod, frames: dict[str, Tensor]) -> None:
    """Drawn looks differ by a good part of what real renders of different scenes do."""
    batch = some_of(form_batch(frames, "blockout"))
    looks = torch.stack([pictures(method, batch, Controls(seed=seed)) for seed in range(3)])
    truth = batch["image"].float() / 127.5 - 1
    between_scenes = (truth - truth.roll(len(truth) // 2, 0)).abs().mean()
    spread = (looks - looks.roll(1, 0)).abs().mean()
    assert spread > 0.1 * between_scenes


def test_a_red_box_asks_for_a_red_thing(
    shipped: Shipped, method: SmisMethod, frames: dict[str, Tensor]
) -> None:
    batch = form_batch(frames, "blockout")
    things = batch["semantic"] == shipped.tinted
    reds = []
    for color in ((0.6, 0.02, 0.02), (0.02, 0.05, 0.6)):
        tint = torch.where(things[:, None], torch.tensor(color).view(1, 3, 1, 1), batch["tint"])
        valid = torch.where(things[:, None], 1.0, batch["tint_valid"])
        asked = {**batch, "tint": tint, "tint_valid": valid}
        picture = pictures(method, asked, Controls())
        reds.append((picture[:, 0] - picture[:, 2])[things].mean())
    assert reds[0] > 0.15
    assert reds[1] < shipped.blue


def test_light_and_shade_follow_the_shading(
    shipped: Shipped, method: SmisMethod, frames: dict[str, Tensor]
) -> None:
    batch = form_batch(frames, "blockout")
    ground = batch["semantic"] == shipped.lit
    lit = pictures(method, {**batch, "shading": torch.ones_like(batch["shading"])}, Controls())
    dark = pictures(method, {**batch, "shading": batch["shading"] * 0 + 0.25}, Controls())
    assert (lit - dark).mean(1)[ground].mean() > 0.1
