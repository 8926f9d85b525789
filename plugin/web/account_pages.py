"""Signing in and out, proving again who one is, changing the password, and the list of one's own sessions."""

from starlette.responses import Response

from ..accounts import proves, set_password, sign_in, use_ticket
from ..errors import InputError, NotAllowedError
from ..text import _
from . import sessions
from .render import page
from .rights import Right
from .routes import Page
from .visit import Visit, local_path, redirect


def _cookie(visit: Visit) -> tuple[str, bool]:
    from .app import cookie_name

    name = cookie_name(visit.house)
    return name, name.startswith("__Host-")


def _single(visit: Visit) -> str:
    """Return what stands on the link to the OpenID provider; empty where there is none."""
    web = visit.house.configuration.web
    return web.oidc_title if web.oidc_issuer else ""


def _by_provider(visit: Visit) -> bool:
    """Tell whether the holder signs in at the OpenID provider, and so proves there again who they are."""
    return bool(_single(visit) and visit.session and visit.session.holder.subject)


def form(visit: Visit) -> Response:
    """Show the sign-in form."""
    if visit.session:
        return redirect("/")
    return page(
        visit, "sign-in.html", single=_single(visit), next=local_path(visit.query("next") or "/"), problem="", name=""
    )


def enter(visit: Visit) -> Response:
    """Sign in with name and password."""
    name, target = visit.text("name"), local_path(visit.text("next") or "/")
    password = str(visit.form.get("password", ""))
    try:
        holder = sign_in(visit.house.store, visit.house.agency, name, password, visit.address)
        problem = _("Tên hoặc mật khẩu không đúng.")
    except NotAllowedError as error:
        holder, problem = None, f"{error.what} {error.advice}"
    if holder is None:
        return page(visit, "sign-in.html", 401, single=_single(visit), next=target, problem=problem, name=name)
    return opened(visit, sessions.begin(
        visit.house.store, holder, address=visit.address, browser=visit.request.headers.get("user-agent", ""),
    ), target)  # fmt: skip


def ticket_form(visit: Visit) -> Response:
    """Ask for a one-time sign-in; its secret stands behind ``#`` in a link or is typed, never in an address we get."""
    return page(visit, "ticket.html", problem="")


def ticket(visit: Visit) -> Response:
    """Sign in once with a ticket."""
    holder = use_ticket(visit.house.store, visit.house.agency, visit.text("ticket"))
    if holder is None:
        return page(visit, "ticket.html", 401, problem=_("Mã đăng nhập một lần này không dùng được, hoặc đã dùng rồi."))
    return opened(visit, sessions.begin(
        visit.house.store, holder, address=visit.address, browser=visit.request.headers.get("user-agent", ""),
    ), "/")  # fmt: skip


def opened(visit: Visit, cookie: str, target: str) -> Response:
    """Hand out the cookie; whatever session the browser brought along ends, so that none can be planted."""
    if visit.session:
        sessions.end(visit.house.store, visit.session.holder, visit.session.digest)
    response = redirect(target)
    name, secure = _cookie(visit)
    response.set_cookie(name, cookie, httponly=True, secure=secure, samesite="lax", path="/")
    return response


def leave(visit: Visit) -> Response:
    """Sign out."""
    if visit.session:
        sessions.end(visit.house.store, visit.session.holder, visit.session.digest)
    response = redirect("/da-dang-xuat" if _by_provider(visit) else "/dang-nhap")
    name, secure = _cookie(visit)
    response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def prove_form(visit: Visit) -> Response:
    """Ask for the password again before what binds."""
    return page(
        visit, "prove.html", single=_by_provider(visit), next=local_path(visit.query("next") or "/"), problem=""
    )


def prove(visit: Visit) -> Response:
    """Check the password again."""
    target = local_path(visit.text("next") or "/")
    password = str(visit.form.get("password", ""))
    if not proves(visit.house.store, visit.signed_in.holder, password, visit.address):
        return page(
            visit, "prove.html", 401, single=_by_provider(visit), next=target, problem=_("Mật khẩu không đúng.")
        )
    sessions.prove(visit.house.store, visit.signed_in)
    return redirect(target)


def own(visit: Visit) -> Response:
    """Show the account with its sessions."""
    with visit.house.store.read() as connection:
        listed = sessions.open_sessions(connection, visit.signed_in.holder)
    return page(visit, "account.html", sessions=listed, present=visit.signed_in.digest, problem="")


def end_session(visit: Visit) -> Response:
    """End one of one's own sessions."""
    sessions.end(visit.house.store, visit.signed_in.holder, visit.text("session", needed=_("phiên đăng nhập")))
    return redirect("/tai-khoan", done="session")


def change_password(visit: Visit) -> Response:
    """Change one's own password; every session ends, this one too."""
    holder = visit.signed_in.holder
    old, new = str(visit.form.get("old", "")), str(visit.form.get("new", ""))
    if not proves(visit.house.store, holder, old, visit.address):
        raise InputError(_("Mật khẩu hiện tại không đúng."), code="congkhai-E709")
    with visit.house.store.write(holder.agency, holder.person) as tx:
        set_password(tx, holder, new)
    return redirect("/dang-nhap", done="password")


PAGES = (
    Page("/dang-nhap", "GET", Right.OPEN, form),
    Page("/dang-nhap", "POST", Right.OPEN, enter),
    Page("/mot-lan", "GET", Right.OPEN, ticket_form),
    Page("/mot-lan", "POST", Right.OPEN, ticket),
    Page("/dang-xuat", "POST", Right.OPEN, leave),
    Page("/xac-nhan", "GET", Right.SIGNED_IN, prove_form),
    Page("/xac-nhan", "POST", Right.SIGNED_IN, prove),
    Page("/tai-khoan", "GET", Right.SIGNED_IN, own),
    Page("/tai-khoan/phien", "POST", Right.SIGNED_IN, end_session),
    Page("/tai-khoan/mat-khau", "POST", Right.SIGNED_IN, change_password),
)
