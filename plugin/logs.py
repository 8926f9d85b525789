"""The technical log: stderr, one line an event, never a subject, a body or a secret."""

import logging
import os
import sys

import structlog


def configure_logs(level: str, form: str) -> None:
    """
    Send all logging through structlog to stderr.

    Args:
        level: ``debug``, ``info``, ``warning`` or ``error``.
        form: ``text`` (key=value for people) or ``json``.
    """
    steps: list[structlog.typing.Processor] = [
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
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=steps,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("apscheduler", "urllib3", "alembic", "fontTools"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
