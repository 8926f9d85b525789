"""The parts of a dossier that is not sealed: what a clerk brings for each, and papers that claim a place."""

import hashlib
import io
from dataclasses import dataclass

from starlette.responses import Response

from ..entries import ASKED, entries
from ..errors import InputError, NotAllowedError
from ..kinds_matters import FORMS, Claim, bring_document, bring_file, claims, decide_claim, kind_of, part_of
from ..records import Dossier
from ..store import read
from ..text import _
from .dossier_visit import dossier_of
from .fields import LARGEST, sniffed
from .matter_pages import document_named
from .rights import Right
from .routes import Page
from .visit import Visit, redirect

_BROUGHT = frozenset({"document", "plan"})
"""Origins of parts that a clerk may fill; minutes and reports are made and signed here."""


@dataclass(frozen=True, slots=True)
class Place:
    """
    A part of a dossier with what a clerk can do about it.

    Attributes:
        periods: periods that each owe a paper; empty: one paper is enough.
        must_name: what the text of the paper must name.
        open: something may be brought.
        held: papers in the place or claiming it, each with its words.
        asked: number of the minutes whose content a clerk is asked to enter; 0 for none.
    """

    key: str
    periods: tuple[str, ...]
    must_name: tuple[str, ...]
    open: bool
    held: tuple[tuple[Claim, str], ...]
    asked: int


def places(visit: Visit, found: Dossier) -> dict[str, Place]:
    """Return the parts of an unsealed dossier by key, with the papers that claim them."""
    if found.sha256:
        return {}
    states = {part.key: part.state for part in found.parts}
    with visit.house.store.read() as connection:
        held: dict[str, list[tuple[Claim, str]]] = {}
        for one in claims(connection, found.subject, "proposed", "confirmed"):
            words = one.name
            if one.document is not None:
                paper = read.document(connection, one.document)
                words = f"{paper.type} {paper.number} {paper.subject}"
            held.setdefault(one.part, []).append((one, words))
        wanted = entries(connection, visit.house.agency, ASKED, subject=found.subject)
        asked = {one.part: one.id for one in wanted}
    return {
        part.key: Place(
            part.key, part.periods, part.must_name,
            part.origin in _BROUGHT and states.get(part.key) in ("missing", "waiting"), tuple(held.get(part.key, ())),
            asked.get(part.key, 0),
        )
        for part in kind_of(visit.house, found.kind).parts(visit.house.regulation)
    }  # fmt: skip


def forms() -> dict[str, str]:
    """Return how a paper that is brought was signed, in words."""
    names = {
        "plain_scan": _("bản quét, bản chụp (không tính là đã ký số)"),
        "signed_digital": _("bản điện tử đã ký số"), "certified_copy": _("bản sao y có ký số của cơ quan"),
    }  # fmt: skip
    return {name: names[name] for name in ("plain_scan", *(one for one in FORMS if one != "plain_scan"))}


def _open(visit: Visit) -> Dossier:
    """Return the dossier of the address. Raises NotAllowedError (E824) when it is sealed."""
    found, _volumes = dossier_of(visit)
    if found.sha256:
        raise NotAllowedError(
            _("Hồ sơ này đã niêm phong, không thêm bớt được nữa."), where=found.id, code="congkhai-E824",
            advice=_("Cần sửa thì mở lại bằng một bản mới: congkhai dossier reopen."),
        )  # fmt: skip
    return found


def brought(visit: Visit) -> Response:
    """Put a paper that is here, or a file, into a place."""
    found = _open(visit)
    part, period = visit.text("part", needed=_("thành phần")), visit.text("period")
    wanted = part_of(visit.house, found.kind, part)
    if wanted.origin not in _BROUGHT or (period and period not in wanted.periods):
        raise InputError(_("Không có chỗ này trong hồ sơ."), where=part[:40], code="congkhai-E825")
    number, given = visit.text("document"), visit.upload("file")
    if bool(number) == (given is not None):
        raise InputError(
            _("Cần đúng một trong hai: số văn bản đã nhận, hoặc một tệp."), where=part, code="congkhai-E825",
            advice=_("Văn bản đã có trong hệ thống thì ghi số, ký hiệu; chưa có thì chọn tệp."),
        )  # fmt: skip
    if given is None:
        document = document_named(visit, number)
        bring_document(visit.house, found.subject, found.kind, part, document, visit.person, period)
        return redirect(f"/ho-so/{found.id}", done="brought")
    form = visit.text("form")
    name, data = given
    media_type = _media_type(data)
    if form not in FORMS or not media_type or len(data) > LARGEST:
        raise InputError(
            _("Tệp “{name}” không phải PDF, ảnh, XML hay gói ASiC-E, hoặc lớn hơn 32 MiB.").format(name=name[:80]),
            where=part, code="congkhai-E826", advice=_("Xuất ra PDF, hoặc quét lại rồi chọn tệp PDF, JPEG, PNG."),
        )  # fmt: skip
    digest = hashlib.sha256(data).hexdigest()
    with visit.house.store.read() as connection:
        there = [one.part for one in claims(connection, found.subject, "confirmed") if one.sha256 == digest]
    if part in there:  # sent twice
        raise NotAllowedError(
            _("Tệp này đã nằm ở phần {part}.").format(part=part), where=found.id, code="congkhai-E827",
            advice=_("Mở lại trang hồ sơ; không cần đưa lần nữa."),
        )  # fmt: skip
    bring_file(
        visit.house, found.subject, found.kind, part, io.BytesIO(data), name, media_type, form, visit.person, period
    )
    return redirect(f"/ho-so/{found.id}", done="brought")


def _media_type(data: bytes) -> str:
    """Return what a file is by its first bytes; empty for what no dossier holds."""
    if data.startswith(b"PK\x03\x04") and b"mimetypeapplication/vnd.etsi.asic" in data[:100]:
        return "application/vnd.etsi.asic-e+zip"
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml"):
        return "application/xml"
    return sniffed(data, scan=True)


def decided(visit: Visit) -> Response:
    """Say whether a paper belongs to its place, or take it out again with a reason."""
    found = _open(visit)
    number, act = visit.text("claim"), visit.text("act", needed=_("việc cần làm"))
    with visit.house.store.read() as connection:
        mine = {str(one.id): one for one in claims(connection, found.subject, "proposed", "confirmed")}
    if number not in mine or act not in ("confirm", "refuse"):
        raise InputError(
            _("Không có đề xuất nào mang số này ở hồ sơ này."), where=number[:20], code="congkhai-E825",
            advice=_("Có thể người khác vừa quyết định; mở lại trang hồ sơ."),
        )  # fmt: skip
    reason = visit.text("reason") if act == "confirm" else visit.text("reason", needed=_("lý do"))
    decide_claim(visit.house, mine[number].id, visit.person, confirmed=act == "confirm", reason=reason)
    return redirect(f"/ho-so/{found.id}", done="brought")


PAGES = (
    Page("/ho-so/{id}/thanh-phan", "POST", Right.CLERK, brought),
    Page("/ho-so/{id}/de-xuat", "POST", Right.CLERK, decided),
)
