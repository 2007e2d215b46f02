# SPDX-License-Identifier: Apache-2.0
"""SMIS drawing: the plain module and the fast paths, on the same weights and labels, in one run.

The paths take turns, so that a busy moment of the machine hits all of them; medians count. Labels
are areas of smooth outline, as a scene's are; guides are noise, whose values cost nothing.
"""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from neural_core.allocator import return_freed_memory
from neural_core.contract import ContractError
from neural_core.layers.precision import native_dtype
from neural_core.methods.smis.authors import AUTHORS_PRESETS, authors_config
from neural_core.methods.smis.config import GUIDES, SmisConfig
from neural_core.methods.smis.fast import FastDecoder
from neural_core.methods.smis.model import Decoder, initialise
from neural_core.methods.smis.presets import PRESETS

SIZES = (128, 256, 512)
BATCHES = (1, 8)
PATHS = ("plain", "fast fp32", "fast", "fast, labels kept")
"""The module as it is in fp32; the fast decoder in fp32 and in the device's own type, both with new
labels for every picture; and that with the labels of the picture before."""

_AREAS = 24
_RSS = Path("/proc/self/statm")


@dataclass(frozen=True)
class _Case:
    masks: Tensor
    guides: Tensor | None
    codes: Tensor


def run(
    preset: str = "street-128",
    sizes: Sequence[int] = SIZES,
    batches: Sequence[int] = BATCHES,
    repeats: int = 3,
    device: str = "cpu",
) -> list[dict[str, Any]]:
    """Measure a network of a preset's size with random weights: speed does not depend on them.

    Returns:
        rows with size, batch, path, ms (a call), speedup (of the plain path's ms), peak_mb (memory
        that the call needed beside the weights; None where it cannot be told) and dtype.

    Raises:
        ContractError: an unknown preset, or nothing to measure.
    """
    config = config_of(preset)
    if repeats < 1 or not sizes or not batches:
        raise ContractError("repeats", "nothing to measure", "Use at least one repeat and size")
    torch.manual_seed(0)
    decoder = Decoder(config).eval().requires_grad_(False)
    initialise(decoder, gain=1.0)
    decoder.to(device)
    fast = {
        dtype: FastDecoder(decoder, dtype)
        for dtype in {torch.float32, native_dtype(torch.device(device))}
    }
    rows = []
    for size, batch in tqdm([*product(sizes, batches)], desc=preset, unit="case"):
        case = example(config, size, batch, device)
        rows += _measured(decoder, fast, case, size, batch, repeats)
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """The rows for people."""
    lines = [
        f"{'size':>5} {'batch':>5}  {'path':18} {'ms':>10} {'speed-up':>9} {'peak MB':>8}  dtype"
    ]
    for row in rows:
        peak = "-" if row["peak_mb"] is None else f"{row['peak_mb']:.0f}"
        lines.append(
            f"{row['size']:>5} {row['batch']:>5}  {row['path']:18} {row['ms']:>10.1f} "
            f"{row['speedup']:>8.2f}x {peak:>8}  {row['dtype']}"
        )
    return "\n".join(lines)


def config_of(preset: str) -> SmisConfig:
    """One of our presets or of the authors'."""
    for name in (preset, f"{preset}-128"):
        if name in PRESETS:
            return PRESETS[name]
    if preset in AUTHORS_PRESETS:
        return authors_config(preset)
    known = ", ".join([*PRESETS, *AUTHORS_PRESETS])
    raise ContractError("preset", f"'{preset}' is unknown", f"Use one of {known}")


def example(config: SmisConfig, size: int, batch: int, device: str = "cpu") -> _Case:
    """Labels, guides and codes of pictures ``size`` high; all pictures of a batch differ."""
    generator = torch.Generator().manual_seed(7)
    width = size * config.aspect
    rows = torch.linspace(-1, 1, size)[:, None]
    columns = torch.linspace(-1, 1, width)[None]
    ids = torch.randint(0, config.classes, (batch, 1, 1), generator=generator)
    ids = ids.expand(batch, size, width).clone()
    for _ in range(_AREAS):
        x, y, a, b = torch.rand(4, batch, 1, 1, generator=generator)
        inside = ((columns - 2 * x + 1) / (0.05 + 0.5 * a)) ** 2
        inside = inside + ((rows - 2 * y + 1) / (0.05 + 0.5 * b)) ** 2 < 1
        label = torch.randint(0, config.classes, (batch, 1, 1), generator=generator)
        ids = torch.where(inside, label, ids)
    masks = torch.nn.functional.one_hot(ids, config.classes).permute(0, 3, 1, 2).float()
    count = sum(GUIDES[name] for name in config.guides)
    guides = torch.rand(batch, count, size, width, generator=generator) if count else None
    if guides is not None and config.guide_scope == "everywhere":
        guides = (guides < 0.05).float()
    codes = torch.randn(batch, *config.code_shape, generator=generator)
    return _Case(masks.to(device), None if guides is None else guides.to(device), codes.to(device))


def _measured(
    decoder: Decoder,
    fast: dict[torch.dtype, FastDecoder],
    case: _Case,
    size: int,
    batch: int,
    repeats: int,
) -> list[dict[str, Any]]:
    own = native_dtype(case.masks.device)
    kept = fast[own].prepare(case.masks, case.guides, case.codes)

    def drawn(dtype: torch.dtype) -> Tensor:
        labels = fast[dtype].prepare(case.masks, case.guides, case.codes)
        return fast[dtype].draw(case.codes, labels)

    calls: dict[str, tuple[torch.dtype, Callable[[], Tensor]]] = {
        "plain": (torch.float32, lambda: decoder(case.codes, case.masks, case.guides)),
        "fast fp32": (torch.float32, lambda: drawn(torch.float32)),
        "fast": (own, lambda: drawn(own)),
        "fast, labels kept": (own, lambda: fast[own].draw(case.codes, kept)),
    }
    times: dict[str, list[float]] = {path: [] for path in PATHS}
    peaks: dict[str, float | None] = {}
    with torch.inference_mode():
        for path, (_, call) in calls.items():
            with _peak_memory(case.masks.device) as peak:
                call()
            peaks[path] = peak[0]
        for _, call in calls.values():
            call()  # telling the peak returned all memory: the first call would clear its pages
        for _ in range(repeats):
            for path, (_, call) in calls.items():
                started = time.perf_counter()
                call()
                if case.masks.is_cuda:
                    torch.cuda.synchronize()
                times[path].append((time.perf_counter() - started) * 1000)
    medians = {path: statistics.median(values) for path, values in times.items()}
    return [
        {
            "size": size,
            "batch": batch,
            "path": path,
            "ms": round(medians[path], 2),
            "speedup": round(medians["plain"] / medians[path], 3),
            "peak_mb": peaks[path],
            "dtype": str(dtype).removeprefix("torch."),
        }
        for path, (dtype, _) in calls.items()
    ]


@contextmanager
def _peak_memory(device: torch.device) -> Iterator[list[float | None]]:
    """MB that the block took at most, in a list of one, which is filled at its end."""
    result: list[float | None] = [None]
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        yield result
        result[0] = round((torch.cuda.max_memory_allocated(device) - before) / 1e6, 1)
        return
    if not _RSS.exists():
        yield result
        return
    return_freed_memory()
    before = highest = _resident()
    ended = threading.Event()

    def watch() -> None:
        nonlocal highest
        while not ended.wait(0.002):
            highest = max(highest, _resident())

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield result
    finally:
        ended.set()
        thread.join()
    result[0] = round((max(highest, _resident()) - before) / 1e6, 1)


def _resident() -> int:
    return int(_RSS.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
