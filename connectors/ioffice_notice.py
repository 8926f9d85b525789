"""
The channel ``ioffice-notice``: a notice in iOffice that congkhai finds again by its key.

No call that creates a notice is known, so the act is a person's: the clerk puts the code that congkhai shows into the
title. Where a province gives a call (``publish-path``), congkhai publishes with the same code in the title; taking down
stays a person's act, because no call for it is known. In both cases the channel looks for the code in the list of
notices, and in the details of the newest ones.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from congkhai.plugin.errors import CongkhaiError, NotAllowedError, UndecidedError
from congkhai.plugin.interfaces import Context
from congkhai.plugin.records import CheckResult, Guard, Notice, Probe, Receipt
from congkhai.plugin.text import _

from .ioffice_calls import Allowed
from .ioffice_client import IofficeClient
from .ioffice_fields import clean
from .ioffice_reply import Declined, Transient
from .ioffice_settings import IofficeNoticeSettings, pairs
from .read_back import telling_or_undecided

_LIST = "api/notifycation/getlistnotify/v2/"


@dataclass(frozen=True, slots=True)
class _Found:
    id: str
    title: str
    link: str
    sha256: str


def notice_token(key: str) -> str:
    """Return the short code a clerk types into a notice's title: ``CK-`` and ten characters, fixed for each key."""
    return "CK-" + hashlib.sha256(key.encode()).hexdigest()[:10].upper()


