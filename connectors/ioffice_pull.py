"""
Walking through iOffice's lists: windows, pages, what is new, and where to go on next time.

The advanced search has no arrival window, so each run asks for an issue-date window that overlaps the former one by a
setting, adds the account's own lists, and from time to time reads everything again (full sweep). The cursor is JSON::

    {"v": 1, "to": day up to which was searched, "swept": moment of the last full sweep, "gone": {remote id: count},
     "tops": {personal list: opaque ids of its newest rows}}

It is offered only after the last list of a run; what an interrupted run offered is recognised by its fingerprint, so
the next run goes through the same window without opening those papers again, and down the account's own lists to where
the last complete run began.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from congkhai.plugin.clock import Clock, local_date
from congkhai.plugin.errors import OutsideError
from congkhai.plugin.interfaces import Known
from congkhai.plugin.records import CursorMark, Pulled, PulledDocument, PulledProblem
from congkhai.plugin.text import _

from .doubts import doubts
from .ioffice_client import IofficeClient
from .ioffice_fields import Row, document_of, is_empty, respelt, row_of, unchanged, value
from .ioffice_reply import Declined
from .ioffice_settings import IofficeSettings, pairs
from .list_depth import ANCHORS, Depth

log = logging.getLogger("congkhai.connectors.ioffice")

AHEAD = timedelta(days=31)
"""How far beyond today the window reaches: papers dated ahead, or dated wrongly, are not missed."""
_GIVE_UP = 2
"""Runs in a row in which a paper is listed and cannot be opened, until the matter is closed with a note."""
SEARCH_MEMBERS = (
    "trichYeu", "soKyHieu", "type", "linhVuc", "priority", "confidential", "startDateBanHanh", "endDateBanHanh",
    "startDateSoanThao", "endDateSoanThao", "startDateHanXuLy", "endDateHanXuLy", "coQuanBanHanh", "soVanBan", "soDen",
    "txtToanVan", "searchToanVan", "fieldSort", "sort",
)  # fmt: skip
_PATHS = {
    "search": "api/document/lookupdocument/",
    "waiting": "api/document/getlistwaitingdocument/",
    "processed": "api/document/getlistprocesseddocument/",
    "notify": "api/document/getlistnotifydocument/",
    "overdue": "api/document/getlistoutdatedocument/",
}
_TWINS = {
    "search": "api/document/paginglookupdocument/",
    "waiting": "api/document/getpagingwaitingdocument/",
    "processed": "api/document/getpagingprocesseddocument/",
    "notify": "api/document/getpagingnotifydocument/",
    "overdue": "api/document/getpagingoutdatedocument/",
}
"""What counts the pages of each list; asked only with ``count-lists``, since newer builds do without."""
_CATALOGUE = "api/document/getlisttypecode/"


@dataclass(frozen=True, slots=True)
class Cursor:
    """
    Where the last complete run ended.

    Attributes:
        to: day of that run, None before the first.
        swept: moment of the last full sweep (the first run counts as one).
        gone: papers that were listed and could not be opened, and in how many runs.
        tops: opaque ids of the newest rows of each personal list in that run.
    """

    to: date | None = None
    swept: datetime | None = None
    gone: Mapping[str, int] = field(default_factory=dict)
    tops: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def write(self) -> str:
        """Return the cursor as intake keeps it."""
        kept: dict[str, Any] = {"v": 1, "gone": dict(sorted(self.gone.items()))}
        kept["tops"] = {name: list(ids) for name, ids in self.tops.items()}
        if self.to and self.swept:
            kept |= {"to": self.to.isoformat(), "swept": self.swept.isoformat()}
        return json.dumps(kept, sort_keys=True)


def read_cursor(text: str | None) -> Cursor:
    """Read a cursor; one of another version starts from the beginning, which costs time and loses nothing."""
    if text is None:
        return Cursor()
    try:
        kept = json.loads(text)
        gone = {str(key): int(count) for key, count in kept["gone"].items()}
        tops = {str(name): tuple(map(str, ids)) for name, ids in kept.get("tops", {}).items()}
        cursor = Cursor(date.fromisoformat(kept["to"]), datetime.fromisoformat(kept["swept"]), gone, tops)
        understood = kept["v"] == 1
    except (ValueError, KeyError, TypeError, AttributeError):
        understood = False
    if understood:
        return cursor
    log.warning("cursor not understood, starting from the beginning")
    return Cursor()


class Pull:
    """One run over the lists of one source."""

    def __init__(
        self, settings: IofficeSettings, client: IofficeClient, clock: Clock, known: Known,
        plain: Callable[[str | None], bool],
    ) -> None:  # fmt: skip
        """
        Args:
            plain: whether a marking means "not secret"; of papers for which it does not, nothing is said at all.
        """
        self._settings = settings
        self._client = client
        self._known = known
        self._plain = plain
        self._names = pairs(settings.field_names)
        self._types: dict[str, str] | None = None
        self._now = clock.now()
        self._today = local_date(self._now)
        self._gone: dict[str, int] = {}

    def run(self, cursor: Cursor) -> Iterator[Pulled]:
        """
        Offer what is new or changed, then the new cursor.

        Raises:
            OutsideError, AccessError: what was offered before stands; the cursor stays.
        """
        swept = cursor.swept
        first = swept is None
        # The first run opens everything anyway; when it is interrupted it must go on, not start again.
        sweep = swept is not None and self._now - swept >= self._settings.full_sweep_every
        seen: set[str] = set()
        tops: dict[str, list[str]] = {name: [] for name in self._settings.lists if name != "search"}
        for name in self._settings.lists:
            window = self._window(cursor, everything=first, sweep=sweep) if name == "search" else {}
            quiet, depth = 0, Depth(cursor.tops.get(name, ()))
            for page in self._pages(name, window):
                fresh = False
                if name in tops:
                    tickets = [self._known.ticket(row.remote_id) for row in page if isinstance(row, Row)]
                    tops[name] += tickets[: ANCHORS - len(tops[name])]
                    depth.pass_by(tickets)
                for found in page:
                    if isinstance(found, PulledProblem):
                        yield found
                        continue
                    if found.remote_id in seen:
                        continue
                    seen.add(found.remote_id)
                    for offered in self._offer(found, cursor, sweep=sweep):
                        fresh = True
                        yield offered
                quiet = 0 if fresh else quiet + 1
                enough = depth.reached and quiet >= self._settings.quiet_pages
                if name != "search" and not sweep and not first and enough:
                    break  # personal lists show the newest first; a sweep walks them to their end
        kept = swept if swept is not None and not sweep else self._now
        yield CursorMark(Cursor(self._today, kept, self._gone, tops).write())

    def search(self, **members: str) -> Iterator[Row | PulledProblem]:
        """
        Walk the advanced search for what these members say, to its end; the operator's ``search-options`` hold too.

        Raises:
            OutsideError: as `run`, also for a list without end.
        """
        options = pairs(self._settings.search_options)
        for page in self._pages("search", {**dict.fromkeys(SEARCH_MEMBERS, ""), **options, **members}):
            yield from page

    def _window(self, cursor: Cursor, *, everything: bool, sweep: bool) -> dict[str, str]:
        start = self._settings.pull_since
        if sweep and self._settings.sweep_days:
            start = _later(start, self._today - timedelta(days=self._settings.sweep_days))
        elif not everything and not sweep and cursor.to is not None:
            start = _later(start, cursor.to - timedelta(days=self._settings.overlap_days))
        parameter = {**dict.fromkeys(SEARCH_MEMBERS, ""), **pairs(self._settings.search_options)}
        if start is not None:
            parameter["startDateBanHanh"] = f"{start:%d/%m/%Y}"
            parameter["endDateBanHanh"] = f"{self._today + AHEAD:%d/%m/%Y}"
        return parameter

    def _pages(self, name: str, parameter: Mapping[str, str]) -> Iterator[list[Row | PulledProblem]]:
        """
        Walk one list by page number until a page is empty or shows nothing that this walk has not seen.

        Neither a short page nor a total ends it: servers cap the page size, repeat border rows, and count them twice.
        """
        seen: set[str] = set()
        for number in range(1, self._settings.max_pages + 1):
            raw = self._page(name, number, parameter)
            rows: list[Row | PulledProblem] = []
            before = len(seen)
            for place, members in enumerate(raw, start=1):
                row = row_of(respelt(members, self._names) if isinstance(members, Mapping) else members)
                if row is None:
                    rows.append(_no_id(name, number, place))
                elif row.remote_id not in seen:
                    seen.add(row.remote_id)
                    rows.append(row)
            if rows:
                yield rows
            if len(seen) == before:
                if problem := self._counted(name, number, parameter):
                    yield [problem]
                return
        raise OutsideError(
            what=_("Danh sách {name} của iOffice dài quá {count} trang.").format(
                name=name, count=self._settings.max_pages
            ),
            advice=_("Đặt pull-since gần hơn, tăng page-size hoặc max-pages."),
            code="congkhai-E334",
        )

    def _counted(self, name: str, walked: int, parameter: Mapping[str, str]) -> PulledProblem | None:
        """Hold the walk against the list's counting twin: a list that ended early is told, never taken for whole."""
        if not self._settings.count_lists:
            return None
        try:
            data = self._client.read("POST", _TWINS[name], self._asked(name, 1, parameter))
        except Declined:
            return None  # a deployment without the twin
        pages = data.get("pageNo") if isinstance(data, Mapping) else None
        if not str(pages).isdecimal() or int(str(pages)) <= walked:
            return None
        return PulledProblem(
            ref=f"{name}-count", code="list-short",
            message=_("Danh sách {name} của iOffice dừng ở trang {walked}, còn iOffice đếm {pages} trang.").format(
                name=name, walked=walked, pages=pages
            ),
            advice=_("Đặt page-size nhỏ hơn; nếu lặp lại, báo đơn vị vận hành iOffice."),
        )  # fmt: skip

    def _asked(self, name: str, number: int, parameter: Mapping[str, str]) -> dict[str, Any]:
        # Page number and size travel as text; the product answers numbers with an error.
        body: dict[str, Any] = {"pageNo": str(number), "pageRec": str(self._settings.page_size)}
        if name == "search":
            body["parameter"] = dict(parameter)
        elif name == "waiting":
            body |= {"param": "", "kho": self._settings.waiting_kho}
        elif name == "overdue":
            body["param"] = ""
        else:
            body["parameter"] = {"uyQuyen": None, "param": ""}
            if name == "notify":
                body["parameter"]["status"] = ""
        return body

    def _page(self, name: str, number: int, parameter: Mapping[str, str]) -> list[Any]:
        try:
            data = self._client.read("POST", _PATHS[name], self._asked(name, number, parameter))
        except Declined as error:
            raise self._client.outside(error) from error
        if data is None or data == "":
            return []
        if not isinstance(data, list):
            raise self._client.outside(Declined("list-shape"))
        return data

    def _offer(self, row: Row, cursor: Cursor, *, sweep: bool) -> Iterator[PulledDocument | PulledProblem]:
        held = None if self._known.lacks_files(row.remote_id) else self._known.fingerprint(row.remote_id)
        if not sweep:
            misses = cursor.gone.get(row.remote_id, 0)
            if unchanged(row, held) or self._known.refused(row.remote_id):
                return
            if misses >= _GIVE_UP:
                self._gone[row.remote_id] = misses
                return
        try:
            detail = self._client.read("GET", f"api/document/getdetaildocument/{row.id}/")
        except Declined as error:
            yield self._missing(row, cursor, error.code)
            return
        if not isinstance(detail, Mapping):
            yield self._missing(row, cursor, "detail-shape")
            return
        document = document_of(row, self._typed(respelt(detail, self._names)), self._today)
        if document.fingerprint != held:
            if self._plain(document.secrecy):
                yield from doubts(document, document.remote_id)
            yield document

    def _typed(self, detail: Mapping[str, Any]) -> Mapping[str, Any]:
        """Put the name of the paper's type where the detail gives its code only; the catalogue is read once a run."""
        code = detail.get("typeCode")
        if value(detail, "type") != code or not isinstance(code, str) or is_empty(code):
            return detail
        if self._types is None:
            try:
                rows = self._client.read("GET", _CATALOGUE)
            except Declined:
                rows = []
            self._types = {
                str(one["code"]): one["name"]
                for one in (rows if isinstance(rows, list) else ())
                if isinstance(one, Mapping) and isinstance(one.get("name"), str) and one.get("code") is not None
            }
        return {**detail, "hinhThucVanBan": self._types.get(code, code)}

    def _missing(self, row: Row, cursor: Cursor, code: str) -> PulledProblem:
        count = cursor.gone.get(row.remote_id, 0) + 1
        self._gone[row.remote_id] = count
        closed = count >= _GIVE_UP
        return PulledProblem(
            ref=row.remote_id,
            code="gone-closed" if closed else "gone",
            message=_("iOffice liệt kê văn bản nhưng không mở được chi tiết ({code}).").format(code=code),
            advice=_("Không thử nữa cho đến lượt đọc lại toàn bộ; mở văn bản trong iOffice để kiểm tra.")
            if closed
            else _("congkhai thử lại ở lượt sau."),
        )


def _later(one: date | None, other: date) -> date:
    return other if one is None else max(one, other)


def _no_id(name: str, page: int, place: int) -> PulledProblem:
    return PulledProblem(
        ref=f"{name}-{page}-{place}",
        code="row-without-id",
        message=_("Một dòng trong danh sách của iOffice không có mã văn bản."),
        advice=_("Gửi mã lỗi này cho đơn vị vận hành iOffice."),
    )
