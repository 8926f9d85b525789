"""Derive an agency's own regulation file from a shipped one: a copy to edit, which says what it was copied from."""

import re
from collections.abc import Iterator
from pathlib import Path

from .errors import ConfigurationError, StoreError, UsageError
from .platform import write_durably
from .regulation import find_regulation, list_regulations, load_regulation
from .regulation_records import Regulation
from .text import _

LAW = "statute-2022"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_HEADER = re.compile(r"\[(?P<family>[^\]:]+)(?::[^\]]*)?\]")
# What belongs to the base itself and not to who copies it: its number and days, and remarks on its own text.
_OF_THE_BASE = frozenset({"agency", "agency-kind", "title", "number", "issued", "issued-month", "in-force-from",
                          "in-force-to", "based-on", "follows"})  # fmt: skip
_NOT_COPIED = frozenset({"law", "reference"})
_OF_THE_LAW = frozenset({"category", "deadline", "decide", "consult"})


def offers(kind: str) -> Iterator[str]:
    """
    Describe each shipped regulation in one line, those for this kind of agency marked.

    Args:
        kind: ``xa``, ``so``, ``trung_tam``, ``van_phong``, or empty.
    """
    for name in list_regulations():
        held = load_regulation(name)
        near = "*" if kind and held.agency_kind == kind else " "
        whose = held.agency or _("mọi cơ quan")
        own = sum(not category.from_law for category in held.categories)
        limit = held.deadline("other")
        yield _("{near} {name}: {title}; {whose}; {own} nội dung, công khai trong {days} ngày").format(
            near=near, name=name, title=held.title, whose=whose, own=own, days=limit.count
        )


def derive(base: str, folder: Path, name: str, *, agency: str, kind: str) -> Regulation:
    """
    Write ``NAME.ini`` into a folder as a copy of a regulation, ready to be edited, and return it loaded.

    From the Law only the list of items and the limit are copied: everything else it gives anyway.

    Args:
        base: name of a shipped regulation, or a path.
        name: small letters, digits and dashes.
        agency: name of the agency; `kind`: its kind.

    Raises:
        UsageError: the name cannot be used, or the file is there already (E524); nothing is written.
        ConfigurationError: the base is wrong, or what was made of it; nothing is left behind then.
        StoreError: the folder cannot be written (E525).
    """
    target = folder / f"{name}.ini"
    if _NAME.fullmatch(name) is None or name in list_regulations():
        raise UsageError(
            _("Tên quy chế “{name}” không dùng được.").format(name=name),
            advice=_("Dùng chữ thường không dấu, số và dấu gạch ngang, khác tên các quy chế có sẵn; ví dụ mau-son."),
            code="congkhai-E524",
        )  # fmt: skip
    if target.exists():
        raise UsageError(
            _("Tệp {file} đã có.").format(file=target), advice=_("Chọn tên khác, hoặc sửa tệp đó."),
            code="congkhai-E524",
        )  # fmt: skip
    load_regulation(base)
    text = _copy(find_regulation(base).read_text("utf-8"), Path(base).stem, agency, kind)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_durably(target, text.encode())
    except OSError as error:
        raise StoreError(
            _("Không viết được {file}: {reason}.").format(file=target, reason=error.strerror),
            advice=_("Chọn một thư mục mà tài khoản này ghi được."), code="congkhai-E525",
        ) from error  # fmt: skip
    try:
        return load_regulation(str(target))
    except ConfigurationError:
        target.unlink()
        raise


def _copy(source: str, base: str, agency: str, kind: str) -> str:
    """Return the text of the derived file: its own head, then the base's sections that may be copied."""
    parts: list[str] = [_head(source, base, agency, kind)]
    for family, body in _sections(source):
        wanted = family in _OF_THE_LAW if base == LAW else family not in _NOT_COPIED
        if wanted and family != "regulation":
            parts.append(body)
    return "\n\n".join(parts) + "\n"


def _head(source: str, base: str, agency: str, kind: str) -> str:
    kept = "".join(f"\n{line}" for line in _head_lines(source) if line.partition("=")[0].strip() not in _OF_THE_BASE)
    comment = _(
        "# Quy chế thực hiện dân chủ của {agency}, chép từ {base}. Sửa số khoản (tên mục, source) và những gì khác\n"
        "# với quy chế của cơ quan; điền number, issued khi ban hành; rồi chạy congkhai check --only regulation-law."
    ).format(agency=agency, base=base)
    title = _("Quy chế thực hiện dân chủ trong hoạt động của {agency}").format(agency=agency)
    head = {
        "follows": LAW, "based-on": base, "agency": agency, "agency-kind": kind, "title": title, "number": "",
        "issued": "",
    }  # fmt: skip
    written = "\n".join(f"{key} = {value}".rstrip() for key, value in head.items())
    return f"{comment}\n\n[regulation]\n{written}{kept}"


def _head_lines(source: str) -> list[str]:
    body = next(body for family, body in _sections(source) if family == "regulation")
    return [line for line in body.splitlines()[1:] if line.strip()]


def _sections(source: str) -> Iterator[tuple[str, str]]:
    """Give each section: its family and its text, without the comments that lead to the next one."""
    family = ""
    lines: list[str] = []
    for line in [*source.splitlines(), "[end]"]:
        if match := _HEADER.match(line):
            while lines and (not lines[-1].strip() or lines[-1].startswith(("#", ";"))):
                lines.pop()
            if family:
                yield family, "\n".join(lines)
            family, lines = match["family"].strip(), []
        lines.append(line)
