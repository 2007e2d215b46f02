# SPDX-License-Identifier: Apache-2.0
"""A backend process with the doubles: ``run_backend.py PORT PARENT_PID|- READY_FILE [HOST]``."""

from __future__ import annotations

import sys

from serving_doubles import backend

from neural_core.serving import serve

if __name__ == "__main__":
    port, parent, ready = sys.argv[1:4]
    host = sys.argv[4] if len(sys.argv) > 4 else "127.0.0.1"
    parent_pid = None if parent == "-" else int(parent)
    sys.exit(serve(host, int(port), parent_pid, ready, backend=backend))