class IofficeNotice:
    """Internal notices of one iOffice, published by people, or by us where there is a call for it."""

    form = "intranet"

    def __init__(self, settings: IofficeNoticeSettings, context: Context) -> None:
        self.attended = not settings.publish_path
        self.place = settings.place
        self._settings = settings
        self._context = context
        allowed = Allowed(login=settings.login_path, user_token=settings.user_token_call, notice=settings.publish_path)
        self._client = IofficeClient(settings, allowed, context.name, context.folder)

    def publish(self, notice: Notice) -> Receipt:
        """
        Publish by the province's call, once, with the code in the title; the files stay with the other channels.

        Raises:
            NotAllowedError: there is no such call; a person publishes, and `instructions` says how.
            OutsideError: it certainly was not published.
            UndecidedError: no answer, and the list of notices does not show it (yet).
        """
        if self.attended:
            raise NotAllowedError(
                what=_("Thông báo trên iOffice do văn thư đăng."), where=self._context.name,
                advice=self.instructions(notice.key), code="congkhai-E233",
            )  # fmt: skip
        code = notice_token(notice.key)
        given = {"title": f"{notice.title} [{code}]", "body": notice.body, "code": code, "key": notice.key}
        body = {name: _filled(value, given) for name, value in pairs(self._settings.publish_fields).items()}
        try:
            data = self._client.write(self._settings.publish_path, body)
        except (Transient, Declined) as error:
            if isinstance(error, Declined) or not error.reached:
                raise self._client.outside(error) from error
            shown = self.find(notice.key)
            if shown is None:
                raise self._client.web.unclear(error) from error
            return shown
        remote = str(data) if isinstance(data, int | str) and str(data).isalnum() else code
        return Receipt(notice.key, remote, self._context.clock.now(), given["title"])

    def guard(self) -> Guard:
        """Return the state of the circuit breaker."""
        return self._client.web.guard()

    def instructions(self, key: str) -> str:
        """Say which code the clerk puts into the notice's title, by which it is found again; empty when we publish."""
        if not self.attended:
            return ""
        return _("Đăng thông báo với tiêu đề kèm mã [{token}], rồi xác nhận tại đây.").format(token=notice_token(key))

    def find(self, key: str) -> Receipt | None:
        """Return the receipt of the notice that carries the key, None when none does. Raises UndecidedError."""
        with telling_or_undecided("congkhai-E322"):
            found = self._look(key)
        if found is None:
            return None
        return Receipt(key, found.id, self._context.clock.now(), found.title)

    def probe(self, key: str) -> Probe:
        """Look whether the notice is still listed; None of `visible` when iOffice does not answer."""
        now = self._context.clock.now()
        try:
            found = self._look(key)
        except CongkhaiError as error:
            return Probe(now, None, message=str(error))
        if found is None:
            return Probe(now, False, message=_("Không thấy thông báo mang mã này trong iOffice."))
        return Probe(now, True, self._settings.base_url + found.link, found.sha256)

    def withdraw(self, key: str) -> None:
        """
        Leave it to a person: no call for it is known.

        Raises:
            NotAllowedError: an attended channel.
            UndecidedError: we published, the notice is still listed, and a person has to take it down and say so.
            OutsideError: the list cannot be read.
        """
        if not self.attended:
            if self._look(key) is None:
                return  # somebody has taken it down already
            raise UndecidedError(
                what=_("Thông báo mang mã [{token}] vẫn còn trên iOffice.").format(token=notice_token(key)),
                where=self._context.name,
                advice=_("Gỡ thông báo trong iOffice rồi ghi nhận; congkhai không có lời gọi để gỡ."),
                code="congkhai-E322",
            )
        raise NotAllowedError(
            what=_("Thông báo trên iOffice do văn thư gỡ."), where=self._context.name,
            advice=_("Gỡ thông báo mang mã [{token}], rồi xác nhận tại đây.").format(token=notice_token(key)),
            code="congkhai-E233",
        )  # fmt: skip

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Check the settings, and with `live` that the notices can be read."""
        id_ = f"{self._context.name}-notices"
        results = []
        if not self.attended:
            what = _("congkhai tự đăng thông báo bằng lời gọi do tỉnh cấp; cách gọi này chưa có tài liệu công bố.")
            advice = _("Đăng thử một thông báo và hỏi đơn vị vận hành; tệp đính kèm không được gửi, gỡ bằng tay.")
            results.append(CheckResult(f"{self._context.name}-publish", "warn", what, advice))
        if not live:
            return (*results, CheckResult(id_, "skipped", _("Chưa thử đọc thông báo của iOffice.")))
        try:
            self._page(1)
        except CongkhaiError as error:
            return (*results, CheckResult(id_, "fail", str(error), error.advice))
        return (*results, CheckResult(id_, "ok", _("Đọc được danh sách thông báo của iOffice.")))

    def _look(self, key: str) -> _Found | None:
        """Walk the list newest first, then open the newest notices. Raises OutsideError, UndecidedError."""
        marks = (key.casefold(), notice_token(key).casefold())
        seen: dict[str, Mapping[str, Any]] = {}
        for number in range(1, self._settings.max_pages + 1):
            rows = {str(row.get("id", "")): row for row in self._page(number) if isinstance(row, Mapping)}
            fresh = {id_: row for id_, row in rows.items() if id_ and id_ not in seen}
            for id_, row in fresh.items():
                if _carries(row, marks):
                    return _found(id_, row)
            seen |= fresh
            if not fresh:
                break
        else:
            raise UndecidedError(
                what=_("Danh sách thông báo của iOffice quá dài để xem hết."), where=self._context.name,
                advice=_("Tăng max-pages, hoặc kiểm tra bằng mắt rồi xác nhận."), code="congkhai-E322",
            )  # fmt: skip
        return self._look_inside(seen, marks)

    def _look_inside(self, rows: Mapping[str, Mapping[str, Any]], marks: tuple[str, ...]) -> _Found | None:
        for id_ in list(rows)[: self._settings.details]:
            if not id_.isalnum():
                continue
            try:
                detail = self._client.read("GET", f"api/notifycation/getdetailnotify/{id_}/")
            except Declined:
                continue  # taken down between list and detail
            if isinstance(detail, Mapping) and _carries(detail, marks):
                return _found(id_, rows[id_])
        return None

    def _page(self, number: int) -> list[Any]:
        body = {"pageNo": str(number), "pageRec": str(self._settings.page_size)}
        try:
            data = self._client.read("POST", _LIST, body)
        except Declined as error:
            raise self._client.outside(error) from error
        return data if isinstance(data, list) else []


def _filled(value: str, given: Mapping[str, str]) -> str:
    """Fill the places of a setting in one pass: what a title holds is never read as a place."""
    return re.sub(r"\{(title|body|code|key)\}", lambda found: given[found[1]], value)


def _carries(members: Mapping[str, Any], marks: tuple[str, ...]) -> bool:
    text = clean(json.dumps(members, ensure_ascii=False, default=str)).casefold()
    return any(mark in text for mark in marks)


def _found(id_: str, row: Mapping[str, Any]) -> _Found:
    stable = {name: row.get(name) for name in ("id", "title", "link", "type", "createdDate", "createdUser")}
    written = json.dumps(stable, ensure_ascii=False, sort_keys=True, default=str).encode("utf-8", "replace")
    digest = hashlib.sha256(written).hexdigest()
    link = row.get("link")
    return _Found(id_, clean(str(row.get("title") or "")), link.lstrip("/") if isinstance(link, str) else "", digest)
