# SPDX-License-Identifier: GPL-3.0-or-later
"""Talks to a backend: keeps connections, uploads only what is missing, counts bytes. No bpy."""

from __future__ import annotations

import http.client
import json
import threading
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ..contract import (
    CONTRACT_VERSION,
    ContractError,
    Frame,
    Mesh,
    Rendering,
    frame_to_bytes,
    meshes_to_bytes,
    rendering_from_bytes,
)
from .errors import BackendError, BackendGone, BackendRefused, Cancelled

TIMEOUT_SECONDS = 30.0
POLL_SECONDS = 0.1
UPLOAD_BYTES = 32 * 1024 * 1024

Progress = Callable[[str, float], None]
Stop = Callable[[], bool]


@dataclass
class Traffic:
    """What one frame cost: bytes of request bodies and results, and the wall time of each stage.

    ``stages_ms`` has transfer, raster, network and return; the engine adds export and write.
    """

    bytes_sent: int = 0
    mesh_bytes_sent: int = 0
    meshes_sent: int = 0
    bytes_received: int = 0
    stages_ms: dict[str, float] = field(default_factory=dict)


class Client:
    """One backend. Any thread may use it; each thread has a connection of its own."""

    def __init__(self, url: str, token: str, timeout: float = TIMEOUT_SECONDS) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BackendError(
                f"'{url}' is not the address of a backend", "Use e.g. http://127.0.0.1:8765"
            )
        self.url = url
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._token = token
        self._timeout = timeout
        self._local = threading.local()
        self._known: set[str] = set()

    def hello(self) -> dict[str, Any]:
        """Version handshake.

        Raises:
            BackendGone: nothing answers there.
            BackendError: it is no backend, or one of another version.
        """
        answer = self._json("GET", "/v1/hello")
        if answer.get("product") != "blockout":
            raise BackendError(
                f"what answers at {self.url} is not a Blockout backend", "Check the address"
            )
        if answer.get("contract_version") != CONTRACT_VERSION:
            raise BackendError(
                f"the backend at {self.url} is of another version: it speaks contract version "
                f"{answer.get('contract_version')}, this extension {CONTRACT_VERSION}",
                "Press Set Up Backend in the preferences to install the same version",
            )
        return answer

    def render(
        self, frame: Frame, pipeline: str, progress: Progress, stop: Stop
    ) -> tuple[Rendering, Traffic]:
        """Render a frame; blocks until it is done.

        Raises:
            BackendGone, BackendRefused: see there.
            Cancelled: ``stop`` said so.
        """
        traffic = Traffic()
        began = time.perf_counter()
        progress("transfer", 0.0)
        self._upload(frame, set(frame.meshes) - self._known, traffic, progress, stop)
        answer = self._submit(frame, pipeline, traffic, progress, stop)
        job = answer["id"]
        traffic.stages_ms["transfer"] = _ms_since(began)
        self._wait(job, answer["seq"], progress, stop)
        began = time.perf_counter()
        progress("return", 0.0)
        rendering = self._fetch(job, traffic)
        traffic.stages_ms.update(rendering.timings)
        traffic.stages_ms["return"] = _ms_since(began)
        return rendering, traffic

    def cancel(self, job: str) -> None:
        """Cancel a job, on a connection of its own with a short timeout."""
        connection = self._connect(2.0)
        try:
            self._exchange(connection, "DELETE", f"/v1/jobs/{job}", b"")
        finally:
            connection.close()

    def shutdown(self) -> None:
        """Ask the backend to end."""
        self._json("POST", "/v1/shutdown")

    def close(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _upload(
        self, frame: Frame, keys: set[str], traffic: Traffic, progress: Progress, stop: Stop
    ) -> None:
        if not keys:
            return
        body = json.dumps({"keys": sorted(keys)}).encode()
        traffic.bytes_sent += len(body)
        missing = self._json("POST", "/v1/meshes/missing", body)["missing"]
        self._send_meshes(frame, missing, traffic, progress, stop)
        self._known |= keys

    def _send_meshes(
        self, frame: Frame, keys: list[str], traffic: Traffic, progress: Progress, stop: Stop
    ) -> None:
        sent = 0
        for part in _parts({key: frame.meshes[key] for key in keys}):
            if stop():
                raise Cancelled
            body = meshes_to_bytes(part)
            self._json("PUT", "/v1/meshes", body)
            traffic.bytes_sent += len(body)
            traffic.mesh_bytes_sent += len(body)
            traffic.meshes_sent += len(part)
            sent += len(part)
            progress("transfer", sent / len(keys))

    def _submit(
        self, frame: Frame, pipeline: str, traffic: Traffic, progress: Progress, stop: Stop
    ) -> dict[str, Any]:
        body = frame_to_bytes(replace(frame, meshes={}))
        path = f"/v1/jobs?pipeline={urllib.parse.quote(pipeline, safe='')}"
        traffic.bytes_sent += len(body)
        try:
            return self._json("POST", path, body)
        except BackendRefused as error:
            if error.kind != "meshes-missing":
                raise
            missing = error.document["missing"]
        # The backend dropped some that it had: its store has a limit.
        self._send_meshes(frame, missing, traffic, progress, stop)
        traffic.bytes_sent += len(body)
        return self._json("POST", path, body)

    def _wait(self, job: str, after: int, progress: Progress, stop: Stop) -> None:
        while True:
            if stop():
                self.cancel(job)
                raise Cancelled
            state = self._json("GET", f"/v1/jobs/{job}?wait={POLL_SECONDS}&after={after}")
            after = state["seq"]
            if state["state"] == "done":
                return
            if state["state"] == "cancelled":
                raise Cancelled
            if state["state"] == "failed":
                raise BackendRefused(state["error"].get("status", 500), state["error"])
            progress(state["stage"], state["fraction"])

    def _fetch(self, job: str, traffic: Traffic) -> Rendering:
        data = self._bytes("GET", f"/v1/jobs/{job}/result")
        traffic.bytes_received += len(data)
        try:
            return rendering_from_bytes(data)
        except ContractError as error:
            raise BackendError(
                f"the backend's answer is damaged ({error})", "Render again"
            ) from error

    def _json(self, method: str, path: str, body: bytes = b"") -> dict[str, Any]:
        data = self._bytes(method, path, body)
        try:
            answer = json.loads(data)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise BackendError(
                f"what answers at {self.url} is not a Blockout backend", "Check the address"
            )
        return answer

    def _bytes(self, method: str, path: str, body: bytes = b"") -> bytes:
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            try:
                return self._exchange(connection, method, path, body)
            except BackendGone:
                self.close()  # a kept connection may have been closed meanwhile: try a new one
        connection = self._local.connection = self._connect(self._timeout)
        try:
            return self._exchange(connection, method, path, body)
        except BackendGone:
            self.close()
            raise

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        return kind(self._host, self._port, timeout=timeout)

    def _exchange(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: bytes
    ) -> bytes:
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Blockout-Contract": str(CONTRACT_VERSION),
        }
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise BackendGone(
                f"the backend at {self.url} does not answer ({type(error).__name__}: {error})",
                "Render again to start it afresh; its log tells what happened",
            ) from error
        if answer.status >= 400:
            raise BackendRefused(answer.status, _document(data))
        return data


def _document(data: bytes) -> dict[str, Any]:
    try:
        document = json.loads(data)
    except ValueError:
        document = None
    return document if isinstance(document, dict) else {}


def _parts(meshes: dict[str, Mesh]) -> list[dict[str, Mesh]]:
    """Groups of meshes of about UPLOAD_BYTES each."""
    parts: list[dict[str, Mesh]] = []
    room = 0
    for key, mesh in meshes.items():
        size = mesh.vertices.nbytes + mesh.faces.nbytes * 5  # corner UVs and normals
        if not parts or size > room:
            parts.append({})
            room = UPLOAD_BYTES
        parts[-1][key] = mesh
        room -= size
    return parts


def _ms_since(began: float) -> float:
    return (time.perf_counter() - began) * 1000.0
