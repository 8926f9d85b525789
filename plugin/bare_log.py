"""
How an error stands in a technical log: its classes and the places it came through, never its own words.

The words of an error that nobody expected may hold anything that a paper, a person or a system said.
"""

import logging
import traceback
from types import TracebackType

_LONGEST = 8
"""Errors of a chain that are shown."""


def places_of(error: BaseException | None) -> str:
    """Return the classes of an error and of its causes, each with the places it came through, innermost first."""
    said: list[str] = []
    while error is not None and len(said) < _LONGEST:
        code = getattr(error, "code", "")
        name = type(error).__name__ + (f" ({code})" if isinstance(code, str) and code else "")
        frames = traceback.extract_tb(error.__traceback__)
        said.append(" < ".join([name, *(f"{one.filename}:{one.lineno} {one.name}" for one in reversed(frames))]))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return " | from ".join(said)


class BareFormatter(logging.Formatter):
    """Formats lines of verbs that keep no log of their own."""

    def formatException(  # noqa: N802 - the standard library's name
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """Return the places of an exception instead of its trace and words."""
        return places_of(ei[1])


def keep_bare() -> None:
    """Have warnings that nobody else handles, as in a verb at the command line, written without an error's words."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(BareFormatter())
