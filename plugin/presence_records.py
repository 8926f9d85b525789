"""Whether a source still shows a paper that it once gave us, as a contract; promised from `interfaces`."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from .records import Direction

if TYPE_CHECKING:
    from .interfaces import Known


class Presence(StrEnum):
    """What a source says of a paper that we hold."""

    THERE = "there"
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sought:
    """
    A held paper, by what its source can find it again.

    Attributes:
        number: number and notation as kept (NFC); empty when it has none.
        issued: its date, None when it has none that can be true.
    """

    remote_id: str
    direction: Direction
    number: str = field(repr=False)
    issued: date | None
    subject: str = field(repr=False)


@runtime_checkable
class Searching(Protocol):
    """A connector that can tell whether a paper which it once offered still stands at its source."""

    def still_there(self, paper: Sought, known: "Known") -> Presence:
        """
        Look for one paper; called seldom, and only for what is public or about to be.

        MUST NOT open anything that could be marked read in the name of an official: where the account is not the
        daemon's own, lists are searched and nothing else. MUST answer ``GONE`` only when everything was answered well
        and read to its end, other held papers (`known`) were shown by the same means, and nothing speaks of missing
        rights; otherwise ``UNKNOWN``. One answer proves nothing, and the house asks again.

        Raises:
            OutsideError, AccessError: the source did not answer; nothing is known.
        """
        ...


@runtime_checkable
class Awaiting(Protocol):
    """A connector that sees papers arrive before they are whole."""

    def look_again(self) -> timedelta | None:
        """
        Say, after a pull, how soon another look is worth while; None: at the next regular pull.

        SHOULD name a time only for what has changed lately, so that a file nobody finishes keeps nobody busy.
        """
        ...
