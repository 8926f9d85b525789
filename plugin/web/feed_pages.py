"""
Private calendar addresses: made and ended by their holder, opened by a calendar program that cannot sign in.

The secret stands in the address because calendar programs send nothing else; so it opens one feed and nothing more,
the feed names kinds, ids and days but no subjects and no people, and no log of ours holds addresses.
"""

from starlette.responses import PlainTextResponse, Response

from ..house import House
from ..icalendar_feed import feed, feed_roles
from ..text import _
from ..tokens import CALENDAR, end_token, make_token, resume_token, tokens
from .own_host import prefix_of
from .render import page
from .rights import Right
from .routes import Page
from .visit import Visit, redirect

ROOT = "/lich-rieng/"


def feed_path(house: House, secret: str) -> str:
    """Return the path of the calendar that a token opens."""
    return f"{prefix_of(house)}{ROOT}{secret}.ics"


def private_feed(visit: Visit) -> Response:
    """Hand out the feed that a private address opens; an unknown, ended or closed one is simply not there."""
    token = resume_token(visit.house.store, visit.path("token"))
    known = token is not None and token.agency == visit.house.agency
    if token is None or not known or token.role not in feed_roles(visit.house):
        return PlainTextResponse(_("Không có lịch này."), 404)
    return Response(
        feed(visit.house, token.role), media_type="text/calendar",
        headers={"Content-Disposition": 'attachment; filename="congkhai.ics"', "Referrer-Policy": "no-referrer",
                 "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox"},
    )  # fmt: skip


def own(visit: Visit) -> Response:
    """Show the holder's calendar addresses, without their secrets."""
    return _shown(visit)


def _shown(visit: Visit, address: str = "") -> Response:
    with visit.house.store.read() as connection:
        held = tokens(connection, visit.house.agency, account_id=visit.signed_in.holder.id)
    titles = {rule.role: rule.title for rule in visit.house.regulation.signers}
    roles = [(role, titles.get(role, role)) for role in feed_roles(visit.house)]
    return page(visit, "calendar-feeds.html", held=held, roles=roles, address=address)


def made(visit: Visit) -> Response:
    """Make an address and show it once."""
    role = visit.text("role", needed=_("vai trò"))
    feed(visit.house, role)  # refuses a role that has none
    name = visit.text("name", needed=_("tên thiết bị"))
    with visit.house.store.write(visit.house.agency, visit.person) as tx:
        secret = make_token(
            tx, f"{visit.signed_in.holder.name}: {name}", [f"{CALENDAR}:{role}"], owner=visit.signed_in.holder
        )
    return _shown(visit, f"{visit.request.app.state.home}{feed_path(visit.house, secret)}")


def ended(visit: Visit) -> Response:
    """End one of the holder's own addresses."""
    with visit.house.store.write(visit.house.agency, visit.person) as tx:
        end_token(tx, visit.text("token", needed=_("địa chỉ lịch")), account_id=visit.signed_in.holder.id)
    return redirect("/tai-khoan/lich", done="saved")


PAGES = (
    Page("/lich-rieng/{token}.ics", "GET", Right.OPEN, private_feed),
    Page("/tai-khoan/lich", "GET", Right.SIGNED_IN, own),
    Page("/tai-khoan/lich", "POST", Right.SIGNED_IN, made),
    Page("/tai-khoan/lich/ket-thuc", "POST", Right.SIGNED_IN, ended),
)
