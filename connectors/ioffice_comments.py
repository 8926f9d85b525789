"""
The source of feedback ``ioffice-comments``: what people wrote in iOffice about a disclosure, and nothing else.

iOffice keeps what is written beside a paper in the paper's activity log, where officials also instruct each other. So
the log of each outgoing paper is read (which marks nothing as read), and only those rows are taken whose comment names
the code of a disclosure (``GY-…``), as the notices ask for; of every other row nothing is kept, logged or counted. The
members of a row (``fullName, updateBy, updateDate, comment``) are known from a client's source only.

The contract does not tell a source which disclosures are open, so each reading walks the outgoing papers that were
issued within ``days``. The cursor holds the keys of the comments that the last reading met:

    {"v": 1, "met": [key, …]}
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from congkhai.plugin.clock import local_date
from congkhai.plugin.errors import CongkhaiError, OutsideError
from congkhai.plugin.interfaces import Context, PulledFeedback, feedback_codes
from congkhai.plugin.records import CheckResult, CursorMark
from congkhai.plugin.text import _

from .ioffice_calls import Allowed
from .ioffice_client import IofficeClient
from .ioffice_fields import Row, clean, day, is_empty, moment, row_of, text_of, value
from .ioffice_pull import AHEAD, SEARCH_MEMBERS
from .ioffice_reply import Declined
from .ioffice_settings import IofficeCommentsSettings

_LIST = "api/document/lookupdocument/"
_SHOWN = 3
"""Papers that an error names."""


class IofficeComments:
    """What is written beside the outgoing papers of one iOffice and names a disclosure."""

    attended = False

    def __init__(self, settings: IofficeCommentsSettings, context: Context) -> None:
        self.title = settings.title
        self._settings = settings
        self._context = context
        allowed = Allowed(login=settings.login_path, user_token=settings.user_token_call)
        self._client = IofficeClient(settings, allowed, context.name, context.folder)

    def pull(self, cursor: str | None) -> Iterator[PulledFeedback | CursorMark]:
        """
        Offer the comments that name a disclosure and were not met before.

        Raises:
            OutsideError: list or logs could not be read; a log that alone cannot be read (``congkhai-E840``) is told
                after all others were read.
            AccessError: iOffice refused us.
        """
        before, met, unread = _met(cursor), set[str](), []
        for row in self._outgoing():
            if row is None:
                unread.append("?")
                continue
            log = self._log(row.id)
            if log is None:
                unread.append(row.id)
                continue
            for found in self._comments(row.id, log):
                if found.key not in met and found.key not in before:
                    yield found
                met.add(found.key)
        # While some log cannot be read, what it showed earlier is not forgotten.
        yield CursorMark(json.dumps({"v": 1, "met": sorted(met | before if unread else met)}))
        if unread:
            raise OutsideError(
                what=_("Không đọc được nhật ký xử lý của {count} văn bản đi trên iOffice ({ids}).").format(
                    count=len(unread), ids=", ".join(unread[:_SHOWN]) + (", …" if len(unread) > _SHOWN else "")
                ),
                where=self._context.name, code="congkhai-E840",
                advice=_("Các văn bản khác đã đọc xong; kiểm tra quyền của tài khoản, congkhai thử lại ở lượt sau."),
            )  # fmt: skip

    def acknowledge(self, key: str) -> bool:  # noqa: ARG002 - the contract's argument
        """Return False: writing into an activity log is never allowed."""
        return False

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Say what is read; with `live`, read the list and one log."""
        id_ = "feedback.ioffice-comments"
        if not live:
            return (CheckResult(id_, "skipped", _("Chưa thử đọc nhật ký xử lý của iOffice.")),)
        try:
            first = next((row for row in self._outgoing() if row is not None), None)
            read = first is None or self._log(first.id) is not None
        except CongkhaiError as error:
            return (CheckResult(id_, "fail", str(error), error.advice),)
        if first is None:
            what = _("Đọc được danh sách của iOffice; chưa có văn bản đi nào trong {days} ngày gần đây.")
            return (CheckResult(id_, "ok", what.format(days=self._settings.days)),)
        if read:
            return (CheckResult(id_, "ok", _("Đọc được nhật ký xử lý của văn bản đi trên iOffice.")),)
        advice = _("Hỏi đơn vị vận hành iOffice: hình thức nhật ký xử lý chưa có tài liệu công bố.")
        return (CheckResult(id_, "fail", _("Không đọc được nhật ký xử lý của văn bản đi trên iOffice."), advice),)

    def _outgoing(self) -> Iterator[Row | None]:
        """
        Walk the search to its end and give each outgoing paper of the window once; None for a row without an id.

        A row that does not say its direction counts as outgoing: only what names a disclosure is taken anyway.

        Raises:
            OutsideError: no usable list, or one without end (``congkhai-E841``).
        """
        today = local_date(self._context.clock.now())
        start, seen = today - timedelta(days=self._settings.days), set[str]()
        for number in range(1, self._settings.max_pages + 1):
            fresh = False
            for members in self._page(number, start, today):
                row = row_of(members)
                incoming = isinstance(members, Mapping) and text_of(members, "direction") == "1"
                if row is not None and row.remote_id in seen:
                    continue
                if row is not None:
                    fresh = True
                    seen.add(row.remote_id)
                    issued = day(value(row.members, "issued"))[0]
                    if issued is not None and issued < start:
                        continue  # the search of some deployments does without the window
                if not incoming:
                    yield row
            if not fresh:
                return
        raise OutsideError(
            what=_("Danh sách văn bản của iOffice dài quá {count} trang.").format(count=self._settings.max_pages),
            where=self._context.name, advice=_("Giảm days, hoặc tăng page-size hay max-pages."), code="congkhai-E841",
        )  # fmt: skip

    def _page(self, number: int, start: date, today: date) -> list[Any]:
        window = {"startDateBanHanh": f"{start:%d/%m/%Y}", "endDateBanHanh": f"{today + AHEAD:%d/%m/%Y}"}
        # Page number and size travel as text; the product answers numbers with an error.
        body = {
            "pageNo": str(number), "pageRec": str(self._settings.page_size),
            "parameter": {**dict.fromkeys(SEARCH_MEMBERS, ""), **window},
        }  # fmt: skip
        try:
            data = self._client.read("POST", _LIST, body)
        except Declined as error:
            raise self._client.outside(error) from error
        if data is None or data == "":
            return []
        if not isinstance(data, list):
            raise self._client.outside(Declined("list-shape"))
        return data

    def _log(self, id_: str) -> list[Any] | None:
        """Return the rows of one activity log; None when iOffice refuses it, or it is no list."""
        try:
            data = self._client.read("GET", f"api/document/getactivitylog/{id_}/")
        except Declined:
            return None
        if data is None or data == "":
            return []
        return data if isinstance(data, list) else None

    def _comments(self, id_: str, log: list[Any]) -> Iterator[PulledFeedback]:
        """Give the rows whose comment names a disclosure; everything else is passed over without a word."""
        now = self._context.clock.now()
        for row in log:
            said = row.get("comment") if isinstance(row, Mapping) else None
            text = _lines(said) if isinstance(said, str) else ""
            codes = feedback_codes(text)
            if not codes:
                continue
            at, unreadable = moment(row.get("updateDate"))
            known = at is not None and at <= now
            yield PulledFeedback(
                key=_key(id_, row, text), received_at=at if at is not None and known else now, text=text,
                subject=" ".join(codes), sender=_word(row.get("fullName")) or _word(row.get("updateBy")),
                note=_note(id_, "" if known else unreadable or _word(row.get("updateDate")), dated=known),
            )  # fmt: skip


def _met(cursor: str | None) -> set[str]:
    """Read a cursor; one that cannot be read means that nothing was met, which loses nothing."""
    try:
        kept = json.loads(cursor or "{}")
        return {str(key) for key in kept["met"]} if kept["v"] == 1 else set()
    except (ValueError, KeyError, TypeError):
        return set()


def _lines(text: str) -> str:
    """Return a comment in NFC, without control characters, its lines kept."""
    return "\n".join(filter(None, map(clean, text.splitlines())))


def _word(raw: Any) -> str:
    return "" if is_empty(raw) else clean(str(raw))[:200]


def _key(id_: str, row: Mapping[str, Any], text: str) -> str:
    """Return what names the comment for ever: the log gives no id of its own."""
    said = [id_, _word(row.get("updateDate")), _word(row.get("updateBy")), text]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def _note(id_: str, written: str, *, dated: bool) -> str:
    note = _("Ghi trên iOffice, ở văn bản có mã {id}.").format(id=id_)
    if dated:
        return note
    when = _("Thời điểm trên iOffice không đọc được ({written}); ghi theo lúc lấy về.").format(written=written[:40])
    return f"{note} {when}"
