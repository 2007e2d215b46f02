# SPDX-License-Identifier: Apache-2.0
"""``blockout doctor``: what works on this machine, and the fix for what does not."""

from __future__ import annotations

import importlib
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import typer

from neural_core.contract import STREET, Camera, ContractError, Controls, Frame, Light, SceneObject

from .output import JsonFlag, print_json

MINIMUM_PYTHON = (3, 11)
BLENDER_SECONDS = 120


@dataclass(frozen=True)
class Finding:
    """One thing that was tried.

    Attributes:
        name: what; ok: whether it works; needed: whether Blockout cannot do without.
        detail: what was found; fix: what to do when it does not work, or "".
    """

    name: str
    ok: bool
    needed: bool
    detail: str
    fix: str = ""


def doctor(as_json: JsonFlag = False) -> None:
    """Try what Blockout needs; the exit code is 0 when a picture can be made here.

    Example: blockout doctor
    """
    findings = [check() for check in CHECKS]
    good = all(f.ok for f in findings if f.needed)
    if as_json:
        print_json({"ok": good, "findings": [asdict(f) for f in findings]})
    else:
        _print(findings, good)
    if not good:
        raise typer.Exit(1)


def _print(findings: list[Finding], good: bool) -> None:
    for finding in findings:
        mark = "ok  " if finding.ok else ("FAIL" if finding.needed else "--  ")
        print(f"{mark} {finding.name:12} {finding.detail}")
        if not finding.ok and finding.fix:
            print(f"     {'':12} fix: {finding.fix}")
    print("Everything that is needed works." if good else "Something that is needed does not work.")


def check_python() -> Finding:
    """The Python that runs this."""
    found = sys.version_info[:2]
    return Finding(
        "python",
        found >= MINIMUM_PYTHON,
        True,
        f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "Install Python 3.11 or newer",
    )


def check_torch() -> Finding:
    """torch computes."""
    try:
        torch = importlib.import_module("torch")
        value = float((torch.ones(2, 2) @ torch.ones(2, 2)).sum())
    except (ImportError, OSError, RuntimeError) as error:
        return Finding("torch", False, True, _first_line(error), "pip install 'torch>=2.11,<2.12'")
    return Finding("torch", value == 8.0, True, torch.__version__, "Reinstall torch")


def check_device() -> Finding:
    """Where networks run."""
    try:
        torch = importlib.import_module("torch")
    except (ImportError, OSError) as error:
        return Finding("device", False, True, _first_line(error), "Repair torch first")
    if torch.cuda.is_available():
        return Finding("device", True, True, f"cuda: {torch.cuda.get_device_name(0)}")
    fast = "with" if _has_bf16() else "without"
    return Finding("device", True, True, f"cpu, {os.cpu_count()} cores, {fast} native bfloat16")


def check_pytorch3d() -> Finding:
    """The reference rasteriser."""
    fix = "pip install 'easypytorch3d>=0.7.9,<0.8' (Linux x86-64); Embree or torch stand in for it"
    try:
        module = importlib.import_module("pytorch3d")
        importlib.import_module("pytorch3d._C")
    except (ImportError, OSError) as error:
        return Finding("pytorch3d", False, False, _first_line(error), fix)
    return Finding("pytorch3d", True, False, module.__version__)


def check_embree() -> Finding:
    """The fast rasteriser on the CPU."""
    fix = "pip install embreex; without it the slower torch rasteriser is used"
    try:
        importlib.import_module("embreex.rtcore_scene")
    except (ImportError, OSError) as error:
        return Finding("embree", False, False, _first_line(error), fix)
    return Finding("embree", True, False, "embreex")


def check_picture() -> Finding:
    """A picture without a network: contract, rasteriser, pipeline."""
    try:
        pipeline = importlib.import_module("neural_core.pipeline")
        start = time.perf_counter()
        rendering = pipeline.Pipeline.create("shading").render(sample_frame(64))
        seconds = time.perf_counter() - start
    except Exception as error:
        return Finding("raster", False, True, _first_line(error), "Reinstall blockout-render")
    seen = int((rendering.passes.instance > 0).sum())
    return Finding("raster", seen > 100, True, f"a cube at 64 x 64 in {seconds * 1000:.0f} ms")


def check_models() -> Finding:
    """Every installed model has the weights its card names."""
    fix = "Reinstall blockout-render, or set BLOCKOUT_MODELS to the folder of your models"
    try:
        weights = importlib.import_module("neural_core.weights")
        cards = weights.list_models()
        for card in cards:
            weights.load_weights(card)
    except (ContractError, ImportError, OSError) as error:
        return Finding("models", False, True, _first_line(error), fix)
    if not cards:
        return Finding("models", False, True, "none are installed", fix)
    return Finding("models", True, True, ", ".join(f"{c.name} (hash right)" for c in cards))


