# SPDX-License-Identifier: Apache-2.0
"""The real process: start, signals, parents, ports."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from serving_doubles import frame_of, triangle

from neural_core.contract import frame_to_bytes
from neural_core.serving import serve
from neural_core.serving.parent import is_alive
from neural_core.serving.server import ServeError, check_host

SCRIPT = Path(__file__).with_name("run_backend.py")
SECONDS = 60.0


def wait_for(what: Callable[[], Any], seconds: float = SECONDS) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = what()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s")


def note_of(ready: Path) -> dict[str, Any]:
    wait_for(ready.exists)
    return json.loads(ready.read_text())


@pytest.fixture
def process(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    ready = tmp_path / "ready.json"
    command = [sys.executable, "-s", "-u", str(SCRIPT), "0", str(os.getpid()), str(ready)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    yield running, ready
    running.kill()
    running.communicate()


def test_the_ready_file_tells_where_and_is_private(
    process: tuple[subprocess.Popen[bytes], Path],
) -> None:
    running, ready = process
    note = note_of(ready)
    assert note["pid"] == running.pid and len(note["token"]) >= 32
    if sys.platform != "win32":
        assert stat.S_IMODE(ready.stat().st_mode) == 0o600
    headers = {"Authorization": f"Bearer {note['token']}"}
    hello = httpx.get(f"{note['url']}/v1/hello", headers=headers).json()
    assert hello["pid"] == running.pid and hello["version"] == note["version"]
    assert httpx.get(f"{note['url']}/v1/hello").status_code == 401
    assert httpx.post(f"{note['url']}/v1/shutdown", headers=headers).json() == {"stopping": True}
    assert running.wait(10) == 0
    assert not ready.exists()


def test_a_kept_connection_answers_without_delay(
    process: tuple[subprocess.Popen[bytes], Path],
) -> None:
    note = note_of(process[1])
    headers = {"Authorization": f"Bearer {note['token']}"}
    with httpx.Client(base_url=f"{note['url']}/v1", headers=headers) as client:
        times = []
        for _ in range(15):
            began = time.perf_counter()
            client.get("/hello")
            times.append(time.perf_counter() - began)
    assert min(times[1:]) < 0.03  # 40 ms when the socket waits for acknowledgements


def test_cancel_takes_less_than_200_ms_during_a_network_forward(
    process: tuple[subprocess.Popen[bytes], Path],
) -> None:
    _, ready = process
    note = note_of(ready)
    headers = {"Authorization": f"Bearer {note['token']}"}
    data = frame_to_bytes(frame_of(triangle()))
    with httpx.Client(base_url=f"{note['url']}/v1", headers=headers, timeout=60) as client:
        # One of six is enough: other tests keep the processors busy meanwhile.
        taken = (cancel_in_the_network(client, data) for _ in range(6))
        assert any(seconds < 0.2 for seconds in taken)
        follow = client.post("/jobs?pipeline=paint", content=data).json()["id"]
        # The network was really busy: the next job has to wait for it.
        assert client.get(f"/jobs/{follow}").json()["state"] == "queued"
        client.post("/shutdown")
    assert process[0].wait(10) == 0  # also while the worker is inside the network


def cancel_in_the_network(client: httpx.Client, data: bytes) -> float:
    """Seconds that the answer to a cancel takes while a forward is under way."""
    job = client.post("/jobs?pipeline=conv", content=data).json()["id"]
    wait_for(lambda: client.get(f"/jobs/{job}").json()["stage"] == "network")
    time.sleep(0.1)  # into the forward
    began = time.perf_counter()
    answer = client.delete(f"/jobs/{job}").json()
    seconds = time.perf_counter() - began
    assert answer["state"] == "cancelled" and answer["stage"] == "cancelled"
    return seconds


def test_it_ends_in_good_order_on_sigterm(process: tuple[subprocess.Popen[bytes], Path]) -> None:
    running, ready = process
    note_of(ready)
    running.send_signal(signal.SIGTERM)
    assert running.wait(10) == 0
    assert not ready.exists()


def test_it_ends_when_the_parent_is_killed(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    code = (
        "import subprocess, sys, os, time\n"
        f"subprocess.Popen([sys.executable, '-s', '-u', {str(SCRIPT)!r}, '0', str(os.getpid()),"
        f" {str(ready)!r}], start_new_session=True, stdout=subprocess.PIPE,"
        " stderr=subprocess.STDOUT)\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code])
    try:
        pid = note_of(ready)["pid"]
        assert is_alive(pid)
    finally:
        parent.kill()
        parent.wait()
    wait_for(lambda: not ready.exists(), 5.0)
    wait_for(lambda: _is_gone(pid), 5.0)


def _is_gone(pid: int) -> bool:
    """Ended, or ended and waiting for the init process to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return not is_alive(pid)


def test_it_does_not_start_for_a_parent_that_is_gone(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", "pass"])
    ended.wait()
    command = [sys.executable, str(SCRIPT), "0", str(ended.pid), str(tmp_path / "ready.json")]
    assert subprocess.run(command, timeout=SECONDS, check=False).returncode == 0


def test_a_taken_port_gets_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        command = [sys.executable, str(SCRIPT), str(port), "-", str(tmp_path / "ready.json")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 2
    assert f"port {port} on 127.0.0.1 cannot be used" in done.stderr
    assert "--port 0" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.org"])
def test_other_machines_are_refused_without_the_flag(
    host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert serve(host, 0) == 2
    assert "--allow-remote" in capsys.readouterr().err
    check_host(host, allow_remote=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_is_allowed(host: str) -> None:
    try:
        check_host(host, allow_remote=False)
    except ServeError as error:
        pytest.fail(str(error))
