"""
The technical log: stderr, one line an event, never a subject, a body or a secret.

What a line is about comes from `log_context`. An exception that nobody expected is shown by its classes and by the
places that it came through: its own words may hold anything that a paper said. For the same reason foreign libraries
are heard only when they warn, and those that quote addresses or certificates only when they fail.
"""

import logging
import os
import sys

import structlog

from .bare_log import places_of

_OURS = "congkhai"
_QUOTING = ("urllib3", "pyhanko_certvalidator", "pyhanko", "pypdf", "fontTools", "botocore", "boto3", "httpx")
"""Libraries whose warnings repeat addresses with their queries, or names out of certificates and files."""


def bare_trace(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Replace an exception by the classes in its chain and the places it came through, its own words left out."""
    given = event.pop("exc_info", None)
    if not given:
        return event
    if isinstance(given, BaseException):
        error: BaseException | None = given
    else:
        error = given[1] if isinstance(given, tuple) else sys.exc_info()[1]
    event["error_at"] = places_of(error)
    return event


def _is_fit(record: logging.LogRecord) -> bool:
    """Tell whether a line may be written, whatever level its library has set for itself."""
    if record.name.partition(".")[0] == _OURS:
        return True
    return record.levelno >= (logging.ERROR if record.name.partition(".")[0] in _QUOTING else logging.WARNING)


def configure_logs(level: str, form: str) -> None:
    """
    Send all logging through structlog to stderr.

    Args:
        level: ``debug``, ``info``, ``warning`` or ``error``; of our own lines, never of foreign libraries'.
        form: ``text`` (key=value for people) or ``json``.
    """
    steps: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
    ]
    if "JOURNAL_STREAM" not in os.environ:  # journald stamps each line itself
        steps.append(structlog.processors.TimeStamper(fmt="iso", utc=True))
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.processors.KeyValueRenderer(key_order=["level", "event"])
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_is_fit)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=steps,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, bare_trace, renderer],
        )
    )
    logging.basicConfig(level=max(logging.WARNING, getattr(logging, level.upper())), handlers=[handler], force=True)
    logging.getLogger(_OURS).setLevel(level.upper())
