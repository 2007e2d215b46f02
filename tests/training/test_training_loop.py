# SPDX-License-Identifier: Apache-2.0
"""The loop: a cut run ends as an uncut one, bit for bit; what it leaves; what stops it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from training_doubles import LineTask, Points

from neural_core.contract import ContractError
from neural_core.training import loop
from neural_core.training.alarms import Alarms
from neural_core.training.log import last_row
from neural_core.training.loop import LoopOptions, train

HERE = Path(__file__).parent


def no_sheet(path: Path) -> None:
    """Nothing to show."""


def run(task: LineTask, folder: Path, **options: Any) -> dict[str, Any]:
    """Train on ten points for 12 steps of 4, over several epochs; return the last checkpoint."""
    settings = {"minutes": None, "batch": 4, "images": 48, "save_every": 0.0, **options}
    train(task, Points, folder, LoopOptions(**settings), no_sheet)
    return torch.load(folder / "checkpoint.pt", weights_only=True)


def assert_same(first: Any, second: Any) -> None:
    """Equal to the last bit, whatever it is made of."""
    assert type(first) is type(second)
    if isinstance(first, Tensor):
        assert torch.equal(first, second)
    elif isinstance(first, dict):
        assert first.keys() == second.keys()
        for key in first:
            assert_same(first[key], second[key])
    elif isinstance(first, list | tuple):
        assert len(first) == len(second)
        for one, other in zip(first, second, strict=True):
            assert_same(one, other)
    else:
        assert first == second


@pytest.mark.parametrize("cut", [1, 2, 7])
def test_a_run_cut_in_two_ends_as_the_uncut_one_bit_for_bit(tmp_path: Path, cut: int) -> None:
    whole = LineTask()
    expected = run(whole, tmp_path / "whole")
    first = LineTask(stop_at=cut)
    with pytest.raises(KeyboardInterrupt):
        run(first, tmp_path / "cut")
    second = LineTask()
    torch.manual_seed(99)
    np.random.seed(99)  # noqa: NPY002
    found = run(second, tmp_path / "cut")
    assert first.seen + second.seen == whole.seen
    assert first.progress + second.progress == whole.progress
    for name in ("task", "images", "position", "random"):
        assert_same(found[name], expected[name])


def test_an_interrupted_run_lost_nothing_that_it_had_saved(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(LineTask(stop_at=3), tmp_path)
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["images"] == 12


def test_the_line_is_learnt(tmp_path: Path) -> None:
    task = LineTask(dropout=0.0)
    options = LoopOptions(None, batch=5, images=750)
    train(task, lambda: Points(150), tmp_path, options, no_sheet)
    assert task.net.weight.item() == pytest.approx(3, abs=0.4)


def test_a_run_that_is_done_does_nothing_and_a_longer_one_goes_on(tmp_path: Path) -> None:
    run(LineTask(), tmp_path)
    again = LineTask()
    run(again, tmp_path)
    assert again.seen == []
    assert again.steps == 12
    run(again, tmp_path, images=56)
    assert again.steps == 14


def test_minutes_end_a_run_too(tmp_path: Path) -> None:
    task = LineTask()
    run(task, tmp_path, minutes=1e-9, images=None)
    assert task.steps == 1


def test_a_run_without_an_end_is_refused() -> None:
    with pytest.raises(ContractError, match="the run has no end"):
        LoopOptions(None)


def test_what_a_run_leaves(tmp_path: Path) -> None:
    """Rows of the log with speed and waiting, the same in TensorBoard, and the sheet there too."""

    def on_sheet(path: Path) -> dict[str, float]:
        torch.randn(5)  # must not disturb the run
        Image.new("RGB", (8, 6), (200, 10, 10)).save(path.with_stem(f"{path.stem}_look"))
        return {"spread": 0.5}

    task = LineTask()
    options = LoopOptions(None, batch=4, images=48, log_every=8, sheet_every=0.0, save_every=0.0)
    train(task, Points, tmp_path, options, on_sheet)
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [row["images"] for row in rows] == list(range(4, 49, 4))
    assert all(0 <= row["waiting"] <= 1 and row["images_per_s"] > 0 for row in rows)
    assert all(row["spread"] == 0.5 for row in rows), "what the sheet tells is in its own row"
    assert last_row(tmp_path, 48) == rows[-1]
    assert last_row(tmp_path, 30) == rows[6], "of a checkpoint that the log went on after"
    assert last_row(tmp_path, 3) == {}
    scalars, pictures = read_events(tmp_path / "tensorboard")
    assert {"l2", "waiting", "images_per_s", "spread"} <= {name for name, _, _ in scalars}
    logged = [value for name, step, value in scalars if (name, step) == ("l2", 48)]
    assert logged == pytest.approx([rows[-1]["l2"]], abs=1e-4)
    assert ("look", 48) in pictures
    quiet = run(LineTask(), tmp_path / "quiet")
    assert_same(
        torch.load(tmp_path / "checkpoint.pt", weights_only=True)["random"], quiet["random"]
    )


def read_events(folder: Path) -> tuple[list[tuple[str, int, float]], set[tuple[str, int]]]:
    """Scalars and names of pictures in TensorBoard's record files."""
    from tensorboardX.proto.event_pb2 import Event

    scalars, pictures = [], set()
    for path in folder.glob("events.*"):
        data = path.read_bytes()
        start = 0
        while start < len(data):  # length, its checksum, the event, its checksum
            length = int.from_bytes(data[start : start + 8], "little")
            event = Event.FromString(data[start + 12 : start + 12 + length])
            start += 16 + length
            for value in event.summary.value:
                if value.HasField("image"):
                    pictures.add((value.tag, event.step))
                elif value.HasField("simple_value"):
                    scalars.append((value.tag, event.step, value.simple_value))
    return scalars, pictures


