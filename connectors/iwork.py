"""
Connector ``iwork``: VNPT iWork / iOffice v3 (``.ashx`` handlers) behind a provincial gateway; reads only.

What is known comes from clients whose authors looked at the wire; nothing is published. The gate runs twice: on the
row, whose ``domat`` decides whether the detail is opened at all, and on the detail, where ``TenCapDo`` counts too when
it holds a secrecy word. Lists have no window of dates, so a run walks them newest first down to where the last complete
run began and some pages bring nothing new, and from time to time to their end. The cursor (see `iwork_cursor`) is
offered at the end of a run only: one that was interrupted moves nothing, the next walks down to the same place and
recognises by its fingerprint what was offered already.
"""

import hashlib
import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from congkhai.plugin.clock import local_date
from congkhai.plugin.errors import CongkhaiError, NotAllowedError, OutsideError
from congkhai.plugin.hooks import RegisterConnector, RegisterSimulator, hookimpl
from congkhai.plugin.interfaces import Context, Known, Presence, Sought
from congkhai.plugin.records import (
    AttachmentRef,
    CheckResult,
    CursorMark,
    Direction,
    Filing,
    Outcome,
    Pulled,
    PulledDocument,
    PulledProblem,
    Receipt,
)
from congkhai.plugin.text import _

from .doubts import doubts, plausible
from .durable_files import kept_name
from .ioffice_fields import clean, day, folded, is_empty
from .ioffice_files import settled, unusable
from .ioffice_reply import Declined
from .iwork_client import IworkClient
from .iwork_cursor import read_cursor, write_cursor
from .iwork_presence import still_there
from .iwork_settings import IworkSettings
from .list_depth import ANCHORS, Depth
from .read_back import NothingFiledOverHttp

log = logging.getLogger("congkhai.connectors.iwork")

