# SPDX-License-Identifier: Apache-2.0
"""Build a data set: Blender workers render scenes, this process adds passes and packs shards."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import queue
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from neural_core.blender import (
    EXTENSION_ZIP,
    BlenderError,
    BlenderProcess,
    blender_python,
    extension_zip,
    scenes_folder,
)
from neural_core.contract import ContractError, Frame, load_frame, write_atomically
from neural_core.geometry.passes import rasterize_passes
from neural_core.geometry.scene import GeometryCache

from .card import measure
from .dataset import SPLITS, is_held_out
from .families import family_of, palette_of
from .memory import MemoryLog
from .sample import FORMS, FormArrays, Sample, pack_form
from .set_sheet import write_set_sheet
from .store import DatasetStore

MAX_ATTEMPTS = 3
SCENES_PER_WORKER = 60  # Blender's memory grows; a fresh process is cheap.
EXPORT_MODULE = "scenes.export_frames"


@dataclass(frozen=True)
class BuildPlan:
    """What to build.

    Attributes:
        out: the data-set folder.
        scene: a family, see `families.FAMILIES`.
        count: frames wanted; rounded up to whole scenes.
        size: width and height of a frame in pixels.
        seed: seed of the first scene; the others follow one by one.
        workers: Blender processes.
        cameras: frames of a scene; None = as many as the family has.
        samples: Cycles samples a pixel, before denoising.
        split: train | val | all: build only scenes of that split.
    """

    out: Path
    scene: str = "street"
    count: int = 64
    size: int = 128
    seed: int = 0
    workers: int = 1
    cameras: int | None = None
    samples: int = 32
    split: str = "all"

    @property
    def views(self) -> int:
        """Frames of a scene."""
        return family_of(self.scene).views if self.cameras is None else self.cameras

    def seeds(self) -> list[int]:
        """Seeds of the scenes, ascending."""
        following = (
            seed
            for seed in itertools.count(self.seed)
            if self.split == "all" or is_held_out(seed) == (self.split == "val")
        )
        return list(itertools.islice(following, -(-self.count // self.views)))

    def recipe(self) -> dict[str, Any]:
        """What decides the look of a frame of a given seed."""
        palette = palette_of(self.scene)
        return {
            "scene": self.scene,
            "size": self.size,
            "cameras": self.views,
            "samples": self.samples,
            "classes": {"0": "void", **{str(c.id): c.name for c in palette.classes}},
        }

    def validate(self) -> None:
        """Raise ContractError for values that cannot be built."""
        palette_of(self.scene)
        if self.split not in SPLITS:
            raise ContractError("split", f"'{self.split}' is unknown", f"Use one of {SPLITS}")
        for name, low, high in (
            ("count", 1, 10**7),
            ("size", 16, 2048),
            ("workers", 1, 256),
            ("views", 1, 64),
            ("samples", 1, 4096),
            ("seed", 0, 2**31),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                field_name = "cameras" if name == "views" else name
                raise ContractError(field_name, f"{value} is out of range", f"Use {low} to {high}")


@dataclass
class _Run:
    """State that the threads of one build share."""

    plan: BuildPlan
    store: DatasetStore
    on_scene: Callable[[int], None]
    tasks: queue.Queue[tuple[int, int]] = field(default_factory=queue.Queue)
    failures: dict[int, str] = field(default_factory=dict)
    problems: list[BaseException] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    frames: int = 0
    memory: MemoryLog = field(default_factory=MemoryLog)


def build_dataset(
    plan: BuildPlan,
    on_scene: Callable[[int], None] | None = None,
    command: list[str] | None = None,
) -> dict[str, Any]:
    """Build what is missing and return the card (also written to ``card.json``).

    Args:
        on_scene: called with the number of frames whenever a scene is done.
        command: the worker program, instead of Blender.

    Raises:
        ContractError: bad values, another build at work there, or scenes that failed for good.
    """
    plan.validate()
    store = DatasetStore(plan.out)
    plan.out.mkdir(parents=True, exist_ok=True)
    with _exclusive(plan.out):
        store.create(plan.recipe())
        run = _Run(plan, store, on_scene or (lambda frames: None))
        done = store.done_seeds()
        for seed in plan.seeds():
            if seed not in done:
                run.tasks.put((seed, 1))
        start, busy = time.monotonic(), _cpu_seconds()
        if not run.tasks.empty():
            _work(run, command)
        store.pack(rest=True)
        card = _finish(run, time.monotonic() - start, _cpu_seconds() - busy)
    if run.failures:
        seed, story = next(iter(run.failures.items()))
        raise ContractError(
            f"scene {seed}",
            f"{len(run.failures)} scenes failed {MAX_ATTEMPTS} times; this one: {story}",
            "Repair it and run the same command again",
        )
    return card


def default_command(threads: int) -> list[str]:
    """The worker that renders scenes in Blender with so many threads."""
    export = ["--export-module", EXPORT_MODULE]
    return [blender_python(), "-m", "scenes.worker", *export, "--threads", str(threads)]


def remaining_frames(plan: BuildPlan) -> int:
    """Frames that are not there yet."""
    try:
        done = DatasetStore(plan.out).done_seeds()
    except ContractError:
        done = set()
    return plan.views * sum(seed not in done for seed in plan.seeds())


def source_hash() -> str:
    """Hash of the code that makes the scenes."""
    digest = hashlib.sha256()
    for path in sorted(scenes_folder().glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder(plan: BuildPlan) -> Path:
    """Where a data set of this recipe and scene code lies when no folder is named."""
    root = os.environ.get("BLOCKOUT_CACHE")
    base = Path(root) if root else Path.home() / ".cache" / "blockout"
    recipe = json.dumps([plan.recipe(), source_hash()], sort_keys=True)
    name = f"{plan.scene}-{plan.size}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    return base / "datasets" / name


def _work(run: _Run, command: list[str] | None) -> None:
    """Render all tasks with ``command``, or with Blender."""
    work = run.plan.out / "work"
    work.mkdir(exist_ok=True)
    environment = {}
    if command is None:
        command = default_command(_threads(run.plan))
        # One zip for all: sources that change meanwhile must not change the frames.
        environment = {EXTENSION_ZIP: str(extension_zip(work))}
    threads = [
        threading.Thread(target=_serve_worker, args=(run, command, environment, n), daemon=True)
        for n in range(min(run.plan.workers, run.tasks.qsize()))
    ]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)
    except KeyboardInterrupt:
        run.stop.set()
        raise
    finally:
        for thread in threads:
            thread.join(30)
        shutil.rmtree(work, ignore_errors=True)
    if run.problems:
        raise run.problems[0]


def _serve_worker(run: _Run, command: list[str], environment: dict[str, str], number: int) -> None:
    """One thread: keep one worker busy until there is nothing left."""
    scratch = run.plan.out / "work" / str(number)
    worker: BlenderProcess | None = None
    scenes = 0
    try:
        while not run.stop.is_set():
            try:
                seed, attempt = run.tasks.get_nowait()
            except queue.Empty:
                break
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir(parents=True)
            if worker is None:
                worker, scenes = _start_worker(run, command, environment, number), 0
            try:
                _build_scene(run, worker, seed, scratch)
                scenes += 1
            except (BlenderError, ContractError) as error:
                worker.kill()
                worker = None
                _note_failure(run, seed, attempt, str(error))
            if worker is not None and scenes >= SCENES_PER_WORKER:
                worker.close()
                worker = None
    except BaseException as error:
        run.problems.append(error)
        run.stop.set()
    finally:
        if worker is not None:
            worker.kill() if run.stop.is_set() else worker.close()


def _start_worker(
    run: _Run, command: list[str], environment: dict[str, str], number: int
) -> BlenderProcess:
    threads = _threads(run.plan)
    resources = run.plan.out / "work" / f"blender-{number}"
    environment = {
        **environment,
        "BLENDER_USER_RESOURCES": str(resources.resolve()),
        "OMP_NUM_THREADS": str(threads),
        "PYTHONUNBUFFERED": "1",
    }
    return BlenderProcess(command, environment, cwd=scenes_folder().parent)


def _threads(plan: BuildPlan) -> int:
    return max(1, (os.cpu_count() or 1) // plan.workers)


def _build_scene(run: _Run, worker: BlenderProcess, seed: int, scratch: Path) -> None:
    plan = run.plan
    request = {
        "scene": plan.scene,
        "seed": seed,
        "cameras": plan.views,
        "size": [plan.size, plan.size],
        "samples": plan.samples,
        "out": str(scratch.resolve()),
    }
    replies = list(worker.request(request, plan.views))
    ids = np.array(sorted(int(i) for i in plan.recipe()["classes"]), np.uint16)
    caches = {form: GeometryCache() for form in FORMS}
    samples = [_sample(scratch, reply, ids, caches) for reply in replies]
    with run.lock:
        run.store.add_scene(seed, samples)
        run.store.pack()
        run.frames += len(samples)
        run.memory.note(run.frames, worker.pid)
        run.on_scene(len(samples))


def _sample(
    folder: Path,
    reply: dict[str, Any],
    class_ids: NDArray[np.uint16],
    caches: dict[str, GeometryCache],
) -> Sample:
    seed, camera = int(reply["seed"]), int(reply["camera"])
    frames = {form: load_frame(folder / f"{seed}_{camera}_{form}.npz") for form in caches}
    forms = {form: _form(frame, class_ids, caches[form]) for form, frame in frames.items()}
    with Image.open(folder / str(reply["png"])) as picture:
        image = np.asarray(picture.convert("RGB"))
    return Sample(seed, camera, frames[FORMS[0]].camera, image, forms)


def _form(frame: Frame, class_ids: NDArray[np.uint16], cache: GeometryCache) -> FormArrays:
    passes = frame.passes or rasterize_passes(frame, cache=cache)
    return pack_form(frame, passes, class_ids)


def _note_failure(run: _Run, seed: int, attempt: int, story: str) -> None:
    line = json.dumps({"seed": seed, "attempt": attempt, "story": story})
    with run.lock:
        with (run.plan.out / "failures.jsonl").open("a") as file:
            file.write(line + "\n")
        if attempt < MAX_ATTEMPTS:
            run.tasks.put((seed, attempt + 1))
        else:
            run.failures[seed] = story


def _cpu_seconds() -> float:
    """Processor time of this process and of those it started that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _finish(run: _Run, seconds: float, cpu_seconds: float) -> dict[str, Any]:
    card = measure(run.store)
    card["source"] = source_hash()
    card["last_run"] = _run_entry(run, seconds, cpu_seconds)
    if card["frames"]:
        sheet = run.plan.out / "contact_sheet.png"
        write_set_sheet(run.store, palette_of(run.plan.scene), sheet)
    write_atomically(run.plan.out / "card.json", json.dumps(card, indent=1).encode())
    return card


def _run_entry(run: _Run, seconds: float, cpu_seconds: float) -> dict[str, Any]:
    """What the card says of the last run that rendered anything."""
    path = run.plan.out / "card.json"
    if not run.frames and path.is_file():
        return json.loads(path.read_text())["last_run"]
    return {
        "frames": run.frames,
        "seconds": round(seconds, 1),
        "frames_per_second": round(run.frames / seconds, 3) if seconds else 0.0,
        "cpu_seconds_per_frame": round(cpu_seconds / run.frames, 3) if run.frames else 0.0,
        "workers": run.plan.workers,
        "cores": os.cpu_count(),
        "memory": run.memory.entry(),
    }


@contextmanager
def _exclusive(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the system frees it when the process ends, however it ends."""
    try:
        import fcntl
    except ImportError:  # Windows: two builds in one folder are the user's own risk there.
        yield
        return
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ContractError(
                str(folder),
                "another build is at work there",
                "Wait for it, or choose another --out",
            ) from error
        yield
