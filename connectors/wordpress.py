"""
The channel ``wordpress``: a post on a WordPress site, with the papers as media.

Nothing becomes public before everything is there: files are uploaded and a draft is made, each found again by its slug,
and one last call, which may be repeated, publishes the draft. The post carries the idempotency key in a comment of its
content, so it is found even when our own note of it is lost. Taken down, the post stays as a notice without content and
its files are deleted.
"""

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

from lxml import etree
from lxml.builder import ElementMaker
from pydantic import Field, model_validator

from congkhai.plugin.config.secrets import Secret
from congkhai.plugin.config.settings import Words
from congkhai.plugin.errors import CongkhaiError, OutsideError, StoreError, UndecidedError
from congkhai.plugin.hooks import RegisterChannel, RegisterSimulator, hookimpl
from congkhai.plugin.interfaces import Context, feedback_code
from congkhai.plugin.platform import write_durably
from congkhai.plugin.records import CheckResult, FilingFile, Guard, Notice, Probe, Receipt
from congkhai.plugin.text import _

from .manners import Outgoing, OutgoingSettings
from .portal_pages import moment_words
from .portal_record import folder_of, stored_files
from .wordpress_api import WORDPRESS_CODE, WordPress

_E = ElementMaker()
_NEEDED = ("publish_posts", "edit_published_posts", "upload_files", "delete_posts")


