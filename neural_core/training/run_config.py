# SPDX-License-Identifier: Apache-2.0
"""``run.json``: what a run was told, beside what came of it."""

from __future__ import annotations

import dataclasses
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from neural_core import __version__
from neural_core.contract import ContractError, write_atomically

RUN = "run.json"


@dataclass(frozen=True)
class RunConfig:
    """A run as a whole.

    Attributes:
        method, preset: e.g. ``smis``, ``street-128``.
        config: the network's configuration; options: those of its training.
        loop: what of the loop's options decides the result: batch, seed, images.
        data: the data set's recipe and what is taken of it.
        machine: versions, device and precision; may differ when a run goes on.
    """

    method: str
    preset: str
    config: dict[str, Any]
    options: dict[str, Any]
    loop: dict[str, Any]
    data: dict[str, Any]
    machine: dict[str, Any] = field(default_factory=dict)


def machine_facts(device: str, precision: str, processes: int = 1) -> dict[str, Any]:
    """Where a run ran."""
    return {
        "blockout": __version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "device": torch.cuda.get_device_name() if device == "cuda" else device,
        "precision": precision,
        "processes": processes,
        "threads": torch.get_num_threads(),
    }


def start_or_continue(
    folder: Path, run: RunConfig, defaults: Mapping[str, Mapping[str, Any]] | None = None
) -> None:
    """Write ``run.json``, or check that the run in ``folder`` is this one.

    Args:
        defaults: by part (``config``, ``options``), what the fields are that a run of an earlier
            version has not written down: see `field_defaults`.

    Raises:
        ContractError: the folder holds another run; names what differs.
    """
    wanted = json.loads(json.dumps(dataclasses.asdict(run)))
    path = folder / RUN
    if path.exists():
        found = json.loads(path.read_text())
        for part, values in json.loads(json.dumps(defaults or {})).items():
            found[part] = {**values, **found.get(part, {})}
        differing = sorted(
            name for name in wanted.keys() - {"machine", "data"} if found.get(name) != wanted[name]
        )
        if differing:
            details = ", ".join(
                f"{name} ({_difference(found.get(name), wanted[name])})" for name in differing
            )
            raise ContractError(
                str(folder),
                f"it holds a run that differs in {details}",
                "Choose another --out, or the options that the run was started with",
            )
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(path, (json.dumps(wanted, indent=1) + "\n").encode())


def field_defaults(options: type) -> dict[str, Any]:
    """The fields of a dataclass that have defaults, with those."""
    fields = dataclasses.fields(options)
    return {f.name: f.default for f in fields if f.default is not dataclasses.MISSING}


def read_run(folder: Path) -> dict[str, Any]:
    """``run.json`` of a run; empty for a run of a version that wrote none."""
    path = folder / RUN
    return json.loads(path.read_text()) if path.exists() else {}


def _difference(found: Any, wanted: Any) -> str:
    """``batch: 4 -> 8`` for the first value that differs."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        for name in sorted(found.keys() | wanted.keys()):
            if found.get(name) != wanted.get(name):
                return f"{name}: {_difference(found.get(name), wanted.get(name))}"
    return f"{found} -> {wanted}"
