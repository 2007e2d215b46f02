# SPDX-License-Identifier: Apache-2.0
"""The pictures of a data set alone, chosen by how many objects of some classes they show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import ContractError

from .dataset import FrameDataset


def read_pictures(
    folder: Path,
    split: str,
    objects: Sequence[int] | None = None,
    classes: tuple[str, ...] = (),
) -> NDArray[np.uint8]:
    """Pictures (N, H, W, 3) of a split, of scenes that show one of these numbers of objects.

    Args:
        objects: wanted numbers of visible objects; None takes all pictures.
        classes: names of the classes whose objects count.

    Raises:
        ContractError: none is there.
    """
    data = FrameDataset(folder, split, "blockout")
    counted = [number for number, name in data.class_names.items() if name in classes]
    chosen = []
    for index in range(len(data)):
        shown = int(np.isin(data.table(index, "blockout").class_id, counted).sum())
        if objects is None or shown in objects:
            chosen.append(data[index]["image"].permute(1, 2, 0).numpy())
    if not chosen:
        wanted = " or ".join(map(str, objects or ()))
        what = f" with {wanted} object(s)" if wanted else ""
        raise ContractError(
            str(folder), f"no picture{what} of the split '{split}' is there", "Render more"
        )
    return np.stack(chosen)
