"""
Judging files in processes of their own, each of which may be stopped: a hostile file must not hang its reader.

A worker process judges one file after another. One that takes longer than allowed is killed and replaced, one that asks
for more memory than allowed fails inside its own walls; the rest of a folder goes on either way. No limit inside the
judging code has to be perfect for that.

Source: EN 319 102-1 leaves the availability of a verifier to its maker; see `limits` for what is refused earlier.
"""

import logging
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

_log = logging.getLogger(__name__)
_MIB = 1024**2
Job = TypeVar("Job")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Guard:
    """
    How much one file may cost.

    Attributes:
        seconds: until its worker is killed, for a file of a few megabytes.
        rate: bytes a second that every machine manages; a large file has its size divided by it on top.
        memory: bytes of address space of a worker; None sets no limit.
    """

    seconds: float = 120.0
    rate: int = 16 * _MIB
    memory: int | None = 4 * 1024 * _MIB

    def allowed(self, size: int) -> float:
        """Return the seconds that a file of a size may take."""
        return self.seconds + size / self.rate


@dataclass(frozen=True, slots=True)
class Stopped:
    """
    A job without a result.

    Attributes:
        why: ``time``, ``memory``, ``unreadable`` (an OSError) or ``died``.
        detail: kind of the error, or what the system said; may be empty.
    """

    why: str
    detail: str = ""


@dataclass(slots=True)
class _Worker(Generic[Job]):
    """One process with both ends of the talk with it; `index` is the job it has, None while it has none."""

    process: BaseProcess
    questions: Any
    answers: Any
    index: int | None = None
    deadline: float = 0.0
    ready: bool = False


@dataclass(slots=True)
class _Pool(Generic[Job, Result]):
    work: Callable[[Job], Result]
    jobs: Sequence[Job]
    allowed: Callable[[Job], float]
    memory: int | None
    done: Callable[[int], None]
    results: dict[int, Result | Stopped] = field(default_factory=dict)
    waiting: deque[int] = field(default_factory=deque)
    workers: list[_Worker[Job]] = field(default_factory=list)

    def run(self, count: int) -> list[Result | Stopped]:
        self.waiting.extend(range(len(self.jobs)))
        try:
            for _number in range(min(count, len(self.jobs))):
                self._start()
            while len(self.results) < len(self.jobs):
                self._step()
        finally:
            for one in self.workers:
                _end(one)
        return [self.results[index] for index in range(len(self.jobs))]

    def _start(self) -> None:
        # A forked process is there at once, with everything loaded; beside other threads a fork would not be safe.
        alone = threading.active_count() == 1 and "fork" in get_all_start_methods()
        context: Any = get_context("fork" if alone else "spawn")
        theirs, questions = context.Pipe(duplex=False)
        answers, mine = context.Pipe(duplex=False)
        # What a fork inherits of the others' talks it must close, or nobody would ever notice that we are gone.
        inherited = [end for one in self.workers for end in (one.questions, one.answers)] if alone else []
        inherited += [questions, answers] if alone else []
        process = context.Process(target=_serve, args=(theirs, mine, self.work, self.memory, inherited), daemon=True)
        process.start()
        theirs.close()
        mine.close()
        self.workers.append(_Worker(process, questions, answers))

    def _step(self) -> None:
        """Wait for an answer or a deadline, whichever is first."""
        nearest = min((one.deadline for one in self.workers if one.index is not None), default=inf)
        pause = None if nearest == inf else max(0.0, nearest - time.monotonic())
        heard = set(wait([one.answers for one in self.workers], pause))
        for one in list(self.workers):
            if one.answers in heard:
                self._hear(one)
            elif one.index is not None and time.monotonic() >= one.deadline:
                self._replace(one, Stopped("time"))

    def _hear(self, one: _Worker[Job]) -> None:
        try:
            answer = one.answers.recv()
        except (EOFError, OSError):
            if not one.ready:
                raise RuntimeError("a verification worker could not be started") from None
            one.process.join(5)
            self._replace(one, Stopped("died", str(one.process.exitcode)))
            return
        if one.ready and one.index is not None:
            self._settle(one.index, answer)
        one.ready, one.index = True, None
        self._next(one)

    def _next(self, one: _Worker[Job]) -> None:
        if not self.waiting:
            return
        index = self.waiting.popleft()
        one.index, one.deadline = index, time.monotonic() + self.allowed(self.jobs[index])
        with suppress(OSError):  # a worker that died meanwhile is noticed by its silence
            one.questions.send(self.jobs[index])

    def _replace(self, one: _Worker[Job], stopped: Stopped) -> None:
        self.workers.remove(one)
        _end(one)
        if one.index is not None:
            self._settle(one.index, stopped)
        if self.waiting:
            self._start()

    def _settle(self, index: int, result: "Result | Stopped") -> None:
        self.results[index] = result
        self.done(len(self.results))


def run_guarded(
    work: Callable[[Job], Result],
    jobs: Sequence[Job],
    *,
    workers: int,
    allowed: Callable[[Job], float],
    memory: int | None = None,
    done: Callable[[int], None] = lambda _count: None,
) -> "list[Result | Stopped]":
    """
    Do some jobs in worker processes.

    Args:
        work: what is done with each; a function of a module, or a partial of one.
        jobs: in the order in which they are begun.
        workers: processes at a time, at least one.
        allowed: seconds that a job may take before its process is killed.
        memory: bytes of address space of a worker; None sets no limit.
        done: called with the number of jobs that are settled, each time one is.

    Returns:
        For each job its result, or why it has none.

    Raises:
        RuntimeError: no worker could be started.
    """
    return _Pool(work, jobs, allowed, memory, done).run(max(1, workers))


def _end(one: _Worker[Job]) -> None:
    one.process.kill()
    one.process.join()
    one.questions.close()
    one.answers.close()
    one.process.close()


def _serve(
    questions: "Connection[Any, Any]",
    answers: "Connection[Any, Any]",
    work: Callable[[Any], Any],
    memory: int | None,
    inherited: "Sequence[Connection[Any, Any]]",
) -> None:
    """Work until the other side is gone; runs in the worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who stops the program stops us, after it has said what it has to say
    for one in inherited:
        one.close()
    if memory is not None:
        _limit_memory(memory)
    try:
        answers.send(None)
        while True:
            answers.send(_attempt(work, questions.recv()))
    except (EOFError, OSError):
        return


def _limit_memory(memory: int) -> None:
    try:
        import resource
    except ImportError:  # this system has no such limit; the one on time remains
        return
    _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))


def _attempt(work: Callable[[Any], Any], job: Any) -> Any:
    try:
        return work(job)
    except MemoryError:
        return Stopped("memory")
    except OSError as error:
        return Stopped("unreadable", error.strerror or type(error).__name__)
    except Exception as error:  # a fault of ours over one file must not keep the others from being judged
        _log.info("a file could not be judged", exc_info=True)
        return Stopped("died", type(error).__name__)
