# SPDX-License-Identifier: Apache-2.0
"""How much another look of one class changes around it.

python -m neural_core.evaluation.spill --data data/street --model smis-street-128
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import default_collate

from neural_core.contract import Controls
from neural_core.data.dataset import FrameDataset
from neural_core.data.forms import form_batch
from neural_core.data.sample import FORMS
from neural_core.methods.smis.labels import class_masks, guide_maps
from neural_core.methods.smis.method import SmisMethod

LOOKS = 6
LEAST_SHARE = 0.05
"""Of the frames' pixels: smaller classes say little."""

FRAMES = 16


@dataclass(frozen=True)
class Spill:
    """Of one class: its share of the frames, and the mean change inside and outside of it when it
    is drawn again, of a range of 2."""

    name: str
    share: float
    inside: float
    outside: float

    @property
    def ratio(self) -> float:
        """Change outside over change inside."""
        return self.outside / max(self.inside, 1e-9)


@torch.inference_mode()
def spills(
    method: SmisMethod, frames: dict[str, Tensor], looks: int = LOOKS, least: float = LEAST_SHARE
) -> list[Spill]:
    """The spill of every class that fills at least this share of the frames.

    Args:
        frames: one form of frames of a data set, batched (`form_batch`).
    """
    masks, guides = (
        class_masks(frames["semantic"], method.config),
        guide_maps(frames, method.config),
    )

    def pictures(controls: Controls) -> Tensor:
        codes = method.codes(controls).expand(len(masks), -1, -1, -1)
        return method.network.generate(masks, codes, guides)

    first, found = pictures(Controls(seed=1)), []
    for slot, ids in enumerate(method.config.class_ids):
        here = masks[:, slot] > 0
        share = float(here.float().mean())
        if not share or share < least:
            continue
        changes = []
        for seed in range(2, 2 + looks):
            again = pictures(Controls(seed=1, class_seeds=dict.fromkeys(ids, seed)))
            change = (again - first).abs().mean(1)
            changes.append(torch.stack([change[here].mean(), change[~here].mean()]))
        inside, outside = torch.stack(changes).mean(0).tolist()
        found.append(Spill(method.config.class_names[slot], share, inside, outside))
    return found


def table(rows: dict[str, Sequence[Spill]]) -> str:
    """A Markdown table of several models' spills, a column for each."""
    names = [spill.name for spill in next(iter(rows.values()))]
    lines = [f"| | {' | '.join(names)} |", "| --- |" + " ---: |" * len(names)]
    for model, spilled in rows.items():
        lines.append(f"| {model} | {' | '.join(f'{one.ratio:.3f}' for one in spilled)} |")
    return "\n".join(lines)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="a data-set folder")
    parser.add_argument("--model", action="append", required=True, help="repeatable")
    parser.add_argument("--form", default=FORMS[1], choices=FORMS)
    options = parser.parse_args()
    data = FrameDataset(options.data, "val", "both")
    step = max(1, len(data) // FRAMES)
    chosen = default_collate([data[i] for i in range(0, len(data), step)][:FRAMES])
    frames = form_batch(chosen, options.form)
    print(table({name: spills(SmisMethod(name), frames) for name in options.model}))


if __name__ == "__main__":
    main()
