# SPDX-License-Identifier: Apache-2.0
"""A stopwatch."""

from __future__ import annotations

import time
from collections.abc import Callable


def milliseconds(action: Callable[[], object], times: int = 1) -> float:
    """How long so many calls take in all."""
    start = time.perf_counter()
    for _ in range(times):
        action()
    return (time.perf_counter() - start) * 1000
