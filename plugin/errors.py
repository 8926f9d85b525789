"""
Errors, each of which says what is wrong, where, and what to do.

::

    CongkhaiError
    ├── InputError            what a person or another system gave us: tell them, keep what is there
    │   ├── ConfigurationError    the ini file or a regulation (exit 78)
    │   ├── UsageError            a wrong call of a verb (exit 2)
    │   ├── NotAllowedError       the act is against the law, the regulation or a state
    │   └── PassingError          not what was promised, but another time it may be: try again before giving up
    ├── OutsideError          another system failed: retry, show since when
    │   ├── AccessError           it refused us: do not retry, ask a person
    │   └── UndecidedError        whether the act happened cannot be told: never repeat by itself
    └── OurError              a fault of ours or of the machine: stop, keep the state
        ├── StoreError            database or vault
        ├── BusyError             another daemon holds the store
        └── PluginError           a plugin broke its contract
"""

from dataclasses import dataclass

from .text import retold


@dataclass(eq=False)
class CongkhaiError(Exception):
    """
    Base of every error that a person may meet.

    Attributes:
        what: one sentence in the reader's language.
        where: file:line, section, document id or step; empty when there is no place.
        advice: what to do next, in the reader's language.
        code: stable, documented, searchable; ``congkhai-E`` and three digits.
        exit_code: process exit code when the error ends a verb.
    """

    what: str
    where: str = ""
    advice: str = ""
    code: str = "congkhai-E000"
    exit_code: int = 1

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}"

    def explain(self) -> str:
        """Return the whole error as people read it, in the reader's language: place and sentence, code, advice."""
        place = f"{self.where}: " if self.where else ""
        lines = [f"{place}{retold(self.what)} ({self.code})"]
        if self.advice:
            lines.append(retold(self.advice))
        return "\n".join(lines)


@dataclass(eq=False)
class InputError(CongkhaiError):
    """Something handed to us cannot be used."""

    code: str = "congkhai-E100"
    exit_code: int = 2


@dataclass(eq=False)
class ConfigurationError(InputError):
    """The ini file or a regulation is wrong."""

    code: str = "congkhai-E110"
    exit_code: int = 78


@dataclass(eq=False)
class UsageError(InputError):
    """A verb was called in a way it does not know."""

    code: str = "congkhai-E120"


@dataclass(eq=False)
class NotAllowedError(InputError):
    """The act is against the law, the regulation, or the state the matter is in."""

    code: str = "congkhai-E200"
    exit_code: int = 1


@dataclass(eq=False)
class PassingError(InputError):
    """What came is not what was promised, for a reason that may pass: a maintenance page in place of a file."""

    code: str = "congkhai-E780"


@dataclass(eq=False)
class OutsideError(CongkhaiError):
    """Another system did not do its part; the act may be tried again."""

    code: str = "congkhai-E300"


@dataclass(eq=False)
class AccessError(OutsideError):
    """The other system refused us (login, token, right): trying again by ourselves could lock the account."""

    code: str = "congkhai-E310"


@dataclass(eq=False)
class UndecidedError(OutsideError):
    """It cannot be told whether an outward act happened; only a person may repeat it."""

    code: str = "congkhai-E320"


@dataclass(eq=False)
class OurError(CongkhaiError):
    """A fault of ours or of the machine."""

    code: str = "congkhai-E400"


@dataclass(eq=False)
class StoreError(OurError):
    """The database or the vault failed."""

    code: str = "congkhai-E410"


@dataclass(eq=False)
class BusyError(OurError):
    """Another daemon works on this store."""

    code: str = "congkhai-E420"


@dataclass(eq=False)
class PluginError(OurError):
    """A plugin broke its contract."""

    code: str = "congkhai-E430"
