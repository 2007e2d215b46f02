# SPDX-License-Identifier: Apache-2.0
"""The queue by itself."""

import threading
import time

from serving_doubles import backend, frame_of

from neural_core.serving.jobs import FINISHED, JobQueue
from neural_core.serving.limits import Limits


def test_the_queue_rests_once_after_each_stretch_of_work() -> None:
    rested = threading.Semaphore(0)
    queue = JobQueue(backend().factory, Limits(rest_seconds=0.05), rest=rested.release)
    for _ in range(2):
        assert rested.acquire(timeout=30)
        assert not rested.acquire(timeout=0.3)
        job = queue.submit(frame_of(), "paint")
        while job.state not in FINISHED:
            time.sleep(0.01)
    assert queue.close(30.0)


def test_a_closed_queue_ends_while_it_waits_to_rest() -> None:
    queue = JobQueue(backend().factory, Limits(rest_seconds=1e6), rest=lambda: None)
    assert queue.close(30.0)