class WordPressSettings(OutgoingSettings):
    """Keys of ``[channel:NAME] type = wordpress``."""

    base_url: str = Field(description="Địa chỉ gốc của trang WordPress, ví dụ https://mauson.example.vn/.")
    username: str = Field(min_length=1, description="Tài khoản đăng bài, chỉ dành cho congkhai.")
    application_password: Secret = Field(description="Mật khẩu ứng dụng của tài khoản, dạng tham chiếu.")
    form: str = Field(default="portal", description="Hình thức công khai trong quy chế mà trang này đáp ứng.")
    place: str = Field(default="Cổng thông tin điện tử", description="Nơi người xem thấy, ghi vào biên bản.")
    contact: str = Field(default="", description="Nơi nhận ý kiến, in trên trang.")
    categories: Words = Field(default=(), description="Số của các chuyên mục WordPress.")
    rest_path: str = Field(default="wp-json/", description="Đường dẫn của REST API, tính từ base-url.")
    withdrawal: Literal["notice", "draft"] = Field(
        default="notice", description="Khi gỡ: notice giữ bài như một thông báo không nội dung, draft đưa về bản nháp."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        self.require_safe(self.base_url, "base-url")
        if any(not number.isdecimal() for number in self.categories):
            raise ValueError("categories là các số, ví dụ 3, 7")
        return self

    @property
    def root(self) -> str:
        """Address of the REST API's root, with a trailing slash."""
        return f"{self.base_url.rstrip('/')}/{self.rest_path.strip('/')}/"


class WordPressChannel:
    """Posts on one site; everybody may read them."""

    attended = False
    audience = "public"

    def __init__(self, settings: WordPressSettings, context: Context) -> None:
        self.form = settings.form
        self.place = settings.place
        self._settings = settings
        self._context = context
        self._web = Outgoing(
            settings, context.name, folder=context.folder, system="WordPress", origins=[settings.base_url]
        )
        self._site = WordPress(self._web, settings.root, settings.username, settings.application_password)

    def publish(self, notice: Notice) -> Receipt:
        """
        Upload the files, make or renew the draft, and publish it; everything that is there already is used.

        Raises:
            OutsideError: it is not public; the next try goes on.
            StoreError: a file of the vault is not what its digest says.
        """
        files = [self._file(file) for file in stored_files_of(notice)]
        slug = f"cong-khai-{folder_of(notice.disclosure)}"
        content: dict[str, Any] = {
            "title": notice.title, "content": self._body(notice, files), "slug": slug,
            "categories": [int(number) for number in self._settings.categories],
        }  # fmt: skip
        if not content["categories"]:
            del content["categories"]
        found = [post for post in self._site.posts(slug=slug) if "congkhai-key:" in _raw(post, "content")]
        number = _number(found[0] if found else self._site.draft(content))
        self._remember(notice.key, number)
        post = self._site.change(number, {**content, "status": "publish"})
        if post.get("status") != "publish":
            raise OutsideError(
                what=_("WordPress nhận bài nhưng không cho công khai (trạng thái {status}).").format(
                    status=str(post.get("status"))[:20]
                ),
                where=self._context.name, code="congkhai-E586",
                advice=_("Cấp cho tài khoản quyền đăng bài (vai trò Biên tập viên)."),
            )  # fmt: skip
        return self._receipt(notice.key, post)

    def instructions(self, key: str) -> str:  # noqa: ARG002 - the contract's argument; nobody has to do anything here
        """Return nothing: the post is made by the daemon."""
        return ""

    def find(self, key: str) -> Receipt | None:
        """Read back: the receipt of the post that is public under this key, or None. Raises UndecidedError."""
        try:
            post = self._post(key)
        except OutsideError as error:
            raise UndecidedError(
                what=error.what, where=error.where, advice=error.advice, code="congkhai-E586"
            ) from error
        return self._receipt(key, post) if post is not None and post.get("status") == "publish" else None

    def probe(self, key: str) -> Probe:
        """Look at the post as anybody may, and at its files; the digest is of title, text and file list."""
        now, began = self._context.clock.now(), self._web.ticks()
        try:
            post = self._post(key)
            if post is None or "congkhai-withdrawn" in _raw(post, "content"):
                return Probe(now, False, message=_("Không có bài mang mã này trên WordPress."))
            status = self._site.public_status(_number(post))
            lost = [name for name in _addresses(post) if self._site.public_file_status(name) >= 400]
        except CongkhaiError as error:
            return Probe(now, None, message=str(error))
        took = round((self._web.ticks() - began) * 1000)
        address = str(post.get("link", ""))
        digest = hashlib.sha256(f"{_raw(post, 'title')}\n{_raw(post, 'content')}".encode()).hexdigest()
        if status >= 400:
            message = _("Người ngoài không xem được bài ({status}).").format(status=status)
            return Probe(now, False, address, digest, message, status, latency_ms=took)
        if lost:
            message = _("Có {count} tệp kèm theo không xem được.").format(count=len(lost))
            return Probe(now, False, address, digest, message, status, latency_ms=took)
        return Probe(now, True, address, digest, status=status, latency_ms=took)

    def withdraw(self, key: str) -> None:
        """Take the content down, then the files; doing so twice changes nothing. Raises OutsideError."""
        post = self._post(key)
        if post is None:
            return
        number, content = _number(post), _raw(post, "content")
        for file in _media(content):  # the numbers stand in the content: files first, or they could not be found again
            self._site.delete_file(file)
        if "congkhai-withdrawn" in content:
            return
        words = _("Nội dung công khai tại địa chỉ này đã được gỡ lúc {when}.").format(
            when=moment_words(self._context.clock.now())
        )
        bare = _html(_E.div(_E.p(words))) + f"\n<!-- congkhai-key:{key} congkhai-withdrawn -->"
        status = "publish" if self._settings.withdrawal == "notice" else "draft"
        self._site.change(number, {"title": _("Nội dung đã được gỡ"), "content": bare, "excerpt": "", "status": status})

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Check, with `live`, that the account may do what a publication needs; nothing is written."""
        if not live:
            return (CheckResult("channel.site", "skipped", _("Chưa thử WordPress (dùng --live).")),)
        try:
            rights = self._site.me().get("capabilities", {})
        except CongkhaiError as error:
            return (CheckResult("channel.site", "fail", str(error), error.advice),)
        missing = [name for name in _NEEDED if not (isinstance(rights, Mapping) and rights.get(name))]
        if missing:
            what = _("Tài khoản thiếu quyền {rights}.").format(rights=", ".join(missing))
            return (CheckResult("channel.site", "fail", what, _("Cho tài khoản vai trò Biên tập viên.")),)
        return (CheckResult("channel.site", "ok", self._settings.base_url),)

    def guard(self) -> Guard:
        """Return the state of the breaker before the site."""
        return self._web.guard()

    def _file(self, file: "SlottedFile") -> tuple[str, str, int, str]:
        """Return name, address, number and digest of one paper on the site, uploading it when it is not there."""
        there = self._site.file(file.slug)
        if there is None:
            with self._context.open_blob(file.file.sha256) as source:
                content = source.read()
            if hashlib.sha256(content).hexdigest() != file.file.sha256:
                raise StoreError(
                    what=_("Tệp trong kho không khớp mã băm đã ghi."), where=file.file.sha256,
                    advice=_("Chạy congkhai fsck, khôi phục tệp từ bản sao lưu rồi đăng lại."), code="congkhai-E560",
                )  # fmt: skip
            there = self._site.upload(file.name, file.media_type, content)
        return file.file.name, str(there.get("source_url", "")), _number(there), file.file.sha256

    def _body(self, notice: Notice, files: Sequence[tuple[str, str, int, str]]) -> str:
        code = feedback_code(notice.disclosure)
        rows = [
            _E.li(_E.a(_clean(name), href=address), " ", _E.code(f"SHA-256: {sha256}"))
            for name, address, _media_number, sha256 in files
        ]
        contact = _("Xin")
        if self._settings.contact:
            contact = _("Gửi về {contact}; xin").format(contact=self._settings.contact)
        tree = _E.div(
            *[_E.p(_clean(line)) for line in notice.body.splitlines() if line.strip()],
            *([_E.h2(_("Văn bản kèm theo")), _E.ul(*rows)] if rows else []),
            _E.h2(_("Ý kiến phản ánh, kiến nghị")),
            _E.p(_("{contact} nêu mã {code} trong tiêu đề.").format(contact=contact, code=code)),
        )
        media = ",".join(str(number) for _name, _address, number, _sha256 in files)
        return _html(tree) + f"\n<!-- congkhai-key:{notice.key} congkhai-media:{media} -->"

    def _post(self, key: str) -> Mapping[str, Any] | None:
        """Return the post that carries the key. Raises OutsideError."""
        mark = f"congkhai-key:{key} "
        number = self._remembered(key)
        known = self._site.post(number) if number else None
        if known is not None and mark in _raw(known, "content") and known.get("status") != "trash":
            return known
        return next((post for post in self._site.posts(search=key) if mark in _raw(post, "content")), None)

    def _receipt(self, key: str, post: Mapping[str, Any]) -> Receipt:
        return Receipt(key, str(_number(post)), self._context.clock.now(), str(post.get("link", "")))

    def _remember(self, key: str, number: int) -> None:
        # Only a short cut: without it the post is found by the key in its content.
        write_durably(self._context.folder / f"post-{_digest(key)}.json", json.dumps({"post": number}).encode())

    def _remembered(self, key: str) -> int:
        try:
            note = json.loads((self._context.folder / f"post-{_digest(key)}.json").read_text(encoding="utf-8"))
            return int(note["post"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0


class SlottedFile:
    """One paper with its name and slug on the site; both follow from key and content, so that it is found again."""

    def __init__(self, key: str, file: FilingFile, stored: str) -> None:
        stem, _dot, suffix = stored.rpartition(".")
        self.file = file
        # The key is part of it: two notices with one paper must not lose it together.
        self.slug = f"ck-{_digest(key + file.sha256)[:16]}-{stem[:60]}".strip("-")
        self.name = f"{self.slug}.{suffix}"
        self.media_type = file.media_type if suffix != "bin" else "application/octet-stream"


def stored_files_of(notice: Notice) -> list[SlottedFile]:
    """Return the papers of a notice with their names on the site."""
    return [
        SlottedFile(notice.key, file, stored.stored)
        for file, stored in zip(notice.files, stored_files(notice.files), strict=True)
    ]


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:24]


def _raw(thing: Mapping[str, Any], name: str) -> str:
    """Return a text as its editor wrote it; empty when the answer has none."""
    value = thing.get(name)
    raw = value.get("raw") if isinstance(value, Mapping) else None
    return raw if isinstance(raw, str) else ""


def _number(thing: Mapping[str, Any]) -> int:
    number = thing.get("id")
    if not isinstance(number, int):
        raise OutsideError(
            what=_("WordPress trả lời không có số hiệu."), code=WORDPRESS_CODE,
            advice=_("Kiểm tra phiên bản WordPress và các tiện ích thay đổi REST API."),
        )  # fmt: skip
    return number


def _media(content: str) -> list[int]:
    """Return the numbers of the uploaded files that a post's content names."""
    words = content.partition("congkhai-media:")[2].partition(" ")[0]
    return [int(number) for number in words.split(",") if number.isdecimal()]


def _addresses(post: Mapping[str, Any]) -> list[str]:
    tree = etree.fromstring(_raw(post, "content") or "<p/>", etree.HTMLParser(no_network=True))
    return [str(link.get("href")) for link in tree.iter("a") if link.get("href")] if tree is not None else []


def _html(tree: etree._Element) -> str:
    return etree.tostring(tree, method="html", encoding="unicode")


def _clean(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() or letter.isspace() else "" for letter in text).split())


@hookimpl
def register_channels(register: RegisterChannel) -> None:
    """Offer ``type = wordpress``."""
    register("wordpress", WordPressSettings, WordPressChannel)


@hookimpl
def register_simulators(register: RegisterSimulator) -> None:
    """Offer the simulated WordPress."""
    register("wordpress", [sys.executable, "-m", "congkhai.connectors.simulators.wordpress"])
