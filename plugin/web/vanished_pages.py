"""A paper that its source does not show any more: what is known of it, and the two answers that a person may give."""

from starlette.responses import Response

from ..errors import NotAllowedError
from ..records import PostingState
from ..store import read
from ..text import _
from ..vanished import Vanished, confirm_recalled, keep_vanished, vanished
from .render import page
from .rights import Right
from .routes import Page
from .visit import Visit, redirect

_LIST = "/?loai=vanished"


def show(visit: Visit) -> Response:
    """Show when the paper was last seen, since when it is missed, and where it is public."""
    with visit.house.store.read() as connection:
        found = vanished(connection, visit.house.agency, visit.path("id"))
        if not found:
            raise NotAllowedError(
                what=_("Văn bản này không chờ kết luận; có thể người khác vừa kết luận, hoặc nó đã hiện lại."),
                where=visit.path("id")[:40], code="congkhai-E800", advice=_("Tải lại danh sách việc cần làm."),
            )  # fmt: skip
        one: Vanished = found[0]
        matter = read.disclosure(connection, one.matter)
    up = [posting.place for posting in matter.postings if posting.state is PostingState.UP]
    return page(visit, "vanished.html", one=one, matter=matter, up=up)


def recalled(visit: Visit) -> Response:
    """Take the paper down everywhere: its issuer took it back."""
    confirm_recalled(visit.house, visit.path("id"), visit.person, visit.text("reason", needed=_("căn cứ")))
    return redirect(_LIST, done="saved")


def kept(visit: Visit) -> Response:
    """Leave the paper where it is: it still holds."""
    keep_vanished(visit.house, visit.path("id"), visit.person, visit.text("reason"))
    return redirect(_LIST, done="saved")


PAGES = (
    Page("/mat-o-nguon/{id}", "GET", Right.CLERK, show),
    Page("/mat-o-nguon/{id}/da-thu-hoi", "POST", Right.CLERK, recalled),
    Page("/mat-o-nguon/{id}/van-giu", "POST", Right.CLERK, kept),
)
