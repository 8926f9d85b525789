"""A person's confirmation of an attended publication, with the evidence that its form asks for, kept in the vault."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from .clock import local_date
from .desk import confirm_posting
from .errors import InputError
from .feedback_records import EvidenceField
from .house import House
from .interfaces import Evidenced
from .records import Evidence
from .store import read
from .text import _

LARGEST = 32 * 1024 * 1024
"""Bytes of one file of evidence."""
_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"%PDF-", b"PK\x03\x04", b"RIFF", b"II*\x00", b"MM\x00*")
_PICTURES = (*_MAGIC[:2], b"RIFF", b"II*\x00", b"MM\x00*")
_HEIC = re.compile(rb".{4}ftyp(heic|heix|mif1|avif)", re.DOTALL)


def evidence_fields(house: House, posting: str) -> tuple[EvidenceField, ...]:
    """Return what must be stated to confirm a posting; empty for channels without a form. Raises InputError."""
    with house.store.read() as connection:
        channel = house.channels.get(read.posting(connection, posting).channel)
    return channel.evidence if isinstance(channel, Evidenced) else ()


def confirm(
    house: House, posting: str, by: str, *, since: datetime | None, answers: Mapping[str, str] | None = None,
    files: Mapping[str, bytes] | None = None, remark: str = "", address: str = "",
) -> None:  # fmt: skip
    """
    Confirm a posting with its form's evidence.

    Args:
        since: when people could see or hear it; as `desk.confirm_posting`.
        answers: by field key, as a person writes them.
        files: bytes by field key.

    Raises:
        InputError: evidence is missing, unknown, or not what it should be; all of it is named at once.
        NotAllowedError: nothing waits for confirmation there.
    """
    fields = evidence_fields(house, posting)
    given, brought = dict(answers or {}), dict(files or {})
    today = local_date(house.clock.now())
    faults = [fault for field in fields for fault in _faults(field, given, brought, today)]
    known = {field.key for field in fields} | {"photo"}
    faults += [
        _("không có mục “{key}”").format(key=key) for key in (*given, *brought) if key not in known
    ]  # fmt: skip
    photo = brought.pop("photo", b"")
    if photo and not any(field.key == "photo" for field in fields):
        faults += _file_faults(EvidenceField("photo", _("ảnh chụp"), "file"), photo)
    if faults:
        raise InputError(
            what=_("Minh chứng chưa đủ hoặc chưa đúng: {faults}.").format(faults="; ".join(faults)), where=posting,
            advice=_("Bổ sung rồi xác nhận lại; chưa có gì được ghi nhận."), code="congkhai-E565",
        )  # fmt: skip
    moment = since or house.clock.now()
    proofs = [
        Evidence("document", moment, by, sha256=house.store.vault.put(brought[field.key])[0], note=field.label)
        for field in fields
        if brought.get(field.key)
    ]
    told = [f"{field.label}: {given[field.key].strip()}" for field in fields if given.get(field.key, "").strip()]
    if told:
        proofs.insert(0, Evidence("statement", moment, by, note="; ".join(told)))
    confirm_posting(house, posting, by, since=since, photo=photo, address=address, remark=remark, proofs=proofs)


def _faults(field: EvidenceField, given: Mapping[str, str], brought: Mapping[str, bytes], today: date) -> Sequence[str]:
    if field.kind == "file":
        content = brought.get(field.key, b"")
        if not content:
            return [_("thiếu {label}").format(label=field.label)] if field.required else ()
        return _file_faults(field, content)
    text = given.get(field.key, "").strip()
    if not text:
        return [_("thiếu {label}").format(label=field.label)] if field.required else ()
    if field.kind == "count" and not (text.isascii() and text.isdecimal() and field.least <= int(text) <= 1_000_000):
        return [_("{label} phải là số từ {least} trở lên").format(label=field.label, least=field.least)]
    return _day_faults(field, text, today) if field.kind == "days" else ()


def _file_faults(field: EvidenceField, content: bytes) -> Sequence[str]:
    if len(content) > LARGEST:
        return [_("{label} lớn hơn 32 MiB").format(label=field.label)]
    kinds = _PICTURES if field.key == "photo" else _MAGIC
    if content.startswith(kinds) or _HEIC.match(content):
        return ()
    if field.key == "photo":
        return [_("{label} không phải là ảnh").format(label=field.label)]
    return [_("{label} phải là ảnh, PDF hoặc tệp văn phòng").format(label=field.label)]


def _day_faults(field: EvidenceField, text: str, today: date) -> Sequence[str]:
    """Find dates that cannot be read or have not come, and too few in a row."""
    days = []
    for word in re.split(r"[,;\n]", text):
        match = re.fullmatch(r"\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\s*", word)
        try:
            days.append(
                date(int(match[3]), int(match[2]), int(match[1])) if match else date.fromisoformat(word.strip())
            )
        except ValueError:
            return [_("{label}: “{word}” không phải là ngày").format(label=field.label, word=word.strip())]
    if max(days) > today:
        return [_("{label} có ngày chưa đến").format(label=field.label)]
    longest = run = 0
    for day in sorted(set(days)):
        run = run + 1 if day - timedelta(days=1) in days else 1
        longest = max(longest, run)
    if longest < field.least:
        return [_("{label}: cần ít nhất {least} ngày liên tục").format(label=field.label, least=field.least)]
    return ()
