# SPDX-License-Identifier: Apache-2.0
"""Started by torchrun: trains a line, leaves what each process ended with."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from training_doubles import LineTask, Points, SharedLineTask

from neural_core.contract import ContractError
from neural_core.training.loop import LoopOptions, train
from neural_core.training.parallel import make_fabric


def main(folder: Path) -> None:
    fabric = make_fabric("cpu", "fp32")
    task = SharedLineTask(dropout=0.0)
    if fabric.global_rank == 1:
        torch.nn.init.zeros_(task.net.weight)  # The first process's weights must win.
    options = LoopOptions(None, batch=4, images=40)
    train(task, Points, folder, options, lambda path: None, fabric)
    state = {"net": task.net.state_dict(), "seen": task.seen, "world": fabric.world_size}
    torch.save(state, folder / f"rank{fabric.global_rank}.pt")
    try:
        train(LineTask(), Points, folder / "alone", options, lambda path: None, fabric)
    except ContractError as error:
        (folder / f"refused{fabric.global_rank}.txt").write_text(str(error))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