def test_a_loss_that_is_not_a_number_stops_the_run(tmp_path: Path) -> None:
    class Broken(LineTask):
        def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, float]:
            return {"l1": float("nan")}

    with pytest.raises(FloatingPointError, match="'l1' is nan"):
        run(Broken(), tmp_path)
    assert not (tmp_path / "checkpoint.pt").exists()


def test_a_collapse_is_told_and_written_down(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "Alarms", lambda: Alarms(patience=20))

    class Collapsing(LineTask):
        def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, float]:
            return {**super().step(batch, progress), "discriminator": 0.001}

    run(Collapsing(), tmp_path)
    assert capsys.readouterr().err.count("alarm: discriminator has been below") == 1
    alarms = [r for r in (tmp_path / "log.jsonl").read_text().splitlines() if "alarm" in r]
    assert len(alarms) == 1
    found = last_row(tmp_path, 10**9)
    assert found and "alarm" not in found


def test_a_checkpoint_of_an_earlier_version_goes_on(tmp_path: Path) -> None:
    task = LineTask()
    old = {
        "task": task.state_dict(),
        "images": 8,
        "seconds": 60.0,
        "random": torch.get_rng_state(),
    }
    torch.save(old, tmp_path / "checkpoint.pt")
    found = run(LineTask(), tmp_path)
    assert found["images"] == 48
    assert found["seconds"] > 60


def test_two_processes_train_what_one_does(tmp_path: Path) -> None:
    """Through torchrun and gloo: equal weights on both, those of one process with the batch."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node=2", str(HERE / "run_two.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    first, second = (torch.load(tmp_path / f"rank{i}.pt", weights_only=True) for i in range(2))
    assert first["world"] == second["world"] == 2
    assert_same(first["net"], second["net"])
    alone = LineTask(dropout=0.0)
    run(alone, tmp_path / "one", images=40)
    torch.testing.assert_close(first["net"], dict(alone.net.state_dict()), rtol=1e-5, atol=1e-6)
    together = [sorted(a + b) for a, b in zip(first["seen"], second["seen"], strict=True)]
    assert together == [sorted(batch) for batch in alone.seen]
    states = torch.load(tmp_path / "checkpoint.pt", weights_only=True)["random"]
    assert not torch.equal(states[0]["torch"], states[1]["torch"])
    for rank in range(2):
        text = (tmp_path / f"refused{rank}.txt").read_text()
        assert "trains in one process only" in text
