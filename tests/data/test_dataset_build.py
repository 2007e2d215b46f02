# SPDX-License-Identifier: Apache-2.0
"""The build with a stand-in for Blender; `test_dataset_blender` does it for real."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from neural_core.contract import ContractError
from neural_core.data import build as build_module
from neural_core.data.build import BuildPlan, build_dataset, cache_folder, remaining_frames
from neural_core.data.dataset import FrameDataset
from neural_core.data.store import DatasetStore

HERE = Path(__file__).parent
DOUBLE = HERE / "worker_double.py"


@pytest.fixture(autouse=True)
def import_path(monkeypatch):
    folders = [str(HERE), str(HERE.parents[1])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(folders))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def double(*arguments: object) -> list[str]:
    return [sys.executable, str(DOUBLE), *map(str, arguments)]


def plan(folder: Path, **changes) -> BuildPlan:
    values = {"count": 8, "size": 16, "seed": 18, "cameras": 2, "samples": 1, **changes}
    return BuildPlan(folder / "set", **values)


def keys(folder: Path) -> list[tuple[int, int]]:
    data = FrameDataset(folder / "set", "all", "both")
    return sorted(data.key(i) for i in range(len(data)))


WANTED = [(seed, camera) for seed in range(18, 22) for camera in range(2)]


def test_a_build_leaves_shards_a_card_and_nothing_else(tmp_path):
    seen = []
    card = build_dataset(plan(tmp_path, workers=2), seen.append, double())
    assert keys(tmp_path) == WANTED
    assert seen == [2, 2, 2, 2]
    assert card["frames"] == 8 and card["scenes"] == 4
    assert (card["train_frames"], card["val_frames"]) == (6, 2)
    assert card["classes"]["detailed"]["car"]["frames"] == 8
    assert 0.45 < card["brightness"]["mean"] < 0.55
    assert card["boxes_per_image"]["blockout"]["median"] == 3
    assert json.loads((tmp_path / "set" / "card.json").read_text()) == card
    names = sorted(p.name for p in (tmp_path / "set").iterdir())
    assert names == [
        ".lock", "card.json", "contact_sheet.png", "manifest.json", "pending", "shard-00000.npz",
    ]  # fmt: skip
    with Image.open(tmp_path / "set" / "contact_sheet.png") as sheet:
        assert sheet.size[1] == 3 * (16 + 3)  # the two held-out frames: pictures, two label rows
    assert not list((tmp_path / "set" / "pending").iterdir())


def test_the_card_tells_memory_and_cores(tmp_path):
    run = build_dataset(plan(tmp_path), command=double())["last_run"]
    assert run["cores"] == os.cpu_count()
    memory = run["memory"]
    if memory["worker_peak_mb"]:  # systems without /proc say nothing
        assert len(memory["worker_peak_mb"]) == len(memory["builder_mb"]) == 1
        assert 5 < memory["worker_peak_mb"][0] < 4000


def test_one_split_alone(tmp_path):
    chosen = plan(tmp_path, count=4, seed=21, split="val")
    assert chosen.seeds() == [40, 60]
    assert plan(tmp_path, count=4, seed=39, split="train").seeds() == [39, 41]
    card = build_dataset(chosen, command=double())
    assert (card["train_frames"], card["val_frames"]) == (0, 4)
    with pytest.raises(ContractError, match="'test' is unknown"):
        plan(tmp_path, split="test").validate()


def test_a_scene_is_seen_as_often_as_its_family_says(tmp_path):
    views = {scene: BuildPlan(tmp_path, scene).views for scene in ("street", "room", "figure")}
    assert views == {"street": 4, "room": 4, "figure": 8}
    assert BuildPlan(tmp_path, "figure", count=17).seeds() == [0, 1, 2]
    assert BuildPlan(tmp_path, "figure", cameras=2).recipe()["cameras"] == 2
    with pytest.raises(ContractError, match="cameras: 0 is out of range"):
        BuildPlan(tmp_path, cameras=0).validate()


def test_what_is_done_is_not_done_again(tmp_path):
    build_dataset(plan(tmp_path, count=4), command=double())
    assert remaining_frames(plan(tmp_path)) == 4
    before = (tmp_path / "set" / "shard-00000.npz").read_bytes()
    seen = []
    build_dataset(plan(tmp_path), seen.append, double())
    assert seen == [2, 2] and keys(tmp_path) == WANTED
    assert (tmp_path / "set" / "shard-00000.npz").read_bytes() == before
    card = build_dataset(plan(tmp_path), command=["a program that is not there"])
    assert card["last_run"]["frames"] == 4  # of the last run that rendered anything


def test_kill_9_and_go_on(tmp_path):
    code = (
        "import sys; from pathlib import Path; from neural_core.data.build import *;"
        f"build_dataset(BuildPlan(Path({str(tmp_path / 'set')!r}), count=8, size=16, seed=18,"
        f"cameras=2, samples=1), command={double('--slow', 0.15)!r})"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    pending = tmp_path / "set" / "pending"
    deadline = time.monotonic() + 60
    while not (pending.is_dir() and len(list(pending.glob("[0-9]*.npz"))) >= 2):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = DatasetStore(tmp_path / "set").done_seeds()
    assert 2 <= len(done) < 4
    seen = []
    build_dataset(plan(tmp_path), seen.append, double())
    assert sum(seen) == 8 - 2 * len(done)
    assert keys(tmp_path) == WANTED


def test_a_worker_that_dies_is_replaced(tmp_path):
    mark = tmp_path / "died"
    build_dataset(plan(tmp_path), command=double("--die-at", 19, mark))
    assert mark.exists() and keys(tmp_path) == WANTED
    note = json.loads((tmp_path / "set" / "failures.jsonl").read_text())
    assert note["seed"] == 19 and "the last words" in note["story"]


def test_a_scene_that_fails_for_good_is_named_and_the_others_are_kept(tmp_path):
    with pytest.raises(ContractError, match=r"scene 20: .*no such seed"):
        build_dataset(plan(tmp_path), command=double("--error-at", 20))
    assert {seed for seed, _ in keys(tmp_path)} == {18, 19, 21}
    assert len((tmp_path / "set" / "failures.jsonl").read_text().splitlines()) == 3


def test_two_builds_in_one_folder_are_refused(tmp_path):
    (tmp_path / "set").mkdir()
    with (
        build_module._exclusive(tmp_path / "set"),
        pytest.raises(ContractError, match="another build is at work"),
    ):
        build_dataset(plan(tmp_path), command=double())


def test_workers_are_renewed_now_and_then(tmp_path, monkeypatch):
    monkeypatch.setattr(build_module, "SCENES_PER_WORKER", 1)
    started = []
    original = build_module._start_worker

    def start(*arguments):
        started.append(original(*arguments))
        return started[-1]

    monkeypatch.setattr(build_module, "_start_worker", start)
    build_dataset(plan(tmp_path), command=double())
    assert len({worker.pid for worker in started}) == 4


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scene": "moon"}, "scene"),
        ({"count": 0}, "count"),
        ({"size": 4}, "size"),
        ({"workers": 0}, "workers"),
        ({"seed": -1}, "seed"),
    ],
)
def test_impossible_wishes_are_told(tmp_path, changes, field):
    with pytest.raises(ContractError, match=f"^{field}: "):
        build_dataset(plan(tmp_path, **changes), command=double())


def test_the_cache_folder_follows_the_recipe(tmp_path, monkeypatch):
    monkeypatch.setenv("BLOCKOUT_CACHE", str(tmp_path))
    first = cache_folder(plan(tmp_path))
    assert first.is_relative_to(tmp_path)
    assert cache_folder(plan(tmp_path, count=99, workers=2)) == first
    assert cache_folder(plan(tmp_path, samples=2)) != first


def test_no_blender_is_told_with_the_fix(tmp_path, monkeypatch):
    monkeypatch.setenv("BLOCKOUT_BLENDER_PYTHON", str(tmp_path / "nothing"))
    with pytest.raises(ContractError, match="BLOCKOUT_BLENDER_PYTHON"):
        build_dataset(plan(tmp_path))
