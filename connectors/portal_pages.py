"""
Pages of the static portal: plain HTML that reads, prints and works with a screen reader, without any script.

Pages are built as trees, so no text of a document can become markup.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from lxml import etree
from lxml.builder import ElementMaker

from congkhai.plugin.clock import ZONE
from congkhai.plugin.interfaces import feedback_code
from congkhai.plugin.text import _

from .portal_record import PortalRecord

KEY_META = "congkhai-key"
STYLE = "kieu.css"
FEED = "tin-moi.atom"
_E = ElementMaker()
_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_UNITS = ((1024 * 1024, "MB"), (1024, "KB"))

CSS = """\
:root { color: #1a1a1a; background: #fff; font: 1.0625rem/1.6 "Noto Sans", "Segoe UI", Arial, sans-serif; }
body { margin: 0 auto; max-width: 46rem; padding: 0 1rem 3rem; }
header, footer { border-color: #5a5a5a; border-style: solid; border-width: 0 0 1px; padding: .75rem 0; }
footer { border-width: 1px 0 0; margin-top: 2rem; font-size: .9375rem; }
h1 { font-size: 1.5rem; line-height: 1.4; }
h2 { font-size: 1.2rem; }
a { color: #0b4f8a; }
a:focus, .skip:focus { outline: 3px solid #b35900; outline-offset: 2px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: .5rem; background: #fff; padding: .5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
li { margin-bottom: .5rem; overflow-wrap: anywhere; }
code { font-size: .875rem; overflow-wrap: anywhere; }
@media (max-width: 30rem) { dl { display: block; } dd { margin-bottom: .5rem; } }
@media print {
  :root { font-size: 12pt; } header nav, .skip { display: none; }
  a[href^="http"]::after { content: " (" attr(href) ")"; } h1, h2 { break-after: avoid; }
}
"""
"""The style sheet: contrast above 7:1, no fonts from elsewhere, A4-friendly print."""


@dataclass(frozen=True, slots=True)
class Site:
    """
    What every page says of the site.

    Attributes:
        title: name of the site.
        base_url: address of its root with a trailing slash, or empty when it is not known.
        contact: where comments and requests go; empty when the agency named none.
    """

    title: str
    base_url: str
    contact: str


def notice_page(site: Site, record: PortalRecord) -> bytes:
    """Write the page of a disclosure that is up."""
    code = feedback_code(record.disclosure)
    paragraphs = [_E.p(_clean(line)) for line in record.body.splitlines() if line.strip()]
    facts = _E.dl(
        _E.dt(_("Đăng lúc")), _E.dd(_time(record.published)),
        _E.dt(_("Mã nội dung")), _E.dd(record.disclosure),
        _E.dt(_("Mã góp ý")), _E.dd(code),
    )  # fmt: skip
    files = [
        _E.li(
            _E.a(_clean(file.name), href=file.stored, type=file.media_type), f" ({_size(file.size)})", _E.br(),
            _E.code(f"SHA-256: {file.sha256}"),
        )
        for file in record.files
    ]  # fmt: skip
    parts = [_E.h1(_clean(record.title)), *paragraphs, facts, _E.h2(_("Văn bản kèm theo"))]
    parts.append(_E.ul(*files) if files else _E.p(_("Không có tệp kèm theo.")))
    parts += [_E.h2(_("Ý kiến phản ánh, kiến nghị")), _E.p(_comment_words(site, code))]
    return _page(site, record.title, "../../", parts, key=record.key)


def withdrawn_page(site: Site, record: PortalRecord) -> bytes:
    """Write what stays at the address of a disclosure that was taken down: that it was there, and nothing of it."""
    parts = [
        _E.h1(_("Nội dung đã được gỡ")),
        _E.p(_("Nội dung công khai tại địa chỉ này không còn được đăng.")),
        _E.dl(
            _E.dt(_("Đăng lúc")), _E.dd(_time(record.published)),
            _E.dt(_("Gỡ lúc")), _E.dd(_time(record.touched)),
            _E.dt(_("Mã nội dung")), _E.dd(record.disclosure),
        ),
        _E.p(_supply_words(site)),
    ]  # fmt: skip
    return _page(site, _("Nội dung đã được gỡ"), "../../", parts, key=record.key)


def list_page(site: Site, heading: str, records: Sequence[PortalRecord], years: Iterable[int], *, up: str) -> bytes:
    """Write a list of what is up, newest first; `up` leads from the page to the site's root."""
    rows = [
        _E.li(
            _E.a(_clean(record.title) or record.disclosure, href=f"{up}{record.path}"), _E.br(), _time(record.published)
        )
        for record in records
    ]  # fmt: skip
    links = [_E.li(_E.a(_("Năm {year}").format(year=year), href=f"{up}nam-{year}.html")) for year in years]
    parts = [_E.h1(heading), _E.ol(*rows) if rows else _E.p(_("Hiện không có nội dung nào đang được công khai."))]
    if links:
        parts += [_E.h2(_("Theo năm")), _E.ul(*links)]
    return _page(site, heading, up, parts)


def moment_words(moment: datetime) -> str:
    """Write a moment the way people read it: ``08:00, thứ Ba, 03/11/2026``."""
    local = moment.astimezone(ZONE)
    return f"{local:%H:%M}, {_WEEKDAYS[local.weekday()]}, {local:%d/%m/%Y}"


def _page(site: Site, title: str, up: str, parts: list[etree._Element], key: str = "") -> bytes:
    # "self" covers what lies beside the page and nothing else: no script, no frame, nothing from another host.
    policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"
    head = _E.head(
        _E.meta(charset="utf-8"),
        _E.meta({"http-equiv": "Content-Security-Policy"}, content=policy),
        _E.meta(name="viewport", content="width=device-width, initial-scale=1"),
        _E.title(f"{_clean(title)} – {site.title}"),
        _E.link(rel="stylesheet", href=f"{up}{STYLE}"),
        _E.link(rel="alternate", type="application/atom+xml", title=site.title, href=f"{up}{FEED}"),
    )
    if key:
        head.append(_E.meta(name=KEY_META, content=key))
    body = _E.body(
        _E.a(_("Đến nội dung chính"), {"class": "skip"}, href="#noi-dung"),
        _E.header(
            _E.nav(
                _E.a(site.title, href=f"{up}index.html"), " · ", _E.a(_("Theo dõi tin mới (Atom)"), href=f"{up}{FEED}"),
                {"aria-label": _("Điều hướng")},
            )
        ),
        _E.main(*parts, id="noi-dung"),
        _E.footer(_("Trang do congkhai lập tự động; mỗi nội dung giữ nguyên một địa chỉ.")),
    )  # fmt: skip
    tree = _E.html(head, body, lang="vi")
    return etree.tostring(tree, method="html", doctype="<!DOCTYPE html>", encoding="utf-8")


def _time(moment: datetime) -> etree._Element:
    return _E.time(moment_words(moment), datetime=moment.astimezone(ZONE).isoformat())


def _size(size: int) -> str:
    for unit, name in _UNITS:
        if size >= unit:
            return f"{size / unit:.1f} {name}".replace(".", ",")
    return f"{size} byte"


def _comment_words(site: Site, code: str) -> str:
    if not site.contact:
        return _("Khi góp ý, xin nêu mã {code}.").format(code=code)
    return _("Gửi về {contact}; xin nêu mã {code} trong tiêu đề.").format(contact=site.contact, code=code)


def _supply_words(site: Site) -> str:
    words = _("Thông tin đã hết thời gian công khai vẫn được cung cấp theo yêu cầu (Luật 10/2022/QH15, Điều 48.4).")
    return f"{words} {_('Liên hệ: {contact}.').format(contact=site.contact)}" if site.contact else words


def _clean(text: str) -> str:
    """Leave out what markup cannot carry (control characters), and line ends."""
    return " ".join("".join(letter if letter.isprintable() or letter.isspace() else "" for letter in text).split())
