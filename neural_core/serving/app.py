# SPDX-License-Identifier: Apache-2.0
"""The routes under /v1. Everything needs the token; every error is a problem document."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import io
import json
import logging
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from neural_core import __version__
from neural_core.contract import (
    CONTRACT_VERSION,
    ContractError,
    Frame,
    frame_from_bytes,
    mesh_keys_of,
    meshes_from_bytes,
)

from .jobs import FINISHED, Job, JobQueue
from .limits import Limits, check_archive, too_large
from .meshes import MeshStore
from .problems import MEDIA_TYPE, Problem, problem_of

log = logging.getLogger("blockout.http")
T = TypeVar("T")
CONTRACT_HEADER = "blockout-contract"
PROGRESS_SECONDS = 0.05


@dataclass
class Service:
    """What the routes work on."""

    token: str
    device: str
    pipelines: list[str]
    models: list[str]
    limits: Limits
    queue: JobQueue
    store: MeshStore
    stop: Callable[[], None]


def create_app(service: Service) -> Starlette:
    """The ASGI application."""
    app = Starlette(
        routes=[
            Route("/v1/hello", _hello),
            Route("/v1/meshes/missing", _missing, methods=["POST"]),
            Route("/v1/meshes", _put_meshes, methods=["PUT"]),
            Route("/v1/jobs", _submit, methods=["POST"]),
            Route("/v1/jobs/{id}", _poll),
            Route("/v1/jobs/{id}", _cancel, methods=["DELETE"]),
            Route("/v1/jobs/{id}/result", _result),
            Route("/v1/shutdown", _shutdown, methods=["POST"]),
        ],
        exception_handlers={HTTPException: _on_http_error, Problem: _on_problem},
    )
    app.state.service = service
    app.add_middleware(_Guard, service=service)
    return app


class _Guard:
    """Checks token and contract version before anything else, and reports what nobody expected."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value for name, value in scope["headers"]}
        problem = _refusal(headers, self._service.token)
        if problem is not None:
            await _response_of(problem)(scope, receive, send)
            return
        started = False

        async def watched(message: Any) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            log.exception("%s %s failed", scope["method"], scope["path"])
            if started:
                raise
            await _response_of(problem_of(error))(scope, receive, send)


def _refusal(headers: dict[str, bytes], token: str) -> Problem | None:
    given = headers.get("authorization", b"")
    if not hmac.compare_digest(given, f"Bearer {token}".encode()):
        return Problem(
            401,
            "token",
            "the request does not carry this backend's token",
            "Send 'Authorization: Bearer TOKEN' with the token of this start",
        )
    version = headers.get(CONTRACT_HEADER)
    if version is not None and version != str(CONTRACT_VERSION).encode():
        return Problem(
            422,
            "contract-version",
            f"this backend is of another version: it speaks contract version {CONTRACT_VERSION}, "
            f"the client {version.decode('latin-1')[:20]}",
            "Install the extension and the backend of the same Blockout version",
            field="version",
        )
    return None


async def _hello(request: Request) -> Response:
    service = _service(request)
    return JSONResponse(
        {
            "product": "blockout",
            "version": __version__,
            "contract_version": CONTRACT_VERSION,
            "device": service.device,
            "pipelines": service.pipelines,
            "models": service.models,
            "limits": service.limits.to_json(),
            "pid": os.getpid(),
        }
    )


async def _missing(request: Request) -> Response:
    service = _service(request)
    keys = _json_keys(await _body(request, service.limits.control_bytes))
    if len(keys) > service.limits.keys:
        raise Problem(
            413,
            "too-large",
            f"{len(keys):,} keys were asked for",
            f"Ask for at most {service.limits.keys:,} at once",
            field="keys",
        )
    return JSONResponse({"missing": service.store.missing(keys)})


async def _put_meshes(request: Request) -> Response:
    service = _service(request)
    limit = service.limits.mesh_bytes
    data = await _body(request, limit)
    check_archive(data, limit)
    meshes = await _parsed(meshes_from_bytes, data)
    service.store.add(meshes)
    return JSONResponse({"stored": len(meshes)})


async def _submit(request: Request) -> Response:
    service = _service(request)
    pipeline = request.query_params.get("pipeline", "")
    if not pipeline:
        raise Problem(
            422,
            "input",
            "no pipeline is named",
            f"Add ?pipeline=NAME, one of {', '.join(service.pipelines)}",
            field="pipeline",
        )
    limit = service.limits.frame_bytes
    data = await _body(request, limit)
    check_archive(data, limit)
    frame = await _parsed(lambda body: _frame(body, service.store), data)
    job = service.queue.submit(frame, pipeline)
    return JSONResponse({"id": job.id, "seq": job.seq}, status_code=202)


