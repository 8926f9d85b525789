"""
The channel ``portal``: a static site in a folder that any web server serves.

Each disclosure has one address for ever. Attachments are written first, the page appears by one rename, lists and feed
follow, the record comes last. Taken down, the page stays as a notice without content, and its files are removed.
"""

import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from congkhai.plugin.clock import local_date
from congkhai.plugin.config.settings import Location, Size, YesNo
from congkhai.plugin.errors import CongkhaiError, OutsideError, UndecidedError
from congkhai.plugin.hooks import RegisterChannel, hookimpl
from congkhai.plugin.interfaces import Context
from congkhai.plugin.platform import write_durably
from congkhai.plugin.records import CheckResult, Guard, Notice, Probe, Receipt
from congkhai.plugin.text import _

from .durable_files import folder_error, sha256_of
from .manners import Outgoing, OutgoingSettings
from .portal_feed import feed
from .portal_pages import CSS, FEED, STYLE, Site, list_page, notice_page, withdrawn_page
from .portal_record import (
    NOTICES,
    PAGE,
    RECORD,
    PortalRecord,
    all_records,
    content_digest,
    copy_file,
    folder_of,
    stored_files,
    write_record,
)

PORTAL_CODE = "congkhai-E561"
_NEWEST = 50
_YEAR_PAGE = re.compile(r"nam-\d{4}\.html")


