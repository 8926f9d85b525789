"""What this process has done, counted while it is done: work and calls of connectors. Read by `metrics`."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from prometheus_client import CollectorRegistry, Counter, Histogram

from . import errors
from .errors import CongkhaiError
from .work import Handler, Step

OWN = CollectorRegistry()
"""Counters of this process; they begin at 0 with it, as Prometheus expects."""
_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)


@dataclass(frozen=True, slots=True)
class Counted:
    """A metric of the process: ``counter`` or ``histogram``, its labels, and what it says."""

    kind: str
    labels: tuple[str, ...]
    help: str


COUNTED: Mapping[str, Counted] = MappingProxyType(
    {
        "congkhai_job_seconds": Counted("histogram", ("kind",), "How long work took, in seconds."),
        "congkhai_jobs_done_total": Counted("counter", ("kind",), "Work that was finished."),
        "congkhai_job_failures_total": Counted("counter", ("kind", "error"), "Tries that failed, by class of error."),
        "congkhai_connector_seconds": Counted(
            "histogram", ("connector", "act"), "How long one reading of a source took, in seconds."
        ),
        "congkhai_connector_errors_total": Counted(
            "counter", ("connector", "act"), "Readings of a source that failed."
        ),
        "congkhai_web_answers_total": Counted(
            "counter", ("status",), "Answers of the page and the interface: 2xx to 5xx; refusals by their own number."
        ),
    }
)


def _counter(name: str) -> Counter:
    one = COUNTED[name]
    return Counter(name.removesuffix("_total"), one.help, one.labels, registry=OWN)


def _histogram(name: str) -> Histogram:
    one = COUNTED[name]
    return Histogram(name, one.help, one.labels, buckets=_SECONDS, registry=OWN)


JOB_SECONDS = _histogram("congkhai_job_seconds")
JOBS_DONE = _counter("congkhai_jobs_done_total")
JOB_FAILURES = _counter("congkhai_job_failures_total")
CONNECTOR_SECONDS = _histogram("congkhai_connector_seconds")
CONNECTOR_ERRORS = _counter("congkhai_connector_errors_total")
_WEB_ANSWERS = _counter("congkhai_web_answers_total")
REFUSALS = (401, 403, 421, 429)
"""Answers that tell of guessing or flooding when there are many: no sign-in, no right, a foreign name, too fast."""
_READINGS = ("pull", "pull-feedback", "acknowledge")


def count_answer(status: int) -> None:
    """Count an answer of the page or the interface by its HTTP status."""
    _WEB_ANSWERS.labels(str(status) if status in REFUSALS else f"{status // 100}xx").inc()


def _error_class(error: Exception) -> str:
    """Return a name from a closed set, so that no text of an error becomes a label."""
    name = type(error).__name__
    return name if isinstance(error, CongkhaiError) and hasattr(errors, name) else "other"


def measured(handlers: Mapping[str, Handler]) -> dict[str, Handler]:
    """Return the same handlers, each of which also counts."""
    return {kind: _measured(kind, handler) for kind, handler in handlers.items()}


def _measured(kind: str, handler: Handler) -> Handler:
    def counting(step: Step) -> None:
        begun = time.monotonic()
        source = step.args.get("subject", "") if kind in _READINGS else ""
        try:
            handler(step)
        except Exception as error:
            JOB_FAILURES.labels(kind, _error_class(error)).inc()
            if source:
                CONNECTOR_ERRORS.labels(source, kind).inc()
            raise
        finally:
            spent = time.monotonic() - begun
            JOB_SECONDS.labels(kind).observe(spent)
            if source:
                CONNECTOR_SECONDS.labels(source, kind).observe(spent)
        JOBS_DONE.labels(kind).inc()

    return counting
