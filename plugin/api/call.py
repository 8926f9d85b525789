"""One call as a handler sees it, its parameters, and what it answers."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import BaseModel

from ..errors import InputError
from ..house import House
from ..text import _
from ..tokens import Scope, Token

MOST = 200
"""Items of one part of a list at most."""
USUAL = 50


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    A parameter of an endpoint.

    Attributes:
        place: ``path`` or ``query``.
        schema: as JSON Schema says it; what `read` takes and the schema allows is the same.
        read: makes the value from its text; raises ValueError for what it does not take.
    """

    name: str
    place: str
    about: str
    schema: Mapping[str, Any]
    read: Callable[[str], Any]
    default: Any = None


@dataclass(frozen=True, slots=True)
class Call:
    """
    A request whose token, scope and parameters were found good.

    Attributes:
        values: parameters by name; of one that was not given, its default.
        body: what was uploaded; empty otherwise.
    """

    house: House
    token: Token
    values: Mapping[str, Any]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What a handler answers: a model, or bytes that are a file.

    Attributes:
        following: the `after` of the next part of a list; empty at the end.
        name: of the file.
    """

    model: BaseModel | None = None
    data: bytes = b""
    name: str = ""
    following: str = ""


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """
    One thing that can be asked for.

    Attributes:
        path: below ``/api/v1``.
        scope: what the token must carry.
        model: of the answer; None for a file.
        takes: media types of the upload; empty for none.
        journal: the journal's act for an access that the law wants on record; empty for none.
    """

    path: str
    method: str
    scope: Scope
    handler: Handler
    summary: str
    model: type[BaseModel] | None
    parameters: tuple[Parameter, ...] = ()
    takes: tuple[str, ...] = ()
    lists: bool = False
    journal: str = ""


def _matching(pattern: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(text)
        return text

    return read


def _limit(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,2}", text) or int(text) > MOST:
        raise ValueError(text)
    return int(text)


def _day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        raise ValueError(text)
    return date.fromisoformat(text)


_ID = "[0-9A-Za-z_-]{1,64}"


def identity(name: str = "id", about: str = "Id of the thing.") -> Parameter:
    """Return the path parameter that names one thing."""
    return Parameter(name, "path", about, {"type": "string", "pattern": f"^{_ID}$"}, _matching(_ID))


def number(name: str, about: str) -> Parameter:
    """Return a path parameter that counts from 1."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[1-9][0-9]{0,3}", text):
            raise ValueError(text)
        return int(text)

    return Parameter(name, "path", about, {"type": "integer", "minimum": 1, "maximum": 9999}, read)


def choice(name: str, about: str, among: tuple[str, ...]) -> Parameter:
    """Return a query parameter with a closed set of values."""

    def read(text: str) -> str:
        if text not in among:
            raise ValueError(text)
        return text

    return Parameter(name, "query", about, {"type": "string", "enum": list(among)}, read)


def written(name: str, about: str, pattern: str) -> Parameter:
    """Return a query parameter of a form."""
    return Parameter(name, "query", about, {"type": "string", "pattern": f"^{pattern}$"}, _matching(pattern))


def day(name: str, about: str) -> Parameter:
    """Return a query parameter that is a day."""
    return Parameter(name, "query", about, {"type": "string", "format": "date"}, _day)


AFTER = written("after", "The `next` of the part before; the part begins after it.", _ID)
LIMIT = Parameter(
    "limit", "query", "How many items at most.",
    {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}, _limit, USUAL,
)  # fmt: skip


@dataclass
class Given:
    """What came with a request, before it is read: each name with every value."""

    path: Mapping[str, str]
    query: list[tuple[str, str]] = field(default_factory=list)


def values_of(endpoint: Endpoint, given: Given) -> dict[str, Any]:
    """
    Read every parameter of an endpoint.

    Raises:
        InputError: one is wrong, repeated or unknown (E754); in the path, there is no such thing then (E753).
    """
    names = [name for name, _text in given.query]
    known = {one.name for one in endpoint.parameters if one.place == "query"}
    for name in names:
        if name not in known or names.count(name) > 1:
            raise InputError(
                _("Tham số {name} không có, hoặc được nêu hai lần.").format(name=name[:40]), where=name[:40],
                code="congkhai-E754", advice=_("Xem /api/v1/openapi.json."),
            )  # fmt: skip
    texts = {**dict(given.query), **given.path}
    found = {}
    for one in endpoint.parameters:
        if one.name not in texts:
            found[one.name] = one.default
            continue
        try:
            found[one.name] = one.read(texts[one.name])
        except ValueError as error:
            if one.place == "path":
                raise nothing() from error
            raise InputError(
                _("Giá trị của tham số {name} không đúng.").format(name=one.name), where=one.name,
                code="congkhai-E754", advice=_("Xem /api/v1/openapi.json."),
            ) from error  # fmt: skip
    return found


def nothing() -> InputError:
    """Return the error for what is not there, or may not leave: the two are not told apart."""
    return InputError(_("Không có, hoặc không được cung cấp qua giao diện này."), code="congkhai-E753")