def _base_url(value: str) -> str:
    if not value:
        return ""
    parts = urlsplit(value.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError("địa chỉ gốc của trang, ví dụ https://congkhai.mauson.example.vn/")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/"


def _written(text: str) -> Any:
    """Give a default as the ini would write it; it is parsed like any other value."""
    return text


class PortalSettings(OutgoingSettings):
    """Keys of ``[channel:NAME] type = portal``."""

    folder: Location = Field(description="Thư mục của trang tĩnh, do máy chủ web của cơ quan phục vụ.")
    base_url: Annotated[str, AfterValidator(_base_url)] = Field(
        default="", description="Địa chỉ gốc mà người xem dùng; có thì congkhai kiểm tra qua mạng, không thì xem tệp."
    )
    title: str = Field(default="Công khai thông tin", min_length=1, description="Tên trang, in trên mọi trang.")
    form: str = Field(default="portal", description="Hình thức công khai trong quy chế mà trang này đáp ứng.")
    place: str = Field(default="Cổng thông tin điện tử", description="Nơi người xem thấy, ghi vào biên bản.")
    contact: str = Field(default="", description="Nơi nhận ý kiến và yêu cầu cung cấp thông tin, in trên trang.")
    probe_files: YesNo = Field(default=True, description="Khi kiểm tra, đọc lại cả các tệp kèm theo.")
    probe_limit: Size = Field(
        default=_written("200 MiB"), description="Khi kiểm tra qua mạng, đọc mỗi tệp nhiều nhất bấy nhiêu."
    )


class _Discard(io.RawIOBase):
    """Takes bytes that only need to be counted and digested on their way."""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return len(data)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a probe saw: the page, stored name and digest of each file; or what is missing, in words."""

    page: bytes = b""
    files: tuple[tuple[str, str], ...] = ()
    missing: str = ""
    status: int | None = None


class Portal:
    """A static site that the house writes; everybody may read it."""

    attended = False
    audience = "public"

    def __init__(self, settings: PortalSettings, context: Context) -> None:
        self.form = settings.form
        self.place = settings.place
        self._settings = settings
        self._context = context
        self._root = settings.folder
        self._site = Site(settings.title, settings.base_url, settings.contact)
        self._web = Outgoing(
            settings, context.name, folder=context.folder, system=_("cổng thông tin"),
            origins=[settings.base_url] if settings.base_url else [],
        )  # fmt: skip

    def publish(self, notice: Notice) -> Receipt:
        """
        Write page, attachments, lists and feed; writing the same notice again changes nothing but what was cut off.

        Raises:
            OutsideError: the folder cannot be written; the page may be there, the next try completes it.
            StoreError: a file of the vault is not what its digest says.
        """
        folder = self._folder(notice.disclosure)
        record = PortalRecord(
            notice.key, notice.disclosure, self._context.clock.now(), notice.title, notice.body,
            stored_files(notice.files),
        )  # fmt: skip
        page = notice_page(self._site, record)
        record = replace(record, page_sha256=hashlib.sha256(page).hexdigest())
        try:
            self._require_root()
            for file in record.files:
                copy_file(file, folder, self._context.open_blob)
            write_durably(folder / PAGE, page)
            self._write_lists(record)
            write_record(folder, record)
        except OSError as error:
            raise folder_error(error, str(self._root), PORTAL_CODE) from error
        return self._receipt(record)

    def instructions(self, key: str) -> str:  # noqa: ARG002 - the contract's argument; nobody has to do anything here
        """Return nothing: the pages are written by the daemon."""
        return ""

    def find(self, key: str) -> Receipt | None:
        """Read a publication back by its key; None when no complete one is there. Raises UndecidedError."""
        try:
            self._require_root()
            record = self._record(key)
        except (OSError, OutsideError) as error:
            raise UndecidedError(
                what=_("Không đọc được thư mục của trang tĩnh."), where=str(self._root),
                advice=_("Gắn lại ổ đĩa hoặc sửa quyền, rồi chạy congkhai check --live."), code=PORTAL_CODE,
            ) from error  # fmt: skip
        return None if record is None else self._receipt(record)

    def probe(self, key: str) -> Probe:
        """Look at page and attachments, over the network when ``base-url`` is set; compare with what was written."""
        now = self._context.clock.now()
        try:
            record = self._record(key)
        except OSError as error:
            return Probe(now, None, message=str(folder_error(error, str(self._root), PORTAL_CODE)))
        if record is None or record.withdrawn is not None:
            return Probe(now, False, message=_("Không có trên trang tĩnh."))
        address = self._address(record)
        began = self._web.ticks()
        try:
            seen = self._seen_online(record) if self._settings.base_url else self._seen_on_disk(record)
        except (CongkhaiError, OSError) as error:
            return Probe(now, None, address, message=str(error))
        took = round((self._web.ticks() - began) * 1000) if self._settings.base_url else None
        if seen.missing:
            return Probe(now, False, address, message=seen.missing, status=seen.status, latency_ms=took)
        digest = content_digest(hashlib.sha256(seen.page).hexdigest(), seen.files)
        if f'content="{key}"'.encode() not in seen.page:
            message = _("Tại địa chỉ này là một trang khác.")
            return Probe(now, False, address, digest, message, seen.status, latency_ms=took)
        same = digest == (record.digest if self._settings.probe_files else content_digest(record.page_sha256, ()))
        message = "" if same else _("Nội dung đang hiển thị khác với bản đã đăng.")
        return Probe(now, True, address, digest, message, seen.status, latency_ms=took)

    def withdraw(self, key: str) -> None:
        """Replace the page by a notice without content and remove the files; doing so twice changes nothing."""
        try:
            record = self._record(key)
            if record is None:
                return
            folder = self._folder(record.disclosure)
            if record.withdrawn is None:
                bare = PortalRecord(
                    key, record.disclosure, record.published, withdrawn=self._context.clock.now()
                )  # fmt: skip
                page = withdrawn_page(self._site, bare)
                bare = replace(bare, page_sha256=hashlib.sha256(page).hexdigest())
                write_durably(folder / PAGE, page)
                write_record(folder, bare)  # from here on nothing says that it is up
                record = bare
            for left in folder.iterdir():  # a crash may have left files behind after the record was written
                if left.name not in {PAGE, RECORD}:
                    left.unlink()
            self._write_lists(record)
        except (OSError, ValueError) as error:
            failed = error if isinstance(error, OSError) else OSError(str(error))
            raise folder_error(failed, str(self._root), PORTAL_CODE) from error

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Check that the folder is there and can be written, and with `live` that the address answers."""
        if not live:
            return (CheckResult("channel.folder", "skipped", _("Chưa thử thư mục trang tĩnh (dùng --live).")),)
        results = [self._check_folder()]
        if self._settings.base_url and results[0].result == "ok":
            results.append(self._check_address())
        return results

    def _check_folder(self) -> CheckResult:
        try:
            self._require_root()
            write_durably(self._root / ".congkhai-probe", b"probe")
            (self._root / ".congkhai-probe").unlink()
        except (OSError, OutsideError) as error:
            advice = _("Tạo thư mục và cho congkhai quyền ghi.")
            return CheckResult("channel.folder", "fail", str(error), advice)
        return CheckResult("channel.folder", "ok", str(self._root))

    def _check_address(self) -> CheckResult:
        try:
            reply = self._web.get(self._settings.base_url)
        except CongkhaiError as error:
            return CheckResult("channel.address", "fail", str(error), error.advice)
        if reply.ok or (reply.status == 404 and not (self._root / PAGE).exists()):
            return CheckResult("channel.address", "ok", self._settings.base_url)
        what = _("{address} trả lời {status}.").format(address=self._settings.base_url, status=reply.status)
        return CheckResult("channel.address", "fail", what, _("Cho máy chủ web phục vụ thư mục của trang tĩnh."))

    def _write_lists(self, changed: PortalRecord) -> None:
        """Write style, index, one page a year, and the feed, from every record and the one that is being changed."""
        records = [record for record in all_records(self._root) if record.disclosure != changed.disclosure]
        records = sorted([changed, *records], key=lambda record: (record.touched, record.disclosure), reverse=True)
        shown = sorted(
            (record for record in records if record.withdrawn is None), key=lambda one: one.published, reverse=True
        )
        by_year: dict[int, list[PortalRecord]] = {}
        for record in shown:
            by_year.setdefault(_year(record), []).append(record)
        write_durably(self._root / STYLE, CSS.encode())
        for year, held in by_year.items():
            heading = _("Nội dung đang công khai, đăng năm {year}").format(year=year)
            write_durably(self._root / f"nam-{year}.html", list_page(self._site, heading, held, by_year, up=""))
        for left in self._root.glob("nam-*.html"):
            if _YEAR_PAGE.fullmatch(left.name) and int(left.name[4:8]) not in by_year:
                left.unlink()
        index = list_page(self._site, self._settings.title, shown[:_NEWEST], by_year, up="")
        write_durably(self._root / PAGE, index)
        write_durably(self._root / FEED, feed(self._site, records, self._context.clock.now()))

    def _seen_online(self, record: PortalRecord) -> _Seen:
        """Return what the web server gives. Raises OutsideError."""
        address = self._address(record)
        reply = self._web.get(address)
        if not reply.ok:
            return _Seen(missing=_("Trang trả lời {status}.").format(status=reply.status), status=reply.status)
        files = []
        for file in record.files if self._settings.probe_files else ():
            got = self._web.get(address + file.stored, limit=self._settings.probe_limit, sink=_Discard())
            if not got.ok:
                missing = _("Tệp kèm theo {name} trả lời {status}.").format(name=file.name, status=got.status)
                return _Seen(missing=missing, status=got.status)
            files.append((file.stored, got.sha256))
        return _Seen(reply.content, tuple(files), status=reply.status)

    def _seen_on_disk(self, record: PortalRecord) -> _Seen:
        folder = self._folder(record.disclosure)
        looked_at = record.files if self._settings.probe_files else ()
        try:
            page = (folder / PAGE).read_bytes()
            files = tuple((file.stored, sha256_of(folder / file.stored)) for file in looked_at)
        except FileNotFoundError as error:
            name = Path(error.filename or "?").name
            return _Seen(missing=_("Thiếu tệp {name} trên trang tĩnh.").format(name=name))
        return _Seen(page, files)

    def guard(self) -> Guard:
        """Return the state of the breaker before the web server."""
        return self._web.guard()

    def _require_root(self) -> None:
        """
        Refuse to write beside a share that is not mounted: the parent must be there.

        Raises:
            OutsideError: neither the folder nor its parent is there.
        """
        if not self._root.is_dir() and not self._root.parent.is_dir():
            raise OutsideError(
                what=_("Không thấy thư mục của trang tĩnh, hoặc ổ đĩa mạng đang mất kết nối."), where=str(self._root),
                advice=_("Kiểm tra đường dẫn và gắn lại ổ đĩa mạng."), code=PORTAL_CODE,
            )  # fmt: skip
        self._root.mkdir(exist_ok=True)

    def _folder(self, disclosure: str) -> Path:
        return self._root / NOTICES / folder_of(disclosure)

    def _record(self, key: str) -> PortalRecord | None:
        """Return the record that carries the key. Raises OSError."""
        for record in all_records(self._root):
            if record.key == key:
                return record
        return None

    def _address(self, record: PortalRecord) -> str:
        return f"{self._settings.base_url}{record.path}" if self._settings.base_url else f"/{record.path}"

    def _receipt(self, record: PortalRecord) -> Receipt:
        return Receipt(record.key, record.digest, record.published, self._address(record))


def _year(record: PortalRecord) -> int:
    return local_date(record.published).year


@hookimpl
def register_channels(register: RegisterChannel) -> None:
    """Offer ``type = portal``."""
    register("portal", PortalSettings, Portal)