def check_network() -> Finding:
    """A picture through the first model."""
    try:
        pipeline = importlib.import_module("neural_core.pipeline")
        network = pipeline.Pipeline.create("smis")
        network.render(sample_frame(128))
        rendering = network.render(sample_frame(128, seed=1))
    except Exception as error:
        return Finding("network", False, True, _first_line(error), "Repair the models first")
    return Finding("network", True, True, f"128 x 128 in {rendering.timings['network']:.0f} ms")


def check_blender() -> Finding:
    """Blender as a Python module, for .blend files on the command line."""
    from neural_core.blender import BLENDER_PYTHON, blender_python

    fix = f"pip install 'blockout-render[blender]', or set {BLENDER_PYTHON} to a Python with bpy"
    code = (
        "import bpy, os, sys; print('BPY', bpy.app.version_string); sys.stdout.flush(); os._exit(0)"
    )
    try:
        done = subprocess.run(
            [blender_python(), "-c", code],
            capture_output=True,
            text=True,
            timeout=BLENDER_SECONDS,
            check=False,
        )
    except (ContractError, OSError, subprocess.TimeoutExpired) as error:
        return Finding("blender", False, False, _first_line(error), fix)
    lines = [x for x in done.stdout.splitlines() if x.startswith("BPY ")]
    if not lines:
        tail = (done.stderr.strip() or "it printed nothing").splitlines()[-1]
        return Finding("blender", False, False, tail, fix)
    return Finding("blender", True, False, f"bpy {lines[0][4:]}")


def check_extension() -> Finding:
    """The extension's zip."""
    from neural_core.blender import extension_zip

    try:
        with tempfile.TemporaryDirectory() as folder:
            path = extension_zip(Path(folder))
            detail = f"{path.name}, {path.stat().st_size / 1000:.0f} kB"
    except (ContractError, subprocess.CalledProcessError) as error:
        return Finding("extension", False, False, _first_line(error), getattr(error, "fix", ""))
    return Finding("extension", True, False, detail)


def check_server() -> Finding:
    """What the backend for Blender is made of."""
    try:
        for name in ("fastapi", "uvicorn"):
            importlib.import_module(name)
        importlib.import_module("neural_core.serving")
    except ImportError as error:
        return Finding("backend", False, True, _first_line(error), "pip install fastapi uvicorn")
    return Finding("backend", True, True, "fastapi, uvicorn")


def check_files() -> Finding:
    """Pictures can be written with their recipes."""
    try:
        images = importlib.import_module("neural_core.images")
        pipeline = importlib.import_module("neural_core.pipeline")
        rendering = pipeline.Pipeline.create("classes").render(sample_frame(16))
        with tempfile.TemporaryDirectory() as folder:
            for suffix, write in ((".png", images.write_png), (".exr", images.write_exr)):
                path = Path(folder) / f"a{suffix}"
                write(path, rendering)
                if images.read_recipe(path) != rendering.recipe:
                    raise ValueError(f"the recipe in {path.name} came back changed")
    except Exception as error:
        return Finding("files", False, True, _first_line(error), "pip install OpenEXR pillow")
    return Finding("files", True, True, "PNG and EXR with recipe")


CHECKS: tuple[Callable[[], Finding], ...] = (
    check_python,
    check_torch,
    check_device,
    check_pytorch3d,
    check_embree,
    check_picture,
    check_models,
    check_network,
    check_files,
    check_server,
    check_blender,
    check_extension,
)


def sample_frame(size: int, seed: int = 0) -> Frame:
    """A car-sized box on a road, in the sun."""
    camera = np.eye(4)
    camera[:3, :3] = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]
    camera[:3, 3] = [0, -8, 1.5]
    things = [
        ("road", 7, [[-20, -10, -0.1], [20, 40, 0]]),
        ("car", 26, [[-0.9, -2, 0.1], [0.9, 2, 1.5]]),
    ]
    objects = tuple(
        SceneObject(name, class_id, i + 1, "cuboid", np.eye(4), np.array(box, np.float64))
        for i, (name, class_id, box) in enumerate(things)
    )
    sun = np.eye(4)
    sun[:3, :3] = [[0.8, 0, 0.6], [0, 1, 0], [-0.6, 0, 0.8]]
    return Frame(
        size,
        size,
        Camera(camera, size, size, size / 2, size / 2),
        STREET,
        objects,
        (Light("sun", sun, energy=3.0), Light("world", np.eye(4), energy=0.5)),
        controls=Controls(seed=seed),
        scene="doctor",
    )


def _has_bf16() -> bool:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in text or "amx_bf16" in text


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
