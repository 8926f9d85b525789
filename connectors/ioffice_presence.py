"""
Whether iOffice still shows a paper: the advanced search by number, by day and by subject, which marks nothing read.

A deployment whose search is not among the pulled lists gives no answer unless the account is the daemon's own: personal
lists move papers on and drop old ones.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from itertools import islice

from congkhai.plugin.clock import Clock
from congkhai.plugin.interfaces import Known, Presence, Sought

from .ioffice_client import IofficeClient
from .ioffice_fields import Row, text_of
from .ioffice_pull import Pull
from .ioffice_settings import IofficeSettings
from .still_there import presence

_NEAR = timedelta(days=45)
_SUBJECT = 120
"""Letters of a subject that are searched for."""


def still_there(
    settings: IofficeSettings, client: IofficeClient, clock: Clock, known: Known, paper: Sought
) -> Presence:  # fmt: skip
    """Look for one paper; see `congkhai.plugin.interfaces.Searching`. Raises OutsideError, AccessError."""
    if "search" not in settings.lists:
        return Presence.UNKNOWN
    pull = Pull(settings, client, clock, known, lambda _marking: False)
    wanted = paper.remote_id.partition("-")[2]

    def ids(members: Mapping[str, str]) -> Iterator[str | None]:
        return (row.id if isinstance(row, Row) else None for row in pull.search(**members))

    def control() -> str | None:
        # A few rows suffice: whoever still sees papers that we hold sees with the eyes of the pull.
        for window in _windows(paper):
            for row in islice(pull.search(**window), 5 * settings.page_size):
                if isinstance(row, Row) and row.id != wanted and known.fingerprint(row.remote_id) is not None:
                    return row.id
        return None

    def detail(id_: str) -> bool:
        found = client.read("GET", f"api/document/getdetaildocument/{id_}/")
        return isinstance(found, Mapping) and text_of(found, "id") in {id_, ""}

    searches: list[Callable[[], Iterator[str | None]]] = [partial(ids, one) for one in _questions(paper)]
    return presence(wanted, searches, control, detail if settings.account_is_dedicated else None)


def _windows(paper: Sought) -> Iterator[Mapping[str, str]]:
    """Return where other papers of the same time stand, and then everything: the search has an order of its own."""
    if paper.issued is not None:
        start, end = paper.issued - _NEAR, paper.issued + _NEAR
        yield {"startDateBanHanh": f"{start:%d/%m/%Y}", "endDateBanHanh": f"{end:%d/%m/%Y}"}
    yield {}


def _questions(paper: Sought) -> Iterator[Mapping[str, str]]:
    if paper.number:
        yield {"soKyHieu": paper.number}
    if paper.issued is not None:
        day = f"{paper.issued:%d/%m/%Y}"
        yield {"startDateBanHanh": day, "endDateBanHanh": day}
    if paper.subject:
        yield {"trichYeu": paper.subject[:_SUBJECT]}
