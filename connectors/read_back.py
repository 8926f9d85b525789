"""Answers to "is it there?" that several connectors and channels give alike: nothing is filed here, nobody can tell."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from congkhai.plugin.errors import OutsideError, UndecidedError
from congkhai.plugin.records import Guard, Receipt


class Guarded(Protocol):
    """What a client over HTTP has: the way out with its breaker."""

    def guard(self) -> Guard:
        """Return the state of the circuit breaker."""
        ...


class NothingFiled:
    """A connector that only reads; its `file_dossier` refuses with its own words."""

    def forget_filing(self, key: str) -> None:
        """Do nothing: nothing is ever filed here."""

    def find_filed(self, key: str) -> Receipt | None:  # noqa: ARG002 - nothing is ever filed here
        """Return None: nothing is ever filed here."""
        return None


class NothingFiledOverHttp(NothingFiled):
    """
    A connector that only reads, over `manners`.

    Attributes:
        web: its way out.
    """

    web: Guarded

    def guard(self) -> Guard:
        """Return the state of the circuit breaker."""
        return self.web.guard()


@contextmanager
def telling_or_undecided(code: str) -> Iterator[None]:
    """
    Turn a read-back that got no answer into the error that says so: what is not known must not count as "not there".

    Args:
        code: of the error.

    Raises:
        UndecidedError: the system did not answer; one that was raised inside stays as it is.
    """
    try:
        yield
    except UndecidedError:
        raise
    except OutsideError as error:
        raise UndecidedError(what=error.what, where=error.where, advice=error.advice, code=code) from error
