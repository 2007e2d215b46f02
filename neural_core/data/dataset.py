# SPDX-License-Identifier: Apache-2.0
"""A data set as a torch Dataset: all frames in memory as they are on disk, unpacked when asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from neural_core.contract import Camera, ContractError
from neural_core.geometry.cameras import project

from .codec import decode_inverse_depth, decode_normal, decode_shading
from .conditions import Conditions, paint
from .sample import FORMS, InstanceTable
from .shards import PackedShard
from .store import DatasetStore

SPLITS = ("train", "val", "all")
HELD_OUT_EVERY = 20


def is_held_out(seed: int) -> bool:
    """Whether the scene with this seed belongs to the validation split."""
    return seed % HELD_OUT_EVERY == 0


class FrameDataset(Dataset[Conditions]):
    """Frames of one split.

    A sample has ``image`` (3, H, W) uint8 sRGB and the tensors of `conditions.paint`: of one form,
    or of both with the keys prefixed ``detailed_`` and ``blockout_``. Where every frame shows one
    body there is ``keypoints`` (K, 3) float32, too: x, y in pixels from the top-left corner, and 1,
    or zeros for a point outside the picture. The key's seed is the body's identity.

    Args:
        folder: a data-set folder; one that is still growing gives what is there now.
        split: train | val | all. Scenes are split by seed, never a scene's cameras.
        form: detailed | blockout | mixed (one of them by chance at every access, drawn with
            torch's generator) | both.
        blockout_share: the chance of the blockout form when mixed.

    Raises:
        ContractError: no data set there, no frame in it, or an unknown split or form.
    """

    def __init__(
        self,
        folder: str | Path,
        split: str = "train",
        form: str = "mixed",
        blockout_share: float = 0.5,
    ) -> None:
        if split not in SPLITS:
            raise ContractError("split", f"'{split}' is unknown", f"Use one of {SPLITS}")
        if form not in (*FORMS, "mixed", "both"):
            raise ContractError("form", f"'{form}' is unknown", f"Use {FORMS}, mixed or both")
        self.form = form
        self.blockout_share = blockout_share
        store = DatasetStore(folder)
        recipe = store.manifest()["recipe"]
        self.class_names: dict[int, str] = {int(k): v for k, v in recipe["classes"].items()}
        self._class_ids = np.array(sorted(self.class_names), np.uint16)
        self._shards = store.load_all()
        self._index = [
            (s, row)
            for s, shard in enumerate(self._shards)
            for row, seed in enumerate(shard.seeds)
            if split == "all" or is_held_out(int(seed)) == (split == "val")
        ]
        self._has_body = all(
            len(_bodies(shard.forms[FORMS[0]][row].table)) == 1
            for shard, row in map(self._at, range(len(self._index)))
        )
        if not self._index:
            raise ContractError(
                str(folder), f"no frame of the split '{split}' is there yet", "Wait"
            )
        first, row = self._at(0)
        height, width, _ = first.image(row).shape
        self._size = (height, width)

    def __len__(self) -> int:
        return len(self._index)

    def __getitem__(self, index: int) -> Conditions:
        shard, row = self._at(index)
        sample: Conditions = {"image": self._image(shard, row)}
        if self._has_body:
            (points,) = self.keypoints(index)
            sample["keypoints"] = torch.from_numpy(points)
        if self.form == "both":
            for form in FORMS:
                painted = self._paint(shard, row, form)
                sample.update({f"{form}_{name}": value for name, value in painted.items()})
            return sample
        sample.update(self._paint(shard, row, self._choose_form()))
        return sample

    def key(self, index: int) -> tuple[int, int]:
        """Scene seed and camera number of a frame."""
        shard, row = self._at(index)
        return int(shard.seeds[row]), int(shard.cameras[row])

    def camera(self, index: int) -> Camera:
        """The camera of a frame."""
        shard, row = self._at(index)
        return shard.views[row]

    def table(self, index: int, form: str) -> InstanceTable:
        """The instance table of a frame: its rows are the values of ``instance``."""
        shard, row = self._at(index)
        return shard.forms[form][row].table

    def keypoints(self, index: int) -> NDArray[np.float32]:
        """Keypoints (B, K, 3) of the frame's bodies: x, y in pixels and 1; zeros outside of it."""
        shard, row = self._at(index)
        bodies = _bodies(shard.forms[FORMS[0]][row].table).astype(np.float64)
        height, width = self.size
        camera = shard.views[row]
        with np.errstate(divide="ignore", invalid="ignore"):
            x, y, depth = np.moveaxis(project(camera, bodies), -1, 0)
            inside = (depth > camera.near) & (x >= 0) & (x < width) & (y >= 0) & (y < height)
        found = np.stack([x, y, np.ones_like(x)], axis=-1)
        return np.where(inside[..., None], found, 0.0).astype(np.float32)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the frames in pixels."""
        return self._size

    def _at(self, index: int) -> tuple[PackedShard, int]:
        shard, row = self._index[index]
        return self._shards[shard], row

    def _choose_form(self) -> str:
        if self.form != "mixed":
            return self.form
        return "blockout" if float(torch.rand(())) < self.blockout_share else "detailed"

    def _image(self, shard: PackedShard, row: int) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(shard.image(row).transpose(2, 0, 1)))

    def _paint(self, shard: PackedShard, row: int, form: str) -> Conditions:
        arrays = shard.form(row, form)
        table = arrays.table
        return paint(
            semantic=self._class_ids[arrays.semantic],
            instance=arrays.instance,
            inverse_depth=decode_inverse_depth(arrays.inverse_depth, arrays.depth_step),
            normal=decode_normal(arrays.normal),
            shading=decode_shading(arrays.shading),
            coverage=arrays.coverage.astype(np.float32) / 255.0,
            camera=shard.views[row],
            tints=table.tint,
            matrices=table.matrix_world,
            boxes=table.box,
        )


def _bodies(table: InstanceTable) -> NDArray[np.float32]:
    """World positions (B, K, 3) of the keypoints of those rows that have any."""
    has_any = ~np.isnan(table.keypoints).all(axis=(1, 2))
    return table.keypoints[has_any]
