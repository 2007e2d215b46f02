# SPDX-License-Identifier: Apache-2.0
"""What the backend accepts at most."""

from __future__ import annotations

import io
import zipfile
from dataclasses import asdict, dataclass

from .problems import Problem

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes, times in seconds.

    Attributes:
        frame_bytes: a job's body, packed and unpacked. A frame with passes at 4096 x 4096 needs
            about 500 MiB.
        mesh_bytes: one upload of meshes, packed and unpacked.
        control_bytes: a JSON body.
        store_bytes: all meshes that are kept; the least recently used go first.
        keys: mesh keys in one question.
        waiting_jobs: jobs in the queue, the running one not counted.
        kept_jobs: finished jobs whose state is remembered.
        result_bytes: all kept results together; the newest is always kept.
        job_seconds: run time of one job.
        stuck_seconds: grace after that before the process ends itself, to be started afresh.
        wait_seconds: one long poll.
        rest_seconds: without work until memory that only a job needs is given back.
        pipelines: pipelines held in memory.
    """

    frame_bytes: int = 640 * MIB
    mesh_bytes: int = 1024 * MIB
    control_bytes: int = 16 * MIB
    store_bytes: int = 2048 * MIB
    keys: int = 100_000
    waiting_jobs: int = 64
    kept_jobs: int = 64
    result_bytes: int = 1024 * MIB
    job_seconds: float = 900.0
    stuck_seconds: float = 120.0
    wait_seconds: float = 30.0
    rest_seconds: float = 10.0
    pipelines: int = 2

    def to_json(self) -> dict[str, float]:
        """Name -> value, for ``/v1/hello``."""
        return asdict(self)


def check_archive(data: bytes, limit: int) -> None:
    """Raise Problem when the ``.npz`` is damaged or would unpack to more than ``limit`` bytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            total = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Problem(400, "damaged", f"the body is no .npz ({error})", "Send it again") from error
    if total > limit:
        raise too_large(limit)


def too_large(limit: int) -> Problem:
    """The problem for a body above ``limit`` bytes."""
    return Problem(
        413,
        "too-large",
        f"the body is larger than {limit / MIB:.0f} MiB",
        "Send meshes in several parts, or lower the resolution",
    )
