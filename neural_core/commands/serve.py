# SPDX-License-Identifier: Apache-2.0
"""``blockout serve``: the backend that the Blender extension talks to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.")] = 0,
    parent_pid: Annotated[int | None, typer.Option(help="End when this process is gone.")] = None,
    ready_file: Annotated[
        Path | None, typer.Option(help="Write address and token here once listening.")
    ] = None,
    token: Annotated[
        str | None, typer.Option(envvar="BLOCKOUT_TOKEN", help="Bearer token; default: random.")
    ] = None,
    allow_remote: Annotated[
        bool, typer.Option(help="Permit an address that other machines reach (not encrypted).")
    ] = False,
) -> None:
    """Start the backend; without --ready-file it prints its address and token as JSON.

    Example: blockout serve --port 8765
    """
    from neural_core.serving import serve as run

    raise typer.Exit(run(host, port, parent_pid, ready_file, token, allow_remote=allow_remote))
