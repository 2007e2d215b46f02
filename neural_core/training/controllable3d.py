# SPDX-License-Identifier: Apache-2.0
"""``blockout train controllable3d``: pictures, the loop, sample sheets, the model that ships."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from neural_core.contract import ContractError
from neural_core.data.pictures import read_pictures
from neural_core.data.sheets import Row, to_uint8, write_sheet
from neural_core.data.store import DatasetStore
from neural_core.methods.controllable3d.baselines import (
    PLAIN,
    PLAIN_METHOD,
    Plain2d,
    PlainTraining,
    baseline,
)
from neural_core.methods.controllable3d.composition import compose
from neural_core.methods.controllable3d.config import PRESETS, Controllable3dConfig
from neural_core.methods.controllable3d.generator3d import Codes, draw_codes
from neural_core.methods.controllable3d.model import Controllable3d
from neural_core.methods.controllable3d.training import (
    OPTIONS,
    Controllable3dTraining,
    Controllable3dTrainingOptions,
)
from neural_core.methods.controllable3d.views import (
    Poses,
    View,
    extrinsics_at,
    square_view,
    upright_poses,
)

from .loop import LoopOptions, train
from .parallel import InFabric, make_fabric
from .random_state import seed_everything
from .run_config import RunConfig, machine_facts, start_or_continue

SHEET_COLUMNS = 10
SHEET_SEED = 11
_GREY = 0.4


class UnpairedPictures(Dataset[dict[str, Tensor]]):
    """Pictures of scenes, each with the picture of some empty place; nothing else is read of them.

    A sample has ``scene`` and ``background``, (3, H, W) uint8 sRGB, each mirrored half of the time.

    Args:
        scenes, backgrounds: data-set folders; they may still be growing.
        split: train or val, by the seed of the scene.
        objects: how many objects of a class of ``classes`` a scene shows; None takes all.
    """

    def __init__(
        self,
        scenes: Path,
        backgrounds: Path,
        split: str = "train",
        objects: int | None = None,
        classes: tuple[str, ...] = (),
    ) -> None:
        counted = None if objects is None else (objects,)
        self.scenes = read_pictures(scenes, split, counted, classes)
        self.backgrounds = read_pictures(backgrounds, split)
        if self.scenes.shape[1:] != self.backgrounds.shape[1:]:
            raise ContractError(
                "backgrounds",
                f"they are {self.backgrounds.shape[2]} px wide, the scenes {self.scenes.shape[2]}",
                "Render both at the same --size",
            )

    def __len__(self) -> int:
        return len(self.scenes)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        place = int(torch.randint(len(self.backgrounds), ()))
        return {
            "scene": _picture(self.scenes[index]),
            "background": _picture(self.backgrounds[place]),
        }


class GrowingPictures:
    """Opens `UnpairedPictures`, and again only after scenes were added: reading takes a while.

    Takes the arguments of `UnpairedPictures`.
    """

    def __init__(
        self,
        scenes: Path,
        backgrounds: Path,
        split: str,
        objects: int | None,
        classes: tuple[str, ...],
    ) -> None:
        self._stores = DatasetStore(scenes), DatasetStore(backgrounds)
        self._wanted = scenes, backgrounds, split, objects, classes
        self._read: list[set[int]] = []
        self._pictures: UnpairedPictures | None = None

    def __call__(self) -> UnpairedPictures:
        """All pictures that are there now."""
        there = [store.done_seeds() for store in self._stores]
        if self._pictures is None or there != self._read:
            self._pictures, self._read = UnpairedPictures(*self._wanted), there
        return self._pictures


class Controllable3dTask(InFabric, Controllable3dTraining):
    """controllable3d in the loop."""


class PlainTask(InFabric, PlainTraining):
    """The plain 2D GAN in the loop."""


def train_controllable3d(
    scenes: Path,
    backgrounds: Path,
    out: Path,
    loop: LoopOptions,
    *,
    preset: str = "cars-64",
    against: str = "",
    device: str = "cpu",
    precision: str = "auto",
) -> None:
    """Train on two folders of pictures; resumable; leaves checkpoint, log and samples in ``out``.

    Args:
        against: "" for the method itself, or one of `BASELINES` of the same size.

    Raises:
        ContractError: an unknown preset or baseline, pictures that do not fit it, or ``out`` holds
            another run.
    """
    if preset not in PRESETS:
        raise ContractError("preset", f"'{preset}' is unknown", f"Use one of {', '.join(PRESETS)}")
    config = PRESETS[preset]
    objects = config.primitives if config.primitives == 1 else None

    open_dataset = GrowingPictures(scenes, backgrounds, "train", objects, config.classes)
    first = open_dataset()
    _require_size(first, config.size, preset)
    fabric = make_fabric(device, precision)
    seed_everything(loop.seed)
    options = OPTIONS.get(preset, Controllable3dTrainingOptions())
    if against:
        config, options = baseline(against, config, options)
    kind = PlainTask if against == PLAIN else Controllable3dTask
    task = kind(config, options, fabric)
    if fabric.is_global_zero:
        start_or_continue(
            out,
            RunConfig(
                method=PLAIN_METHOD if against == PLAIN else "controllable3d",
                preset=f"{preset}/{against}" if against else preset,
                config=config.to_dict(),
                options=asdict(task.options),
                loop={"batch": loop.batch, "seed": loop.seed, "images": loop.images},
                data={
                    "recipe": DatasetStore(scenes).manifest()["recipe"],
                    "backgrounds": DatasetStore(backgrounds).manifest()["recipe"],
                    "pictures_at_start": [len(first.scenes), len(first.backgrounds)],
                },
                machine=machine_facts(device, precision, fabric.world_size),
            ),
        )

    def on_sheet(path: Path) -> None:
        sample_sheet(task.average.module, path, open_dataset())

    train(task, open_dataset, out, loop, on_sheet, fabric)


def _require_size(pictures: UnpairedPictures, size: int, preset: str) -> None:
    if pictures.scenes.shape[1:3] != (size, size):
        raise ContractError(
            "data",
            f"the pictures are {pictures.scenes.shape[2]} px wide",
            f"The preset '{preset}' wants --size {size}",
        )


@torch.no_grad()
def sample_sheet(model: Controllable3d | Plain2d, path: Path, real: UnpairedPictures) -> None:
    """Rows: real pictures, samples, their layers and backgrounds; one moved, turned, orbited.

    Of a plain model: real pictures and samples.
    """
    state = torch.get_rng_state()
    torch.manual_seed(SHEET_SEED)
    if isinstance(model, Plain2d):
        codes = torch.randn(SHEET_COLUMNS, model.config.latent)
        rows = [*_real_rows(real), ("samples", _pictures(model(codes)))]
    else:
        rows = _real_rows(real) + _sample_rows(model) + _control_rows(model)
    torch.set_rng_state(state)
    write_sheet(path, rows, scale=2)


def _real_rows(real: UnpairedPictures) -> list[Row]:
    step = max(1, len(real.scenes) // SHEET_COLUMNS)
    empty = max(1, len(real.backgrounds) // SHEET_COLUMNS)
    return [
        ("real", list(real.scenes[::step][:SHEET_COLUMNS])),
        ("real, empty", list(real.backgrounds[::empty][:SHEET_COLUMNS])),
    ]


def _sample_rows(model: Controllable3d) -> list[Row]:
    config = model.config
    codes = draw_codes(SHEET_COLUMNS, config)
    view = orbit(SHEET_COLUMNS, config)
    visible = torch.ones(SHEET_COLUMNS, config.primitives, dtype=torch.bool)
    poses = _poses(model, codes)
    scene = model(codes, view, visible, poses)
    alone = compose(scene.layers, torch.full_like(scene.background, _GREY), visible)
    return [
        ("samples", _pictures(scene.image)),
        ("layers\non grey", _pictures(alone * 2 - 1)),
        ("background", _pictures(scene.background)),
    ]


def _control_rows(model: Controllable3d) -> list[Row]:
    """One scene under one control after another."""
    config, count, half = model.config, SHEET_COLUMNS, model.config.latent // 2
    one = draw_codes(1, config)
    codes = Codes(*(_repeated(part, count) for part in vars(one).values()))
    poses = Poses(*(_repeated(part, count) for part in vars(_poses(model, one)).values()))
    still, around = orbit(1, config), orbit(count, config)
    fixed = replace(still, extrinsics=_repeated(still.extrinsics, count))
    visible = torch.ones(count, config.primitives, dtype=torch.bool)
    each = torch.linspace(0, 1, count).repeat_interleave(config.primitives)
    sideways = (each[:, None] - 0.5) * torch.tensor([0.8, 0.0, 0.0])
    own = draw_codes(count, config).objects[:, half:]
    others = replace(codes, objects=torch.cat([codes.objects[:, :half], own], 1))
    rows = {
        "moved": (codes, fixed, poses.moved(sideways)),
        "turned": (codes, fixed, poses.turned(each * 2 * torch.pi)),
        "orbited": (codes, around, poses),
        "other seed": (others, fixed, poses),
    }
    return [
        (name, _pictures(model(codes, view, visible, poses).image))
        for name, (codes, view, poses) in rows.items()
    ]


def orbit(count: int, config: Controllable3dConfig) -> View:
    """Cameras all around, at the middle of the trained heights."""
    azimuth = torch.arange(count) / count * 2 * torch.pi
    polar = torch.arccos(1 - 2 * torch.tensor(config.polar_range)).mean().repeat(count)
    return square_view(extrinsics_at(azimuth, polar, config.radius), config)


def _poses(model: Controllable3d, codes: Codes) -> Poses:
    if model.config.poses == "learned":
        return model.generator3d.learned_poses(codes.scenes)
    return upright_poses(len(codes.objects), model.config)


def _repeated(part: Tensor, count: int) -> Tensor:
    return part.repeat(count, *[1] * (part.dim() - 1))


def _pictures(images: Tensor) -> list[NDArray[np.uint8]]:
    return [to_uint8(image.float().cpu().numpy()) for image in images]


def _picture(image: NDArray[np.uint8]) -> Tensor:
    """(H, W, 3) -> (3, H, W), mirrored half of the time."""
    found = torch.from_numpy(image).permute(2, 0, 1)
    return found.flip(2) if float(torch.rand(())) < 0.5 else found.contiguous()