_LISTS: Mapping[str, tuple[str, Direction, Mapping[str, str], str]] = {
    "den": ("IworkHandler.ashx", Direction.IN, {"type": "xemden", "xem": "-1", "xuly": "-1", "t": "-1", "xlc": "-1"},
            "ngayden"),
    "di": ("IworkHandler.ashx", Direction.OUT, {"type": "xemdi"}, "ngaytao"),
    "van-thu": ("IworkVanThuHandler.ashx", Direction.IN, {"type": "xulyden", "trangthai": "2"}, "ngayden"),
}  # fmt: skip
_DETAIL = {Direction.IN: "xemden_chitiet", Direction.OUT: "xemdi_chitiet"}
_NAMES: Mapping[str, tuple[str, ...]] = {
    "number": ("SoHieu", "sohieu"), "subject": ("TrichYeu", "trichyeu"), "issuer": ("CoQuanBanHanh", "cqbh"),
    "issued": ("NgayBanHanh", "ngaybh", "ngaybanhanh"), "arrived": ("NgayDen", "ngayden", "ngaynhan"),
    "type": ("LoaiVanBan", "loaivanban"), "signer": ("NguoiKy", "nguoiky"), "identifier": ("MaDinhDanh",),
    "urgency": ("TenCapDo",), "register": ("SoDen",), "receivers": ("NoiNhan",),
}  # fmt: skip
_ROW = ("number", "subject", "issuer", "issued", "type", "signer")
_SECRET_WORD = re.compile(r"\bm[ậạâa]t\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    direction: Direction
    members: Mapping[str, Any]
    digest: str

    @property
    def remote_id(self) -> str:
        return f"{self.direction.value}-{self.id}"


class IworkConnector(NothingFiledOverHttp):
    """One iWork account as a source of documents; see `congkhai.plugin.interfaces.Connector`."""

    def __init__(self, settings: IworkSettings, context: Context) -> None:
        self._settings = settings
        self._context = context
        self._client = IworkClient(settings, context.name, context.folder)
        self.web = self._client.web
        self._files: tuple[str, tuple[Mapping[str, Any], ...]] = ("", ())

    def plain(self, secrecy: str | None) -> bool:
        """Tell whether this source's settings vouch for the marking; an empty one by ``secrecy-empty-is-plain``."""
        if secrecy is None or not folded(secrecy):
            return self._settings.secrecy_empty_is_plain
        return folded(secrecy) in {folded(value) for value in self._settings.secrecy_plain_values}

    def pull(self, cursor: str | None, known: Known) -> Iterator[Pulled]:
        """Offer what is new or changed: rows, details, no file. Raises OutsideError, AccessError."""
        now = self._context.clock.now()
        last = read_cursor(cursor)
        swept = last.swept
        sweep = swept is None or now - swept >= self._settings.full_sweep_every
        seen: set[str] = set()
        tops: dict[str, list[str]] = {name: [] for name in self._settings.lists}
        for name in self._settings.lists:
            quiet, depth = 0, Depth(last.tops.get(name, ()))
            for page in self._pages(name):
                fresh = False
                tickets = [known.ticket(row.remote_id) for row in page if isinstance(row, _Row)]
                tops[name] += tickets[: ANCHORS - len(tops[name])]
                depth.pass_by(tickets)
                for found in page:
                    if isinstance(found, PulledProblem):
                        yield found
                    elif found.remote_id not in seen:
                        seen.add(found.remote_id)
                        for offered in self._offer(found, known, reopen=sweep and swept is not None):
                            fresh = True
                            yield offered
                quiet = 0 if fresh else quiet + 1
                if not sweep and depth.reached and quiet >= self._settings.quiet_pages:
                    break  # the newest come first; a sweep walks the list to its end
        kept = now if sweep or swept is None else swept
        yield CursorMark(write_cursor(kept, tops))

    def still_there(self, paper: Sought, known: Known) -> Presence:
        """Look whether iWork still shows a paper; see `iwork_presence`. Raises OutsideError, AccessError."""
        lists = tuple(name for name in self._settings.lists if _LISTS[name][1] is paper.direction)

        def walk(name: str, columns: Mapping[str, str]) -> Iterator[tuple[str | None, str]]:
            for page in self._pages(name, columns):
                yield from ((row.id, row.remote_id) if isinstance(row, _Row) else (None, "") for row in page)

        def detail(id_: str) -> Any:
            return self._client.read("IworkHandler.ashx", {"type": _DETAIL[paper.direction], "documentId": id_})

        def is_held(remote_id: str) -> bool:
            return known.fingerprint(remote_id) is not None

        return still_there(paper, lists, walk, is_held, detail if self._settings.account_is_dedicated else None)

    def _pages(self, name: str, columns: Mapping[str, str] | None = None) -> Iterator[list[_Row | PulledProblem]]:
        """Walk one list by page number until a page is empty or shows nothing new; totals count repeated rows."""
        handler, direction, fixed, order = _LISTS[name]
        seen: set[str] = set()
        for number in range(1, self._settings.max_pages + 1):
            size = self._settings.page_size
            query = {
                **fixed, "page": str(number), "length": str(size), "skip": str((number - 1) * size), "term": "",
                "archiveSearch": "false", "isLoading": "false", "defer": "false", "order_col": order,
                "order_type": "desc", "column_sohieu": "", "column_trichyeu": "", **(columns or {}),
            }  # fmt: skip
            try:
                value = self._client.read(handler, query)
            except Declined as error:
                raise self._client.outside(error) from error
            raw = value.get("data") if isinstance(value, Mapping) else value
            if raw is None:
                return
            if not isinstance(raw, list):
                raise self._client.outside(Declined("list-shape"))
            rows, before = list[_Row | PulledProblem](), len(seen)
            for place, members in enumerate(raw, start=1):
                row = _row(members, direction)
                if row is None:
                    rows.append(_no_id(name, number, place))
                elif row.id not in seen:
                    seen.add(row.id)
                    rows.append(row)
            if rows:
                yield rows
            if len(seen) == before:
                return
        raise OutsideError(
            what=_("Danh sách {name} của iWork dài quá {count} trang.").format(
                name=name, count=self._settings.max_pages
            ),
            where=self._context.name, advice=_("Tăng page-size hoặc max-pages."), code="congkhai-E543",
        )  # fmt: skip

    def _offer(self, row: _Row, known: Known, *, reopen: bool) -> Iterator[PulledDocument | PulledProblem]:
        held = None if known.lacks_files(row.remote_id) else known.fingerprint(row.remote_id)
        if not reopen and ((held or "").split(":")[:2] == ["1", row.digest] or known.refused(row.remote_id)):
            return
        marking = _marking(row.members)
        if not self.plain(marking) and marking is not None and not is_empty(marking):
            # The row says enough: the detail of a marked paper is not opened, and the gate refuses what is offered.
            yield self._document(row, {}, marking)
            return
        query = {"type": _DETAIL[row.direction], "documentId": row.id}
        try:
            detail = self._client.read("IworkHandler.ashx", query)
        except Declined as error:
            yield PulledProblem(
                ref=row.remote_id, code="gone",
                message=_("iWork liệt kê văn bản nhưng không mở được chi tiết ({code}).").format(code=error.code),
                advice=_("congkhai thử lại ở lượt sau."),
            )  # fmt: skip
            return
        detail = detail[0] if isinstance(detail, list) and len(detail) == 1 else detail
        if not isinstance(detail, Mapping):
            raise self._client.outside(Declined("detail-shape"))
        document = self._document(row, detail, _marking(row.members, detail))
        if document.fingerprint == held:
            return
        self._files = (document.ref, _attachments(detail))
        if self.plain(document.secrecy):
            yield from doubts(document, document.remote_id)
        yield document

    def _document(self, row: _Row, detail: Mapping[str, Any], marking: str | None) -> PulledDocument:
        marks, today = list[str](), local_date(self._context.clock.now())

        def text(name: str) -> str:
            return _text(detail, name) or _text(row.members, name)

        def moment(name: str, mark: str) -> date | None:
            found, raw = day(text(name))
            if found is not None and not plausible(found, today):
                raw, mark, found = found.isoformat(), "date-implausible", None
            if raw:
                marks.extend((mark, f"{name}-as-written: {raw}"))
            return found

        issued = moment("issued", "date-unreadable")
        arrived = moment("arrived", "arrival-unreadable") if row.direction is Direction.IN else None
        marks += [f"{name}-missing" for name in ("number", "subject") if not text(name)]
        said = {name: text(name) for name in _NAMES} | {"secrecy": marking, "files": _names(detail)}
        return PulledDocument(
            remote_id=row.remote_id, direction=row.direction, type=text("type"), number=text("number"), issued=issued,
            arrived=arrived, issuer=text("issuer"), subject=text("subject"),
            fingerprint=f"1:{row.digest}:{_digest(said)}", secrecy=marking, signer=text("signer"),
            identifier=text("identifier"), urgency=text("urgency"), marks=tuple(marks),
            ref=f"{row.direction.value}/{row.id}",
        )  # fmt: skip

    def list_attachments(self, document: PulledDocument) -> Sequence[AttachmentRef]:
        """Name the files of a document that the gate has passed. Raises OutsideError."""
        if self._files[0] != document.ref:
            direction, _slash, id_ = document.ref.partition("/")
            query = {"type": _DETAIL[Direction(direction)], "documentId": id_}
            try:
                detail = self._client.read("IworkHandler.ashx", query)
            except Declined as error:
                raise self._client.outside(error) from error
            self._files = (document.ref, _attachments(detail if isinstance(detail, Mapping) else {}))
        refs = []
        for number, row in enumerate(self._files[1], start=1):
            name = clean(str(row.get("FileName") or ""))
            where = json.dumps([name, clean(str(row.get("FilePath") or ""))], ensure_ascii=False)
            refs.append(AttachmentRef(number, kept_name(name, f"{number}"), "application/octet-stream", where))
        return tuple(refs)

    def open_attachment(self, attachment: AttachmentRef) -> bytes:
        """Fetch one file whole. Raises OutsideError; InputError when what came is not the file."""
        name, path = json.loads(attachment.ref)
        limit = self._settings.max_file_size

        def once() -> bytes:
            try:
                return self._client.download(name, path, limit)
            except Declined as error:
                if error.code == "too-long":
                    raise unusable("file_too_large", _("Tệp lớn hơn mức cho phép."), attachment) from error
                raise unusable("file_refused", _("iWork không giao tệp này."), attachment) from error
            except NotAllowedError as error:
                raise unusable(
                    "file_refused", _("Tệp nằm ngoài máy chủ được phép gọi."), attachment, lasting=True
                ) from error

        return settled(once, attachment, limit)

    def settle(self, document: PulledDocument, outcome: Outcome, reason: str) -> None:
        """Do nothing: every paper stays where it is, whatever became of it here."""

    def file_dossier(self, filing: Filing) -> Receipt:
        """Refuse: no call that takes a new paper is known. Raises NotAllowedError."""
        raise NotAllowedError(
            what=_("iWork không có cách nộp hồ sơ được công bố."), where=filing.key,
            advice=_("Khai một nơi nộp hồ sơ khác, ví dụ type = handover."), code="congkhai-E542",
        )  # fmt: skip

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Check the settings; with `live` also that a list can be read. What is unconfirmed is a warning."""
        name, settings = self._context.name, self._settings
        results = [
            CheckResult(
                f"{name}-wire", "warn", _("Giao diện iWork do bên thứ ba tìm hiểu, nhà cung cấp chưa công bố."),
                _("Hỏi đơn vị vận hành: đường dẫn, giá trị độ mật, và việc mở chi tiết có đánh dấu đã xem không."),
            )
        ]  # fmt: skip
        if not settings.account_is_dedicated:
            results.append(
                CheckResult(
                    f"{name}-account", "warn", _("Chưa xác nhận tài khoản iWork dành riêng cho congkhai."),
                    _("Mở chi tiết có thể đánh dấu đã xem; dùng tài khoản riêng rồi đặt account-is-dedicated = yes."),
                )
            )  # fmt: skip
        if settings.file_mode == "path" and not settings.storage_hosts:
            advice = _("Ghi máy chủ lưu tệp vào storage-hosts; không có thì chỉ tải được tệp trên chính máy chủ iWork.")
            results.append(CheckResult(f"{name}-storage", "warn", _("Chưa khai máy chủ lưu tệp."), advice))
        if not live:
            return (*results, CheckResult(f"{name}-live", "skipped", _("Chưa thử kết nối iWork.")))
        try:
            next(self._pages(settings.lists[0]), None)
            results.append(CheckResult(f"{name}-list", "ok", _("Đọc được danh sách văn bản.")))
        except CongkhaiError as error:
            results.append(CheckResult(f"{name}-live", "fail", str(error), error.advice))
        return results


def _row(members: Any, direction: Direction) -> _Row | None:
    if not isinstance(members, Mapping):
        return None
    id_ = str(members.get("macongvan", ""))
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", id_):
        return None
    said = {name: _text(members, name) for name in _ROW} | {"secrecy": _marking(members), "files": _names(members)}
    return _Row(id_, direction, members, _digest(said))


def _text(members: Mapping[str, Any], name: str) -> str:
    lowered = {key.lower(): value for key, value in members.items()}
    for one in _NAMES[name]:
        found = members.get(one, lowered.get(one.lower()))
        if isinstance(found, str | int) and not isinstance(found, bool) and not is_empty(found):
            return clean(str(found))
    return ""


def _marking(*sources: Mapping[str, Any]) -> str | None:
    """Return the secrecy marking of row and detail; ``TenCapDo`` counts when it holds a secrecy word."""
    said, there = list[str](), False
    for members in sources:
        for key, raw in members.items():
            if key.lower() == "domat" or (key.lower() == "tencapdo" and _SECRET_WORD.search(clean(str(raw)))):
                there = True
                if not is_empty(raw):
                    word = clean(raw) if isinstance(raw, str) else f"?{json.dumps(raw, default=str)[:40]}"
                    if word not in said:
                        said.append(word)
    return " / ".join(said) if there else None


def _attachments(detail: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    rows = detail.get("Attachments")
    return tuple(row for row in rows if isinstance(row, Mapping)) if isinstance(rows, list) else ()


def _names(members: Mapping[str, Any]) -> list[str]:
    rows = members.get("files")
    if isinstance(rows, list):
        return [clean(str(name)) for name in rows]
    return [clean(str(row.get("FileName"))) for row in _attachments(members)]


def _digest(said: Mapping[str, Any]) -> str:
    written = json.dumps(said, ensure_ascii=False, sort_keys=True).encode("utf-8")
    return hashlib.sha256(written).hexdigest()[:32]


def _no_id(name: str, page: int, place: int) -> PulledProblem:
    return PulledProblem(
        ref=f"{name}-{page}-{place}", code="row-without-id",
        message=_("Một dòng trong danh sách của iWork không có mã văn bản."),
        advice=_("Gửi mã lỗi này cho đơn vị vận hành iWork."),
    )  # fmt: skip


@hookimpl
def register_connectors(register: RegisterConnector) -> None:
    """Offer ``type = iwork``."""
    register("iwork", IworkSettings, IworkConnector)


@hookimpl
def register_simulators(register: RegisterSimulator) -> None:
    """Offer the simulated iWork."""
    register("iwork", [sys.executable, "-m", "congkhai.connectors.simulators.iwork"])
