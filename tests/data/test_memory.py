# SPDX-License-Identifier: Apache-2.0
"""The log of what processes hold."""

import os
from pathlib import Path

import pytest

from neural_core.data import memory
from neural_core.data.memory import MemoryLog, resident_mb


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_memory_that_is_taken_shows():
    before = resident_mb(os.getpid())
    block = b"x" * 60_000_000
    after = resident_mb(os.getpid())
    assert before and after and after - before > 0.9 * len(block) / 1e6


def test_a_process_that_is_gone_holds_nothing():
    assert resident_mb(2**22 + 1) is None


def test_the_log_keeps_the_most_of_each_hundred_frames(monkeypatch):
    held = {7: 300.0, 8: 500.0, os.getpid(): 90.0}
    monkeypatch.setattr(memory, "resident_mb", held.get)
    log = MemoryLog()
    log.note(4, 7)
    log.note(100, 8)
    log.note(104, 7)
    log.note(150, 9)  # it has just ended: nothing to note
    held[os.getpid()] = 95.0
    log.note(200, 7)
    assert log.entry() == {
        "every_frames": 100,
        "worker_peak_mb": [500, 300],
        "builder_mb": [90, 95],
    }