def _frame(data: bytes, store: MeshStore) -> Frame:
    keys = mesh_keys_of(data)
    meshes = store.take(keys)
    missing = sorted(keys - meshes.keys() - _brought_along(data, keys))
    if missing:
        raise Problem(
            409,
            "meshes-missing",
            f"{len(missing)} meshes of the frame are not here",
            "Send them with PUT /v1/meshes, then submit again",
            field="meshes",
            extra={"missing": missing},
        )
    return frame_from_bytes(data, meshes)


def _brought_along(data: bytes, keys: set[str]) -> set[str]:
    """Those keys that a packed Frame needs not look up: it has the mesh, or finished passes."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name.split("/") for name in archive.namelist()]
    if any(parts[0] == "passes" for parts in names):
        return keys
    return {parts[1] for parts in names if parts[0] == "meshes" and len(parts) == 3}


async def _poll(request: Request) -> Response:
    service = _service(request)
    job = service.queue.get(request.path_params["id"])
    wait = min(_number(request, "wait", 0.0), service.limits.wait_seconds)
    after = _number(request, "after", -1.0)
    if wait > 0 and job.seq <= after and job.state not in FINISHED:
        await _changed(service.queue, job, after, wait)
    return JSONResponse(job.to_json())


async def _changed(queue: JobQueue, job: Job, after: float, seconds: float) -> None:
    """Wait until the job has ended, or its seq is above ``after``, or the time is over.

    The end is told at once, progress not before `PROGRESS_SECONDS`: a quick job's many small steps
    would cost more to tell than to make.
    """
    loop, event = asyncio.get_running_loop(), asyncio.Event()

    def wake() -> None:
        loop.call_soon_threadsafe(event.set)

    stop = queue.listen(job, wake)
    begin = loop.time()
    try:
        while job.state not in FINISHED:
            limit = PROGRESS_SECONDS if job.seq > after else seconds
            left = begin + min(limit, seconds) - loop.time()
            if left <= 0:
                return
            event.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), left)
    finally:
        stop()


async def _result(request: Request) -> Response:
    data = _service(request).queue.result(request.path_params["id"])
    return Response(data, media_type="application/octet-stream")


async def _cancel(request: Request) -> Response:
    return JSONResponse(_service(request).queue.cancel(request.path_params["id"]).to_json())


async def _shutdown(request: Request) -> Response:
    _service(request).stop()
    return JSONResponse({"stopping": True})


def _service(request: Request) -> Service:
    return request.app.state.service


async def _body(request: Request, limit: int) -> bytes:
    """The whole body. Raises Problem 411 without a length, 413 above ``limit``."""
    length = request.headers.get("content-length", "")
    if not length.isdigit():
        raise Problem(
            411, "length", "the request has no Content-Length", "Send the length of the body"
        )
    if int(length) > limit:
        raise too_large(limit)
    return await request.body()


async def _parsed(parse: Callable[[bytes], T], data: bytes) -> T:
    """``parse(data)`` in a thread; whatever a hostile body makes it raise becomes a problem."""
    try:
        return await run_in_threadpool(parse, data)
    except (Problem, ContractError, MemoryError) as error:
        raise problem_of(error) from error
    except Exception as error:
        raise Problem(
            400,
            "damaged",
            f"the body cannot be read ({type(error).__name__}: {error})",
            "Write it with the functions of neural_core.contract and send it again",
        ) from error


def _json_keys(data: bytes) -> list[str]:
    try:
        keys = json.loads(data)["keys"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Problem(
            400, "damaged", "the body is not {'keys': [...]}", "Send that as JSON", field="keys"
        ) from error
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise Problem(422, "input", "not a list of strings", "Send mesh keys", field="keys")
    return keys


def _number(request: Request, name: str, default: float) -> float:
    text = request.query_params.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) < 1e9:
        raise Problem(422, "input", f"'{text[:40]}' is no number", "Send a number", field=name)
    return value


async def _on_problem(request: Request, error: Exception) -> Response:
    return _response_of(problem_of(error))


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    fix = "Use the routes under /v1; both sides must be of the same Blockout version"
    return _response_of(Problem(error.status_code, "http", error.detail, fix))


def _response_of(problem: Problem) -> Response:
    return JSONResponse(problem.to_json(), status_code=problem.status, media_type=MEDIA_TYPE)
