# SPDX-License-Identifier: Apache-2.0
"""Start and end of the backend process."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import logging
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from neural_core import __version__
from neural_core.allocator import return_freed_memory

from .app import Service, create_app
from .jobs import JobQueue, PipelineFactory
from .limits import Limits
from .meshes import MeshStore
from .parent import watch_parent

log = logging.getLogger("blockout")
GOOD, REFUSED, STUCK = 0, 2, 70
WORKER_GRACE_SECONDS = 0.5
KEEP_ALIVE_SECONDS = 120


class ServeError(Exception):
    """The backend cannot start; the message is one sentence with the fix."""


@dataclass(frozen=True)
class Backend:
    """What runs the jobs: how to make a pipeline, what there is, and on which device."""

    factory: PipelineFactory
    device: str
    pipelines: list[str]
    models: list[str]


def serve(
    host: str = "127.0.0.1",
    port: int = 0,
    parent_pid: int | None = None,
    ready_file: str | Path | None = None,
    token: str | None = None,
    *,
    allow_remote: bool = False,
    limits: Limits | None = None,
    backend: Callable[[], Backend] | None = None,
) -> int:
    """Serve until told to stop; returns the exit code (0 = stopped in good order).

    Args:
        port: 0 takes a free one.
        parent_pid: end when this process is gone.
        ready_file: gets {"url", "token", "pid", "version"} once the backend listens, readable by
            its owner alone; without it the same is printed.
        token: bearer token; by default a random one.
        allow_remote: permit a host that other machines reach.
        backend: makes what runs the jobs; by default from ``neural_core.pipeline``.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    token = token or secrets.token_urlsafe(32)
    try:
        check_host(host, allow_remote)
        listener = bind(host, port)
    except ServeError as error:
        print(f"blockout serve: {error}", file=sys.stderr, flush=True)
        return REFUSED
    with listener:
        return _serve(listener, parent_pid, ready_file, token, limits or Limits(), backend)


def check_host(host: str, allow_remote: bool) -> None:
    """Raise ServeError for a host that other machines reach, unless that is wanted."""
    if allow_remote or host == "localhost":
        return
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ServeError(
            f"{host} can be reached from other machines, and the connection is not encrypted. "
            "Use --host 127.0.0.1, or add --allow-remote if you trust the network"
        )


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ServeError when the port is taken or the host is not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio sets TCP_NODELAY; without, each answer takes 40 ms longer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform == "win32":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise ServeError(
            f"port {port} on {host} cannot be used ({error}). "
            "Use --port 0 for a free one, or end the program that has it"
        ) from error
    return listener


def _serve(
    listener: socket.socket,
    parent_pid: int | None,
    ready_file: str | Path | None,
    token: str,
    limits: Limits,
    backend: Callable[[], Backend] | None,
) -> int:
    ready = None if ready_file is None else Path(ready_file)
    if parent_pid is not None:
        watch_parent(parent_pid, lambda: _leave(ready, GOOD, "the parent process is gone"))
    runs = (backend or default_backend)()
    queue = JobQueue(
        runs.factory,
        limits,
        stuck=lambda: _leave(ready, STUCK, "a job is stuck"),
        rest=return_freed_memory,
    )
    store = MeshStore(limits.store_bytes)
    service = Service(
        token, runs.device, runs.pipelines, runs.models, limits, queue, store, stop=lambda: None
    )
    server = uvicorn.Server(_config(service))
    service.stop = lambda: setattr(server, "should_exit", True)
    with _quiet_signals(), _announced(ready, _ready_note(listener, token)):
        server.run(sockets=[listener])
    if not queue.close(WORKER_GRACE_SECONDS):
        _leave(ready, GOOD, "stopped while a job was running")
    return GOOD


def _config(service: Service) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(service),
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=1,
    )


def _ready_note(listener: socket.socket, token: str) -> str:
    host, port = listener.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    note = {"url": url, "token": token, "pid": os.getpid(), "version": __version__}
    return json.dumps(note)


@contextlib.contextmanager
def _announced(ready: Path | None, note: str) -> Iterator[None]:
    """The socket listens already, so requests that come from now on are answered."""
    if ready is None:
        print(note, flush=True)
        yield
        return
    write_private(ready, note)
    try:
        yield
    finally:
        ready.unlink(missing_ok=True)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, under a temporary name first."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)


@contextlib.contextmanager
def _quiet_signals() -> Iterator[None]:
    """uvicorn stops on SIGINT and SIGTERM, then raises them again: let that end in good order."""
    wanted = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: None) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(ready: Path | None, code: int, why: str) -> None:
    """End at once: a thread inside a network forward cannot be stopped in another way."""
    try:
        if ready is not None:
            ready.unlink(missing_ok=True)
        log.info("%s: ending", why)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)  # also when the reader of our output is gone, which raises above


def default_backend() -> Backend:
    """Pipelines of this installation. Imports torch, so that a broken one shows at the start."""
    import torch

    from neural_core import pipeline

    device = os.environ.get("BLOCKOUT_DEVICE") or ("cuda" if torch.cuda.is_available() else "cpu")
    return Backend(
        factory=lambda name: pipeline.Pipeline.create(name, device),
        device=device,
        pipelines=list(pipeline.pipeline_names()),
        models=list(pipeline.model_names()),
    )
