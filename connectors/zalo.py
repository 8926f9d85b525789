"""
The channel ``zalo``: an article on a Zalo Official Account, through the open API (articles are v2.0, sign-in is v4).

An article is made hidden and shown by a second call that may be repeated, so nothing is ever public twice. Its title
ends in a code made from the key, by which it is found again. Articles carry no files: papers are named with their
digests and a link to the page that has them. Zalo answers errors with HTTP 200 and ``error`` below zero.
"""

import hashlib
import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from congkhai.plugin.clock import SystemClock
from congkhai.plugin.config.secrets import Secret
from congkhai.plugin.config.settings import YesNo
from congkhai.plugin.errors import AccessError, CongkhaiError, OutsideError, UndecidedError
from congkhai.plugin.hooks import RegisterChannel, RegisterSimulator, hookimpl
from congkhai.plugin.interfaces import Context, feedback_code
from congkhai.plugin.platform import write_durably
from congkhai.plugin.records import CheckResult, Guard, Notice, Probe, Receipt
from congkhai.plugin.text import _

from .manners import Outgoing, OutgoingSettings, Transient
from .portal_record import folder_of
from .read_back import telling_or_undecided
from .zalo_tokens import ZaloTokens

ZALO_CODE = "congkhai-E588"
_TITLE, _DESCRIPTION, _PAGE = 150, 300, 10
_BAD_TOKEN = frozenset({-216, -124, -220})
_NOT_READY = frozenset({-214})
_TRIES = 5


