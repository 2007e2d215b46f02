# SPDX-License-Identifier: Apache-2.0
"""Jobs: one at a time in a worker thread, with progress, cancel, a time limit and kept results."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from neural_core.contract import Frame, Rendering, rendering_to_bytes

from .limits import Limits
from .problems import Problem, problem_of

log = logging.getLogger("blockout.jobs")


class PipelineLike(Protocol):
    """What a job needs of a pipeline."""

    def render(
        self,
        frame: Frame,
        progress: Callable[[str, float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Rendering: ...


PipelineFactory = Callable[[str], PipelineLike]


class State(StrEnum):
    """Life of a job."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINISHED = frozenset({State.DONE, State.FAILED, State.CANCELLED})


@dataclass
class Job:
    """One job. Only JobQueue changes it, under its lock."""

    id: str
    pipeline: str
    frame: Frame | None
    state: State = State.QUEUED
    stage: str = "queued"
    fraction: float = 0.0
    seq: int = 0
    problem: Problem | None = None
    result: bytes | None = None
    started: float = 0.0
    listeners: list[Callable[[], None]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """What a poll answers."""
        return {
            "id": self.id,
            "state": self.state.value,
            "stage": self.stage,
            "fraction": self.fraction,
            "seq": self.seq,
            "error": None if self.problem is None else self.problem.to_json(),
        }


class JobQueue:
    """Runs jobs in the order they came.

    ``stuck`` is called when one outlives limit and grace, ``rest`` once after every stretch of work
    when no job has come for a while.
    """

    def __init__(
        self,
        factory: PipelineFactory,
        limits: Limits,
        stuck: Callable[[], None] | None = None,
        rest: Callable[[], object] | None = None,
    ) -> None:
        self._factory = factory
        self._limits = limits
        self._stuck = stuck
        self._rest = rest
        self._pipelines: OrderedDict[str, PipelineLike] = OrderedDict()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._waiting: deque[Job] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._current: Job | None = None  # what the worker holds, even when cancelled by now
        self._worker = threading.Thread(target=self._work, name="jobs", daemon=True)
        self._worker.start()
        threading.Thread(target=self._watch_time, name="job-time", daemon=True).start()

    def submit(self, frame: Frame, pipeline: str) -> Job:
        """Queue a job. Raises Problem 429 when too many wait, 503 when the backend stops."""
        with self._changed:
            if self._closed:
                raise Problem(503, "stopping", "the backend is stopping", "Start it again")
            if len(self._waiting) >= self._limits.waiting_jobs:
                raise Problem(
                    429,
                    "queue-full",
                    f"{len(self._waiting)} jobs are waiting",
                    "Wait for some of them, or cancel them",
                )
            job = Job(secrets.token_hex(8), pipeline, frame)
            self._jobs[job.id] = job
            self._waiting.append(job)
            self._forget_old()
            self._changed.notify_all()
            return job

    def get(self, job_id: str) -> Job:
        """The job. Raises Problem 404."""
        with self._changed:
            job = self._jobs.get(job_id)
        if job is None:
            raise Problem(404, "no-job", f"there is no job {job_id}", "Submit it again")
        return job

    def cancel(self, job_id: str) -> Job:
        """Mark the job cancelled at once, drop its result. A running network ends unheard."""
        job = self.get(job_id)
        with self._changed:
            job.result = None
            if job.state not in FINISHED:
                if job in self._waiting:
                    self._waiting.remove(job)
                self._finish(job, State.CANCELLED)
        return job

    def result(self, job_id: str) -> bytes:
        """Packed Rendering of a finished job. Raises Problem 404, 409 or the job's own."""
        job = self.get(job_id)
        if job.problem is not None:
            raise job.problem
        if job.result is None:
            done = job.state in FINISHED
            raise Problem(
                404 if done else 409,
                "no-result",
                f"job {job_id} is {job.state.value} and has no result",
                "Submit it again" if done else "Wait until it is done",
            )
        return job.result

    def listen(self, job: Job, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback`` (from any thread) at each change; returns what ends that."""
        with self._changed:
            job.listeners.append(callback)

        def stop() -> None:
            with self._changed:
                job.listeners.remove(callback)

        return stop

    def close(self, seconds: float) -> bool:
        """Cancel all jobs and wait for the worker; False when it still runs after ``seconds``."""
        with self._changed:
            self._closed = True
            for job in self._jobs.values():
                if job.state not in FINISHED:
                    self._finish(job, State.CANCELLED)
            self._waiting.clear()
            self._changed.notify_all()
        self._worker.join(seconds)
        return not self._worker.is_alive()

    def _work(self) -> None:
        while True:
            if self._rest is not None and not self._called_within(self._limits.rest_seconds):
                self._rest()
            with self._changed:
                self._changed.wait_for(self._called)
                if self._closed:
                    return
                job = self._waiting.popleft()
                job.started = time.monotonic()
                self._current = job
                self._update(job, State.RUNNING, "start", 0.0)
                frame = job.frame
            assert frame is not None  # only finished jobs lose it
            self._run(job, frame)
            with self._changed:
                self._current = None

    def _called(self) -> bool:
        return bool(self._waiting) or self._closed

    def _called_within(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(self._called, seconds)

    def _run(self, job: Job, frame: Frame) -> None:
        try:
            pipeline = self._pipeline(job.pipeline)
            rendering = pipeline.render(
                frame,
                progress=lambda stage, fraction: self._progress(job, stage, fraction),
                cancelled=lambda: job.state in FINISHED,
            )
            data = b"" if job.state in FINISHED else rendering_to_bytes(rendering)
        except BaseException as error:  # the worker must outlive whatever a pipeline raises
            with self._changed:
                if job.state not in FINISHED:
                    job.problem = problem_of(error)
                    self._finish(job, State.FAILED)
                    if job.problem.kind == "internal":
                        log.exception("job %s failed", job.id)
            return
        with self._changed:
            if job.state not in FINISHED:
                job.result = data
                self._finish(job, State.DONE)
                self._drop_results()

    def _pipeline(self, name: str) -> PipelineLike:
        pipeline = self._pipelines.get(name)
        if pipeline is None:
            pipeline = self._factory(name)
            self._pipelines[name] = pipeline
        self._pipelines.move_to_end(name)
        while len(self._pipelines) > self._limits.pipelines:
            self._pipelines.popitem(last=False)
        return pipeline

    def _progress(self, job: Job, stage: str, fraction: float) -> None:
        with self._changed:
            if job.state is State.RUNNING:
                self._update(job, State.RUNNING, stage, float(fraction))

    def _finish(self, job: Job, state: State) -> None:
        job.frame = None
        self._update(job, state, state.value, 1.0 if state is State.DONE else job.fraction)

    def _update(self, job: Job, state: State, stage: str, fraction: float) -> None:
        job.state, job.stage, job.fraction = state, stage, fraction
        job.seq += 1
        for callback in job.listeners:
            callback()

    def _drop_results(self) -> None:
        """Keep the newest results up to the byte limit."""
        total = 0
        for index, job in enumerate(j for j in reversed(self._jobs.values()) if j.result):
            total += len(job.result or b"")
            if index and total > self._limits.result_bytes:
                job.result = None

    def _forget_old(self) -> None:
        finished = [job.id for job in self._jobs.values() if job.state in FINISHED]
        for job_id in finished[: max(0, len(finished) - self._limits.kept_jobs)]:
            del self._jobs[job_id]

    def _watch_time(self) -> None:
        while not self._closed:
            time.sleep(min(1.0, self._limits.job_seconds / 4))
            with self._changed:
                job = self._current
                age = 0.0 if job is None else time.monotonic() - job.started
                if job is not None and age > self._limits.job_seconds:
                    self._time_out(job)
                stuck = age > self._limits.job_seconds + self._limits.stuck_seconds
            if stuck and self._stuck is not None:
                self._stuck()
                return

    def _time_out(self, job: Job) -> None:
        if job.state in FINISHED:
            return
        job.problem = Problem(
            500,
            "timeout",
            f"the job ran longer than {self._limits.job_seconds:.0f} s",
            "Lower the resolution",
        )
        self._finish(job, State.FAILED)
