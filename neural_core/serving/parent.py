# SPDX-License-Identifier: Apache-2.0
"""Notices that the process that started the backend is gone.

Linux' PR_SET_PDEATHSIG is not used: it fires when the *thread* that started the backend ends, and
Blender starts it from the thread of a render job. A pidfd tells of the process itself, at once, and
cannot be fooled by a process id that is used again.
"""

from __future__ import annotations

import os
import select
import sys
import threading
import time
from collections.abc import Callable

POLL_SECONDS = 0.5


def watch_parent(pid: int, gone: Callable[[], None]) -> threading.Thread:
    """Call ``gone`` from a daemon thread once process ``pid`` has ended, or if it has."""
    thread = threading.Thread(target=_watch, args=(pid, gone), name="parent-watch", daemon=True)
    thread.start()
    return thread


def _watch(pid: int, gone: Callable[[], None]) -> None:
    if hasattr(os, "pidfd_open"):
        try:
            _wait_by_pidfd(pid)
        except ProcessLookupError:
            gone()
            return
        except OSError:  # an old kernel or a sandbox without pidfd
            _wait_by_polling(pid)
    else:
        _wait_by_polling(pid)
    gone()


def _wait_by_pidfd(pid: int) -> None:
    descriptor = os.pidfd_open(pid)
    try:
        select.select([descriptor], [], [])
    finally:
        os.close(descriptor)


def _wait_by_polling(pid: int) -> None:
    while is_alive(pid):
        time.sleep(POLL_SECONDS)


def is_alive(pid: int) -> bool:
    """Whether a process with this id exists."""
    if sys.platform == "win32":
        return _is_alive_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_alive_windows(pid: int) -> bool:
    import ctypes

    synchronize, timed_out = 0x00100000, 0x102
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    handle = kernel.OpenProcess(synchronize, False, pid)
    if not handle:
        return False
    try:
        return kernel.WaitForSingleObject(handle, 0) == timed_out
    finally:
        kernel.CloseHandle(handle)
