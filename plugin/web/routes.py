"""Every page with the right it needs. What is not named here cannot be reached; a test tries each without its right."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from .rights import Right
from .visit import Visit

Handler = Callable[[Visit], Response]


@dataclass(frozen=True, slots=True)
class Page:
    """
    One page or act.

    Attributes:
        path: as Starlette writes it, e.g. ``/cong-khai/{id}``.
        method: ``GET`` or ``POST``.
        right: what the visitor needs.
        connects_to_plug_in: True on the pages of signing alone, which may talk to the plug-in on the signer's own PC.
        proven: True where the visitor must have proved who they are within the last minutes.
        journal: the journal's act for a look at content that the law wants on record; empty for none.
        subject: the part of the path that names what was looked at.
    """

    path: str
    method: str
    right: Right
    handler: Handler
    connects_to_plug_in: bool = False
    proven: bool = False
    journal: str = ""
    subject: str = "id"


def all_pages() -> Sequence[Page]:
    """Return every page of the house, in the order in which addresses are matched."""
    from . import (
        account_pages,
        calendar_pages,
        disclosure_pages,
        dossier_pages,
        feed_pages,
        feedback_pages,
        languages,
        matter_pages,
        minutes_pages,
        oidc_pages,
        part_pages,
        posting_pages,
        public_pages,
        sign_pages,
        tag_pages,
        vanished_pages,
        verify_pages,
        waiver_pages,
        watch_pages,
        work_pages,
    )

    return (
        *work_pages.PAGES, *account_pages.PAGES, *oidc_pages.PAGES, *disclosure_pages.PAGES, *dossier_pages.PAGES,
        *part_pages.PAGES, *waiver_pages.PAGES, *vanished_pages.PAGES,
        *matter_pages.PAGES, *minutes_pages.PAGES, *posting_pages.PAGES, *tag_pages.PAGES, *feedback_pages.PAGES,
        *calendar_pages.PAGES, *verify_pages.PAGES, *public_pages.PAGES, *languages.PAGES, *feed_pages.PAGES,
        *watch_pages.PAGES, *sign_pages.PAGES,
    )  # fmt: skip
