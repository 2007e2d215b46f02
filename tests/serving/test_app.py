# SPDX-License-Identifier: Apache-2.0
"""The protocol, without a process."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from serving_doubles import GATE, backend, frame_of, triangle
from starlette.testclient import TestClient

from neural_core.contract import (
    CONTRACT_VERSION,
    frame_to_bytes,
    meshes_to_bytes,
    rendering_from_bytes,
)
from neural_core.serving.app import Service, create_app
from neural_core.serving.jobs import JobQueue
from neural_core.serving.limits import Limits
from neural_core.serving.meshes import MeshStore, mesh_bytes

TOKEN = "a-token"
SMALL = Limits(
    frame_bytes=20_000,
    mesh_bytes=4_000,
    control_bytes=1_000,
    keys=5,
    waiting_jobs=2,
    kept_jobs=3,
    stuck_seconds=1000.0,
)
HASTY = replace(SMALL, job_seconds=0.2)


def client_with(limits: Limits) -> Iterator[TestClient]:
    GATE.clear()
    runs = backend()
    queue = JobQueue(runs.factory, limits)
    service = Service(
        TOKEN,
        runs.device,
        runs.pipelines,
        runs.models,
        limits,
        queue,
        MeshStore(limits.store_bytes),
        stop=lambda: None,
    )
    with TestClient(create_app(service), headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        yield client
    GATE.set()
    assert queue.close(60.0)


@pytest.fixture
def client() -> Iterator[TestClient]:
    yield from client_with(Limits())


@pytest.fixture
def small() -> Iterator[TestClient]:
    yield from client_with(SMALL)


@pytest.fixture
def hasty() -> Iterator[TestClient]:
    yield from client_with(HASTY)


def submit_held(client: TestClient) -> str:
    """A job that is inside the network now, until the test sets GATE."""
    job = submit(client, "hold")
    state = client.get(f"/v1/jobs/{job}").json()
    while state["stage"] != "network":
        assert state["state"] in ("queued", "running"), state
        state = client.get(f"/v1/jobs/{job}?wait=60&after={state['seq']}").json()
    return job


def submit(client: TestClient, pipeline: str = "paint", **size: int) -> str:
    frame = frame_of(triangle(), **size)
    client.put("/v1/meshes", content=meshes_to_bytes(frame.meshes))
    answer = client.post(f"/v1/jobs?pipeline={pipeline}", content=layout_of(frame))
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def layout_of(frame: Any) -> bytes:
    return frame_to_bytes(replace(frame, meshes={}))


def finished(client: TestClient, job: str) -> dict[str, Any]:
    after = -1
    for _ in range(200):
        state = client.get(f"/v1/jobs/{job}?wait=2&after={after}").json()
        if state["state"] in ("done", "failed", "cancelled"):
            return state
        after = state["seq"]
    raise AssertionError("the job did not end")


def assert_problem(answer: Any, status: int, kind: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    body = answer.json()
    assert body["type"] == f"blockout:{kind}" and body["status"] == status
    assert body["detail"] and body["fix"] and body["title"]
    return body


def test_hello_tells_who_it_is(client: TestClient) -> None:
    hello = client.get("/v1/hello").json()
    assert hello["product"] == "blockout"
    assert hello["contract_version"] == CONTRACT_VERSION
    assert hello["pipelines"] == ["paint", "hold", "sleep", "fail"]
    assert hello["limits"]["frame_bytes"] == Limits().frame_bytes


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic a-token", "Bearer "])
@pytest.mark.parametrize("route", ["/v1/hello", "/v1/jobs/x", "/nothing"])
def test_without_the_token_nothing_is_told(
    client: TestClient, header: str | None, route: str
) -> None:
    headers = {"Authorization": header or ""}
    body = assert_problem(client.get(route, headers=headers), 401, "token")
    assert TOKEN not in str(body)


def test_a_client_of_another_contract_version_is_refused(client: TestClient) -> None:
    body = assert_problem(
        client.get("/v1/hello", headers={"Blockout-Contract": "99"}), 422, "contract-version"
    )
    assert "99" in body["detail"] and "same Blockout version" in body["fix"]


def test_a_frame_of_another_contract_version_is_refused(client: TestClient) -> None:
    data = frame_to_bytes(replace(frame_of(triangle()), version=99))
    body = assert_problem(
        client.post("/v1/jobs?pipeline=paint", content=data), 422, "contract-version"
    )
    assert body["field"] == "version"


def test_a_frame_comes_back_as_a_picture(client: TestClient) -> None:
    job = submit(client)
    state = finished(client, job)
    assert state["state"] == "done" and state["error"] is None and state["fraction"] == 1.0
    rendering = rendering_from_bytes(client.get(f"/v1/jobs/{job}/result").content)
    assert rendering.image.shape == (16, 16, 4)
    assert rendering.timings == {"raster": 1.0, "network": 2.0}


def test_meshes_are_sent_once(client: TestClient) -> None:
    frame = frame_of(triangle(), triangle(0.5))
    keys = sorted(frame.meshes)
    asked = client.post("/v1/meshes/missing", json={"keys": keys}).json()
    assert asked == {"missing": keys}
    body = assert_problem(
        client.post("/v1/jobs?pipeline=paint", content=layout_of(frame)), 409, "meshes-missing"
    )
    assert body["missing"] == keys
    client.put("/v1/meshes", content=meshes_to_bytes(frame.meshes))
    assert client.post("/v1/meshes/missing", json={"keys": keys}).json() == {"missing": []}
    assert client.post("/v1/jobs?pipeline=paint", content=layout_of(frame)).status_code == 202


def test_a_frame_may_bring_its_meshes_along(client: TestClient) -> None:
    data = frame_to_bytes(frame_of(triangle()))
    assert client.post("/v1/jobs?pipeline=paint", content=data).status_code == 202


def test_bad_input_names_field_and_fix(client: TestClient) -> None:
    frame = frame_of(triangle())
    broken = replace(frame.objects[0], matrix_world=np.full((4, 4), np.nan))
    data = frame_to_bytes(replace(frame, objects=(broken,)))
    body = assert_problem(client.post("/v1/jobs?pipeline=paint", content=data), 422, "input")
    assert "matrix_world" in body["field"] and "NaN" in body["detail"]


@pytest.mark.parametrize("damage", ["cut", "noise", "empty", "json", "object"])
def test_a_damaged_body_is_told_so(client: TestClient, damage: str) -> None:
    good = frame_to_bytes(frame_of(triangle()), compress=True)
    data = {
        "cut": good[: len(good) // 2],
        "noise": good[:100] + bytes(200) + good[300:],
        "empty": b"",
        "json": archive_of({"frame.json": b"[1, 2"}),
        "object": archive_of({"frame.json": b"{}", "passes/depth.npy": pickled_array()}),
    }[damage]
    answer = client.post("/v1/jobs?pipeline=paint", content=data)
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert client.get("/v1/hello").status_code == 200


def archive_of(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def pickled_array() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array([{"never": "loaded"}], object), allow_pickle=True)
    return buffer.getvalue()


def test_large_bodies_are_refused_before_they_are_read(small: TestClient) -> None:
    body = assert_problem(
        small.post("/v1/jobs?pipeline=paint", content=bytes(30_000)), 413, "too-large"
    )
    assert "0 MiB" in body["detail"]
    assert_problem(small.put("/v1/meshes", content=bytes(5_000)), 413, "too-large")
    keys = [str(i) for i in range(6)]
    assert_problem(small.post("/v1/meshes/missing", json={"keys": keys}), 413, "too-large")


def test_a_small_archive_that_unpacks_to_much_is_refused(small: TestClient) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("frame.json", bytes(1_000_000))
    assert len(buffer.getvalue()) < 4_000
    answer = small.post("/v1/jobs?pipeline=paint", content=buffer.getvalue())
    assert_problem(answer, 413, "too-large")


def test_a_body_without_length_is_refused(client: TestClient) -> None:
    answer = client.put("/v1/meshes", content=iter([b"abc"]))
    assert_problem(answer, 411, "length")


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}"])
def test_keys_that_are_no_json_are_refused(client: TestClient, body: bytes) -> None:
    assert_problem(client.post("/v1/meshes/missing", content=body), 400, "damaged")


def test_the_queue_has_an_end(small: TestClient) -> None:
    submit_held(small)
    submit(small), submit(small)
    data = frame_to_bytes(frame_of(triangle()))
    assert_problem(small.post("/v1/jobs?pipeline=paint", content=data), 429, "queue-full")


def test_a_job_that_runs_too_long_fails(hasty: TestClient) -> None:
    state = finished(hasty, submit(hasty, "hold"))
    assert state["state"] == "failed"
    assert state["error"]["type"] == "blockout:timeout"


def test_old_jobs_are_forgotten(small: TestClient) -> None:
    jobs = []
    for _ in range(5):
        jobs.append(submit(small))
        finished(small, jobs[-1])
    assert_problem(small.get(f"/v1/jobs/{jobs[0]}"), 404, "no-job")
    assert small.get(f"/v1/jobs/{jobs[-1]}").json()["state"] == "done"


def test_progress_is_told_soon_and_the_end_at_once(client: TestClient) -> None:
    """Waits far longer than the job takes: an answer in time is one that did not wait it out."""
    began = time.perf_counter()
    job = submit_held(client)
    state = client.get(f"/v1/jobs/{job}").json()
    assert state["state"] == "running", "no word before the end"
    GATE.set()
    while state["state"] == "running":
        state = client.get(f"/v1/jobs/{job}?wait=60&after={state['seq']}").json()
    assert state["state"] == "done" and time.perf_counter() - began < 60


def test_a_wait_for_news_ends_without_any(client: TestClient) -> None:
    job = submit_held(client)
    state = client.get(f"/v1/jobs/{job}").json()
    again = client.get(f"/v1/jobs/{job}?wait=0.05&after={state['seq']}").json()
    assert again["state"] == "running" and again["seq"] == state["seq"]


def test_cancel_is_answered_while_the_network_runs(client: TestClient) -> None:
    job = submit_held(client)
    assert client.delete(f"/v1/jobs/{job}").json()["state"] == "cancelled"
    assert client.get(f"/v1/jobs/{job}").json()["state"] == "cancelled"
    follow = submit(client)
    assert client.get(f"/v1/jobs/{follow}").json()["state"] == "queued", "the network had ended"
    assert_problem(client.get(f"/v1/jobs/{job}/result"), 404, "no-result")
    GATE.set()
    assert finished(client, follow)["state"] == "done"
    assert_problem(client.get(f"/v1/jobs/{job}/result"), 404, "no-result")


def test_a_waiting_job_can_be_cancelled(client: TestClient) -> None:
    submit_held(client)
    waiting = submit(client)
    assert client.delete(f"/v1/jobs/{waiting}").json()["state"] == "cancelled"
    assert finished(client, waiting)["state"] == "cancelled"


@pytest.mark.parametrize(
    ("pipeline", "kind", "text"),
    [("fail", "internal", "upside down"), ("memory", "out-of-memory", "out of memory")],
)
def test_a_pipeline_that_raises_fails_its_job_alone(
    client: TestClient, pipeline: str, kind: str, text: str
) -> None:
    job = submit(client, pipeline)
    state = finished(client, job)
    assert state["state"] == "failed"
    assert state["error"]["type"] == f"blockout:{kind}" and text in state["error"]["detail"]
    assert_problem(client.get(f"/v1/jobs/{job}/result"), 500, kind)
    assert finished(client, submit(client))["state"] == "done"


def test_unknown_routes_and_jobs(client: TestClient) -> None:
    assert_problem(client.get("/v1/nothing"), 404, "http")
    assert_problem(client.get("/v1/jobs/none"), 404, "no-job")
    assert_problem(client.post("/v1/jobs"), 422, "input")
    assert_problem(client.get(f"/v1/jobs/{submit(client)}?wait=soon"), 422, "input")


def test_the_store_drops_the_least_recently_used() -> None:
    meshes = [triangle(float(i)) for i in range(4)]
    store = MeshStore(3 * mesh_bytes(meshes[0]))
    for mesh in meshes[:3]:
        store.add({mesh.key(): mesh})
    assert store.missing([meshes[0].key()]) == []
    store.add({meshes[3].key(): meshes[3]})
    assert store.missing(m.key() for m in meshes) == [meshes[1].key()]
    assert store.size == 3 * mesh_bytes(meshes[0])
