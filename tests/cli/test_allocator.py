# SPDX-License-Identifier: Apache-2.0
"""What the C library does with freed memory, seen from outside: in processes of their own."""

import platform
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="this C library has no such choice"
)

WORK = """
import resource
import sys
import numpy as np
from neural_core import allocator

if "keep" in sys.argv:
    assert allocator.keep_freed_memory()

def pages_cleared():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()

def call():  # blocks that live side by side, as the features of a network do
    held = [np.ones(3_000_000, np.float32) for _ in range(4)]
    return held[0] + held[3]

call()
before = pages_cleared()
for _ in range(10):
    call()
kept = resident()
assert allocator.return_freed_memory()
print(pages_cleared() - before, kept, resident())
"""


def measured(*arguments: str) -> tuple[int, int, int]:
    """Pages cleared in ten calls, bytes resident after them, and after all was returned."""
    command = [sys.executable, "-c", WORK, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    cleared, kept, returned = map(int, done.stdout.split())
    return cleared, kept, returned


def test_kept_memory_is_not_cleared_again() -> None:
    cleared_by_default, _, _ = measured()
    cleared, _, _ = measured("keep")
    assert cleared_by_default > 10_000  # five arrays of 12 MB are 14,648 pages a call
    assert cleared < cleared_by_default / 100


def test_returned_memory_is_the_systems() -> None:
    _, kept, returned = measured("keep")
    assert kept - returned > 40_000_000
