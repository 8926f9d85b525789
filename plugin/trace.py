"""Tracing of hook calls, for plugin authors: ``CONGKHAI_TRACE=1`` logs each call with its plugins and its outcome."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import pluggy

_log = logging.getLogger(__name__)


def trace_calls(manager: pluggy.PluginManager) -> None:
    """
    Log every hook call of a manager from now on, to stderr where no log is set up.

    Arguments are logged as type and id only: a document's subject must never reach a log.
    """
    _log.setLevel(logging.INFO)
    if not _log.hasHandlers():
        _log.addHandler(logging.StreamHandler())

    def before(hook: str, implementations: Sequence[pluggy.HookImpl], arguments: Mapping[str, Any]) -> None:
        plugins = [implementation.plugin_name for implementation in implementations]
        _log.info("hook %s called, plugins %s, %s", hook, plugins, {key: _named(arguments[key]) for key in arguments})

    def after(
        outcome: pluggy.Result[Any],
        hook: str,
        _implementations: Sequence[pluggy.HookImpl],
        _arguments: Mapping[str, Any],
    ) -> None:
        error = outcome.exception
        _log.info("hook %s %s", hook, f"raised {type(error).__name__}" if error else "returned")

    manager.add_hookcall_monitoring(before, after)


def _named(value: object) -> str:
    identity = getattr(value, "id", "")
    return f"{type(value).__name__} {identity}".strip()