class ZaloSettings(OutgoingSettings):
    """Keys of ``[channel:NAME] type = zalo``."""

    app_id: str = Field(min_length=1, description="Mã ứng dụng trên developers.zalo.me.")
    secret_key: Secret = Field(description="Khóa bí mật của ứng dụng, dạng tham chiếu.")
    refresh_token: Secret = Field(
        description="Mã làm mới nhận khi cấp quyền cho ứng dụng, dạng tham chiếu; chỉ dùng lần đầu, sau đó congkhai tự "
        "giữ mã mới."
    )
    cover_url: str = Field(description="Địa chỉ https của ảnh bìa; Zalo bắt buộc mỗi bài có ảnh bìa.")
    author: str = Field(min_length=1, max_length=50, description="Tác giả ghi trên bài, ví dụ UBND xã Mẫu Sơn.")
    page_url: str = Field(
        default="", description="Trang có toàn văn, chứa {disclosure}; bài viết trên Zalo không kèm được tệp."
    )
    form: str = Field(default="other_form", description="Hình thức công khai trong quy chế.")
    place: str = Field(
        default="Trang Zalo Official Account của cơ quan", description="Nơi người xem thấy, ghi vào biên bản."
    )
    comments: YesNo = Field(default=False, description="Cho bình luận dưới bài; congkhai không đọc được bình luận đó.")
    max_pages: int = Field(default=100, ge=1, le=1000, description="Số trang danh sách (10 bài) xem khi tìm lại bài.")
    api_url: str = Field(default="https://openapi.zalo.me/", description="Địa chỉ Open API.")
    oauth_url: str = Field(default="https://oauth.zaloapp.com/", description="Địa chỉ cấp mã truy cập.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for key in ("api_url", "oauth_url"):
            self.require_safe(getattr(self, key), key.replace("_", "-"))
        if urlsplit(self.cover_url).scheme != "https":
            raise ValueError("cover-url là một địa chỉ https")
        if self.page_url and ("{disclosure}" not in self.page_url or urlsplit(self.page_url).scheme != "https"):
            raise ValueError("page-url là một địa chỉ https có {disclosure}")
        return self


def title_code(key: str) -> str:
    """Return the code at the end of an article's title: ``CK-`` and ten characters, fixed for each key."""
    return "CK-" + hashlib.sha256(key.encode()).hexdigest()[:10].upper()


class ZaloChannel:
    """Articles of one Official Account; everybody may read them."""

    attended = False
    audience = "public"

    def __init__(self, settings: ZaloSettings, context: Context) -> None:
        self.form = settings.form
        self.place = settings.place
        self._settings = settings
        self._context = context
        self._web = Outgoing(
            settings, context.name, folder=context.folder, system="Zalo",
            origins=[settings.api_url, settings.oauth_url],
        )  # fmt: skip
        self._api = f"{settings.api_url.rstrip('/')}/v2.0/article/"
        self._tokens = ZaloTokens(
            self._web, context.folder, SystemClock(), address=f"{settings.oauth_url.rstrip('/')}/v4/oa/access_token",
            app_id=settings.app_id, secret=settings.secret_key, seed=settings.refresh_token,
        )  # fmt: skip
        self.sleep = time.sleep

    def publish(self, notice: Notice) -> Receipt:
        """Make the article hidden, learn its id, and show it. Raises OutsideError, AccessError: it is not public."""
        article = self._article(notice)
        found = self._look(notice.key)
        number = str(found["id"]) if found else ""
        if not number:
            token = str(self._create(article).get("token", ""))
            number = self._verified(token)
            self._remember(notice.key, number)
        self._call("update", {**article, "id": number, "status": "show"}, repeat=True)
        return self._receipt(notice.key, number)

    def instructions(self, key: str) -> str:  # noqa: ARG002 - the contract's argument; nobody has to do anything here
        """Return nothing: the article is made by the daemon."""
        return ""

    def find(self, key: str) -> Receipt | None:
        """Read back: the receipt of the article that is shown under this key, or None. Raises UndecidedError."""
        with telling_or_undecided("congkhai-E589"):
            found = self._look(key)
        shown = found is not None and found.get("status") == "show"
        return self._receipt(key, str(found["id"])) if found and shown else None

    def probe(self, key: str) -> Probe:
        """Look at the article through the API; the digest is of title, description and text."""
        now, began = self._context.clock.now(), self._web.ticks()
        try:
            article = self._look(key) or {}
        except CongkhaiError as error:
            return Probe(now, None, message=str(error))
        took = round((self._web.ticks() - began) * 1000)
        if article.get("status") != "show":
            message = _("Không có bài mang mã này trên Zalo, hoặc bài đang ẩn.")
            return Probe(now, False, message=message, latency_ms=took)
        words = [article.get(name) for name in ("title", "description", "body")]
        digest = hashlib.sha256(json.dumps(words, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
        return Probe(now, True, str(article.get("link_view") or article.get("link") or ""), digest, latency_ms=took)

    def withdraw(self, key: str) -> None:
        """Remove the article; one that is not there any more is no failure. Raises OutsideError."""
        found = self._look(key)
        if found is None:
            return
        try:
            self._call("remove", {"id": str(found["id"])}, repeat=True)
        except _RefusedError:
            if self._look(key) is not None:  # a lost answer to the first try would look like this refusal
                raise

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Check, with `live`, that the account's articles can be listed; this may renew the token."""
        if not live:
            return (CheckResult("channel.account", "skipped", _("Chưa thử Zalo (dùng --live).")),)
        try:
            self._page(0)
        except CongkhaiError as error:
            return (CheckResult("channel.account", "fail", str(error), error.advice),)
        return (CheckResult("channel.account", "ok", _("Đọc được danh sách bài viết của tài khoản.")),)

    def guard(self) -> Guard:
        """Return the state of the breaker before Zalo."""
        return self._web.guard()

    def _article(self, notice: Notice) -> dict[str, Any]:
        code, mark = feedback_code(notice.disclosure), f" [{title_code(notice.key)}]"
        lines = [line.strip() for line in notice.body.splitlines() if line.strip()]
        description = " ".join(lines)[:_DESCRIPTION] or notice.title[:_DESCRIPTION]
        lines += [f"{file.name} – SHA-256: {file.sha256}" for file in notice.files]
        if self._settings.page_url:
            address = self._settings.page_url.replace("{disclosure}", folder_of(notice.disclosure))
            lines.append(_("Toàn văn: {address}").format(address=address))
        lines.append(_("Khi góp ý xin nêu mã {code}.").format(code=code))
        return {
            "type": "normal", "title": notice.title[: _TITLE - len(mark)] + mark, "author": self._settings.author,
            "cover": {"cover_type": "photo", "photo_url": self._settings.cover_url, "status": "show"},
            "description": description, "body": [{"type": "text", "content": line} for line in lines],
            "status": "hide", "comment": "show" if self._settings.comments else "hide",
        }  # fmt: skip

    def _create(self, article: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return self._call("create", article)
        except UndecidedError as error:  # a hidden article more or less is seen by nobody
            raise OutsideError(what=error.what, where=error.where, advice=error.advice, code=ZALO_CODE) from error

    def _verified(self, token: str) -> str:
        """Return the id of an article that is being made; Zalo needs a moment for its cover. Raises OutsideError."""
        for left in range(_TRIES - 1, -1, -1):
            answer = self._call("verify", {"token": token}, repeat=True, accept=_NOT_READY)
            number = str(answer.get("id") or answer.get("article_id") or "")
            if number:
                return number
            if left:
                self.sleep(self._settings.retry_wait.total_seconds())
        raise OutsideError(
            what=_("Zalo chưa xử lý xong bài viết."), where=self._context.name, code=ZALO_CODE,
            advice=_("congkhai tự thử lại; nếu kéo dài, kiểm tra ảnh bìa."),
        )  # fmt: skip

    def _look(self, key: str) -> Mapping[str, Any] | None:
        """
        Return the article under a key, whole, with its ``id``; None when the list, read to its end, has none.

        Raises:
            OutsideError: Zalo did not answer; UndecidedError: the list is longer than ``max-pages``.
        """
        mark, known = f"[{title_code(key)}]", self._remembered(key)
        if known:
            try:
                article = self._detail(known)
            except _RefusedError:
                article = {}  # removed, or Zalo will not say: the list decides
            if mark in str(article.get("title", "")):
                return article
        found: list[Mapping[str, Any]] = []
        for page in range(self._settings.max_pages):
            rows = self._page(page * _PAGE)
            found += [row for row in rows if mark in str(row.get("title", "")) and row.get("id")]
            if len(rows) < _PAGE:
                break
        else:
            raise UndecidedError(
                what=_("Danh sách bài viết trên Zalo quá dài để xem hết."), where=self._context.name,
                advice=_("Tăng max-pages, hoặc kiểm tra bằng mắt rồi quyết định."), code="congkhai-E589",
            )  # fmt: skip
        shown = [row for row in found if row.get("status") == "show"]
        return self._detail(str((shown or found)[0]["id"])) if found else None

    def _page(self, offset: int) -> Sequence[Mapping[str, Any]]:
        data = self._call("getslice", {"offset": offset, "limit": _PAGE, "type": "normal"}, read=True)
        rows = data.get("medias") or data.get("articles") or []
        return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []

    def _detail(self, number: str) -> Mapping[str, Any]:
        """Return an article with its ``id``. Raises OutsideError."""
        return {**self._call("getdetail", {"id": number}, read=True), "id": number}

    def _call(
        self, name: str, content: Mapping[str, Any], *, repeat: bool = False, read: bool = False,
        accept: frozenset[int] = frozenset(),
    ) -> Mapping[str, Any]:  # fmt: skip
        """
        Make one call, renewing the token once when it is refused.

        Args:
            repeat: the call may happen twice; `read`: it is a GET.
            accept: error numbers that are an empty answer here.

        Raises:
            OutsideError, AccessError, UndecidedError.
        """
        token = self._tokens.access()
        answer = self._sent(name, content, token, repeat=repeat, read=read)
        if answer.get("error") in _BAD_TOKEN:
            token = self._tokens.access(stale=token)
            answer = self._sent(name, content, token, repeat=repeat, read=read)
        number = answer.get("error")
        if number in _BAD_TOKEN:
            raise AccessError(
                what=_("Zalo từ chối mã truy cập ({number}).").format(number=number), where=self._context.name,
                advice=_("Cấp quyền lại cho ứng dụng, kể cả quyền quản lý bài viết."), code=ZALO_CODE,
            )  # fmt: skip
        if number != 0 and number not in accept:
            raise _RefusedError(
                what=_("Zalo không thực hiện ({name}, {number}).").format(name=name, number=number),
                where=self._context.name, code=ZALO_CODE, number=number if isinstance(number, int) else 0,
                advice=_("Tra mã lỗi trên developers.zalo.me; kiểm tra ảnh bìa, gói dịch vụ và quyền của ứng dụng."),
            )  # fmt: skip
        data = answer.get("data")
        return data if isinstance(data, Mapping) else {}

    def _sent(
        self, name: str, content: Mapping[str, Any], token: str, *, repeat: bool, read: bool
    ) -> Mapping[str, Any]:
        headers = {"access_token": token}
        if read:
            reply = self._web.get(self._api + name, params=dict(content), headers=headers)
        else:
            reply = self._web.post(self._api + name, repeat=repeat, json=dict(content), headers=headers)
        try:
            answer = reply.json()
        except Transient as error:
            raise self._web.error(error) if read or repeat else self._web.unclear(error) from error
        return answer if isinstance(answer, Mapping) else {"error": reply.status}

    def _receipt(self, key: str, number: str) -> Receipt:
        return Receipt(key, number, self._context.clock.now(), f"Zalo: {number}")

    def _remember(self, key: str, number: str) -> None:
        # Only a short cut: without it the article is found by the code in its title.
        write_durably(self._note(key), json.dumps({"id": number}).encode())

    def _remembered(self, key: str) -> str:
        try:
            return str(json.loads(self._note(key).read_text(encoding="utf-8"))["id"])
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def _note(self, key: str) -> Any:
        return self._context.folder / f"article-{title_code(key)}.json"


class _RefusedError(OutsideError):
    """Zalo's own "no", with its number."""

    def __init__(self, *, number: int, **words: str) -> None:
        super().__init__(**words)  # type: ignore[arg-type]  # the texts of the base class, by name
        self.number = number


@hookimpl
def register_channels(register: RegisterChannel) -> None:
    """Offer ``type = zalo``."""
    register("zalo", ZaloSettings, ZaloChannel)


@hookimpl
def register_simulators(register: RegisterSimulator) -> None:
    """Offer the simulated Zalo."""
    register("zalo", [sys.executable, "-m", "congkhai.connectors.simulators.zalo"])
