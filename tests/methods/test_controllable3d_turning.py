# SPDX-License-Identifier: Apache-2.0
"""What the consistency loss does to FID after turning (Liao et al.'s FID_R), on a toy.

The reals are boxes, blue above and orange below, and all stand alike: a heading that was never seen
is what turning asks for. FID is taken on 8 x 8 averages of the pictures.
"""

from __future__ import annotations

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from neural_core.evaluation.sets import set_distances
from neural_core.methods.controllable3d import training
from neural_core.methods.controllable3d.config import Controllable3dConfig
from neural_core.methods.controllable3d.generator3d import draw_codes
from neural_core.methods.controllable3d.model import Controllable3d
from neural_core.methods.controllable3d.training import (
    Controllable3dTraining,
    Controllable3dTrainingOptions,
    Drawn,
    MadeScene,
)
from neural_core.methods.controllable3d.views import (
    Poses,
    View,
    about_vertical,
    extrinsics_at,
    square_view,
    upright_poses,
)

CONFIG = Controllable3dConfig(
    size=16, primitive="cuboid", primitives=1, latent=16, background=False,
    texture_code=8, texture_width=4, texture_channels=3, texture_size=(8, 16),
    width=8, start_gain=1.0, residual=0.4, painter_inputs="features+place", softness=1e-4,
    poses="upright", upright_size=((0.25, 0.35), (0.25, 0.35), (0.25, 0.35)), upright_reach=0.5,
)  # fmt: skip
ABOVE, BELOW = torch.tensor([[0.2, 0.3, 0.8], [0.9, 0.45, 0.1]])[:, :, None, None].unbind(0)
SEEN, ANY = 0.02, torch.pi
"""Headings that the reals have, and those after turning: radians to either side."""
BATCH, SET = 8, 512
PROJECTING = Controllable3d(CONFIG)


def stand(count: int, spread: float) -> Poses:
    drawn = upright_poses(count, CONFIG)
    headings = about_vertical((torch.rand(count) * 2 - 1) * spread)
    return Poses(headings, drawn.translation, drawn.scale)


def camera(count: int) -> View:
    polar, azimuth = torch.full((count,), 1.5), torch.full((count,), 1.2)
    return square_view(extrinsics_at(azimuth, polar, CONFIG.radius), CONFIG)


@torch.no_grad()
def boxes(count: int, spread: float) -> Tensor:
    """Real pictures (count, 3, 16, 16), uint8."""
    blank = torch.zeros(count, 3, 8, 16)
    places = PROJECTING.project(blank, stand(count, spread), camera(count)).place
    paint = torch.where(places[:, 1:2] < 0, ABOVE, BELOW)
    covered = places.abs().amax(1, keepdim=True) > 0
    return (torch.where(covered, paint, 1.0) * 255).byte()


class Boxes(Controllable3dTraining):
    """The generator's boxes stand as the reals do."""

    def _draw(self, count: int) -> Drawn:
        codes, view = draw_codes(count, CONFIG), camera(count)
        scene = self.model(codes, view, torch.ones(count, 1).bool(), stand(count, SEEN))
        return Drawn(self._shown(scene), MadeScene(scene, codes, view))


def task(consistency: float) -> Boxes:
    """Losses as the shipped preset's, but for the discriminator and what is about looks."""
    options = Controllable3dTrainingOptions(
        optimizer="adam", learning_rate_g=2e-3, learning_rate_d=2e-3, discriminator_width=16,
        penalty=1.0, penalty_every=4, consistency=consistency, consistent_alpha=False, turn=90.0,
        absence=2.0, average=0.95,
    )  # fmt: skip
    return Boxes(CONFIG, options)


@torch.no_grad()
def fid(trained: Boxes, spread: float) -> float:
    torch.manual_seed(77)
    model, visible = trained.average.module.eval(), torch.ones(SET, 1).bool()
    reals = boxes(SET, spread).float() / 127.5 - 1
    made = model(draw_codes(SET, CONFIG), camera(SET), visible, stand(SET, spread)).image
    pooled = [F.adaptive_avg_pool2d(pictures, 8).flatten(1) for pictures in (made, reals)]
    return set_distances(*pooled).fid


def unlike_after_turning(trained: Boxes, count: int = 96) -> float:
    """How differently a primitive's places are painted after it turned, over how much paints
    differ at all. Places are those that the rasteriser found, not those of the painted depth."""
    torch.manual_seed(7)
    trained.model.eval()
    with torch.no_grad():
        made = trained._draw(count).scene
        assert made is not None
        scene = made.scene
        turned = scene.poses.turned(torch.full((count,), 0.6))
        seen = trained.model.project(scene.features, turned, made.view)
        again = trained.model.paint(seen, made.codes)
    errors, paints = [], []
    for number in range(count):
        shown = []
        for projection, layers in ((scene.projection, scene.layers), (seen, again)):
            there = projection.alpha[number, 0] > 0.9
            paint = (layers.rgb * layers.alpha)[number, :, there].T
            shown.append((projection.place[number, :, there].T, paint))
        (places, paint), (other_places, other_paint) = shown
        if len(places) and len(other_places):
            near, at = torch.cdist(places, other_places).min(1)
            errors.append((paint - other_paint[at]).abs().mean(1)[near < 0.3])
            paints.append(paint)
    paint = torch.cat(paints)
    return float(torch.cat(errors).mean() / (paint - paint.mean(0)).abs().mean())


def distances(seed: int) -> Tensor:
    """FID of standing and of turned boxes, and `unlike_after_turning`, without consistency and with
    it: (2, 3).

    Both go on from the same weights, trained without it.
    """
    torch.manual_seed(seed)
    common = task(0.0)
    for _ in range(200):
        common.step({"scene": boxes(BATCH, SEEN)}, 0.0)
    state = copy.deepcopy(common.state_dict())
    found = []
    for weight in (0.0, 0.3):
        torch.manual_seed(seed + 100)
        trained = task(weight)
        trained.load_state_dict(copy.deepcopy(state))
        for _ in range(150):
            trained.step({"scene": boxes(BATCH, SEEN)}, 0.0)
        found.append([fid(trained, SEEN), fid(trained, ANY), unlike_after_turning(trained)])
    return torch.tensor(found)


def test_without_consistency_turned_pictures_have_a_larger_fid(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # bfloat16 would make another run on every kind of processor.
    monkeypatch.setattr(training, "native_dtype", lambda device: torch.float32)
    without, with_it = torch.stack([distances(seed) for seed in (1, 4)]).mean(0).tolist()
    assert with_it[1] < 0.8 * without[1]
    # The difference is turning's: where nothing turns there is little between them.
    assert without[1] > 1.4 * without[0] and with_it[1] < 1.3 * with_it[0]
    # The paint of one place stays what it was.
    assert with_it[2] < 0.6 * without[2]
