"""One request as a page sees it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ..accounts import Account
from ..errors import InputError
from ..house import House
from ..text import _
from .rights import Right, rights_of
from .sessions import Session

LONGEST_FIELD = 20_000  # characters


@dataclass(frozen=True, slots=True)
class Visit:
    """
    A request with all that belongs to it.

    Attributes:
        address: where the visitor comes from.
        form: fields and files of a POST, read within the limits; empty otherwise.
        rights: what the visitor may do, the openings of the ini included.
    """

    house: House
    request: Request
    session: Session | None
    address: str
    rights: frozenset[Right]
    form: FormData = field(default_factory=FormData)

    @property
    def holder(self) -> Account | None:
        """Return who has signed in, or None."""
        return self.session.holder if self.session else None

    @property
    def signed_in(self) -> Session:
        """Return the session. Raises InputError when nobody has signed in."""
        if self.session is None:
            raise InputError(_("Chưa đăng nhập."), code="congkhai-E705")
        return self.session

    @property
    def person(self) -> str:
        """Name for the journal. Raises InputError when nobody has signed in."""
        return self.signed_in.holder.person

    def query(self, name: str, default: str = "") -> str:
        """Return a parameter of the address, trimmed."""
        return _clean(self.request.query_params.get(name, default)).strip()[:LONGEST_FIELD]

    def path(self, name: str) -> str:
        """Return a part of the path."""
        return _clean(str(self.request.path_params[name]))

    def text(self, name: str, *, needed: str = "") -> str:
        """
        Return a text field of the form, trimmed.

        Args:
            needed: what to call it when it is missing; empty when it may be.

        Raises:
            InputError: it is missing or too long.
        """
        value = self.form.get(name, "")
        text = _clean(value).strip() if isinstance(value, str) else ""
        if needed and not text:
            raise InputError(_("Còn thiếu: {what}.").format(what=needed), where=name, code="congkhai-E706")
        if len(text) > LONGEST_FIELD:
            raise InputError(
                _("Nội dung quá dài (tối đa {most} ký tự).").format(most=LONGEST_FIELD), where=name,
                code="congkhai-E706",
            )  # fmt: skip
        return text

    def texts(self, name: str) -> Sequence[str]:
        """Return every value of a repeated field, such as the rows ticked in a list."""
        return [_clean(value) for value in self.form.getlist(name) if isinstance(value, str)]

    def upload(self, name: str) -> tuple[str, bytes] | None:
        """Return name and bytes of an uploaded file, or None; the name is text only and never used as a path."""
        value = self.form.get(name)
        if not isinstance(value, UploadFile) or not value.filename:
            return None
        return _clean(value.filename), value.file.read()

    def uploads(self, name: str) -> list[tuple[str, bytes]]:
        """Return every uploaded file of a field."""
        files = [value for value in self.form.getlist(name) if isinstance(value, UploadFile) and value.filename]
        return [(_clean(file.filename or ""), file.file.read()) for file in files]


def _clean(text: str) -> str:
    """Return a text without the one character that no database keeps (PostgreSQL refuses NUL)."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def rights_for(house: House, session: Session | None) -> frozenset[Right]:
    """Return what a visitor may do here, with what the ini opens to those without an account."""
    rights = set(rights_of(session.holder if session else None))
    if house.configuration.web.verify_without_account:
        rights.add(Right.OPEN_VERIFY)
    if house.configuration.web.list_without_account:
        rights.add(Right.OPEN_LIST)
    return frozenset(rights)


def local_path(address: str) -> str:
    """Return `address` when it is a path of this page, else ``/``: nobody is sent elsewhere (open redirect)."""
    parts = urlsplit(address)
    safe = not parts.scheme and not parts.netloc and address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if safe and address.isprintable() and "\\" not in address else "/"


def redirect(path: str, *, done: str = "") -> Response:
    """Send the browser on after a POST, so that reloading repeats nothing; `done` names the notice shown there."""
    joint = "&" if "?" in path else "?"
    return RedirectResponse(f"{path}{joint}done={done}" if done else path, status_code=303)
