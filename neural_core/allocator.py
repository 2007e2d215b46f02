# SPDX-License-Identifier: Apache-2.0
"""Memory that networks use again and again stays with the process between their calls.

By default glibc returns every large block to the system as soon as it is free, and the system
clears every page of it anew at the next call: a third of the time that a picture takes. Other
systems' allocators keep large blocks by themselves, or offer no such choice.
"""

from __future__ import annotations

import ctypes
import platform
from typing import Any

# From <malloc.h>.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX, _ARENA_MAX = -1, -2, -4, -8
_NEVER = 2**31 - 1  # mallopt takes an int
_GROWTH = 2**28


def keep_freed_memory() -> bool:
    """Keep what is freed, in one heap for all threads; True where the allocator can (glibc).

    For processes of our own alone; call it before large libraries are imported. The heap is as
    large as the process ever needed at once until `return_freed_memory`.
    """
    libc = _glibc()
    if libc is None:
        return False
    wanted = {_ARENA_MAX: 1, _MMAP_MAX: 0, _TRIM_THRESHOLD: _NEVER, _TOP_PAD: _GROWTH}
    taken = [libc.mallopt(option, value) for option, value in wanted.items()]
    return all(taken)


def return_freed_memory() -> bool:
    """Return what is free to the system, for a time without work; True where that can be asked."""
    libc = _glibc()
    if libc is None:
        return False
    libc.malloc_trim(0)
    return True


def _glibc() -> Any:
    """The C library, or None where it is not glibc."""
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
