"""
The channel ``ioffice-notice``: a clerk publishes a notice in iOffice; congkhai finds it again by its key.

No call that creates a notice is known, so the act is a person's. The clerk puts the code that congkhai shows into the
title; the channel then looks for it in the list of notices, and in the details of the newest ones.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from congkhai.plugin.errors import CongkhaiError, NotAllowedError, OutsideError, UndecidedError
from congkhai.plugin.interfaces import Context
from congkhai.plugin.records import CheckResult, Notice, Probe, Receipt
from congkhai.plugin.text import _

from .ioffice_calls import Allowed
from .ioffice_client import IofficeClient
from .ioffice_fields import clean
from .ioffice_reply import Declined
from .ioffice_settings import IofficeNoticeSettings

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
    """Internal notices of one iOffice, published by people and looked at by us."""

    attended = True
    form = "intranet"

    def __init__(self, settings: IofficeNoticeSettings, context: Context) -> None:
        self.place = settings.place
        self._settings = settings
        self._context = context
        self._client = IofficeClient(settings, Allowed(login=settings.login_path), context.name)

    def publish(self, notice: Notice) -> Receipt:
        """Refuse: a person publishes. Raises NotAllowedError, always, with what the person has to do."""
        raise NotAllowedError(
            what=_("Thông báo trên iOffice do văn thư đăng."), where=self._context.name,
            advice=self.instructions(notice.key), code="congkhai-E233",
        )  # fmt: skip

    def instructions(self, key: str) -> str:
        """Say which code the clerk puts into the notice's title, by which it is found again."""
        return _("Đăng thông báo với tiêu đề kèm mã [{token}], rồi xác nhận tại đây.").format(token=notice_token(key))

    def find(self, key: str) -> Receipt | None:
        """Return the receipt of the notice that carries the key, None when none does. Raises UndecidedError."""
        try:
            found = self._look(key)
        except UndecidedError:
            raise
        except OutsideError as error:
            raise UndecidedError(
                what=error.what, where=error.where, advice=error.advice, code="congkhai-E322"
            ) from error
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
        """Refuse: a person takes the notice down. Raises NotAllowedError, always."""
        raise NotAllowedError(
            what=_("Thông báo trên iOffice do văn thư gỡ."), where=self._context.name,
            advice=_("Gỡ thông báo mang mã [{token}], rồi xác nhận tại đây.").format(token=notice_token(key)),
            code="congkhai-E233",
        )  # fmt: skip

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Check, with `live`, that the notices can be read."""
        id_ = f"{self._context.name}-notices"
        if not live:
            return (CheckResult(id_, "skipped", _("Chưa thử đọc thông báo của iOffice.")),)
        try:
            self._page(1)
        except CongkhaiError as error:
            return (CheckResult(id_, "fail", str(error), error.advice),)
        return (CheckResult(id_, "ok", _("Đọc được danh sách thông báo của iOffice.")),)

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


def _carries(members: Mapping[str, Any], marks: tuple[str, ...]) -> bool:
    text = clean(json.dumps(members, ensure_ascii=False, default=str)).casefold()
    return any(mark in text for mark in marks)


def _found(id_: str, row: Mapping[str, Any]) -> _Found:
    stable = {name: row.get(name) for name in ("id", "title", "link", "type", "createdDate", "createdUser")}
    digest = hashlib.sha256(json.dumps(stable, ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()
    link = row.get("link")
    return _Found(id_, clean(str(row.get("title") or "")), link.lstrip("/") if isinstance(link, str) else "", digest)
