"""
Matters of staff (bàn và quyết định, tham gia ý kiến, giám sát) and the papers that claim a place in a dossier.

A paper claims a place when it came from the e-office and fits by type, words, year, number and matter, or when a clerk
brings it. What is not certain waits for a person; two papers in one place wait for a person too. Claims are never
deleted: a refused one stays with who refused it.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

import sqlalchemy as sa

from .errors import InputError, NotAllowedError
from .house import House
from .interfaces import DossierKind
from .kinds_match import Fit, fit, period_of, words_fit, year_of
from .records import Direction, Document, DocumentStatus
from .regulation_records import DossierPart
from .store import Transaction, read
from .store import tables as t
from .text import _

FORMS = ("signed_digital", "certified_copy", "plain_scan")
"""How a file that a clerk brings was signed (Nghị định 30/2020/NĐ-CP Điều 5, 25); a scan is no digital signature."""
FACTS = ("by_ballot", "has_inspection_board", "disclosed")
_USUAL: Mapping[str, str] = {"by_ballot": "no", "has_inspection_board": "yes"}


@dataclass(frozen=True, slots=True)
class StaffMatter:
    """
    One conference year, consultation or year of supervision.

    Attributes:
        kind: key of the dossier kind; `number`: of the matter in the Law's list (Điều 49, 53), or empty.
        facts: what decides which parts are owed; ``yes`` or ``no``.
        state: ``proposed`` (found by the machine), ``open``, ``closed`` or ``dropped``.
    """

    id: str
    kind: str
    number: str
    title: str
    year: int
    facts: Mapping[str, str]
    state: str
    opened_at: datetime
    opened_by: str


@dataclass(frozen=True, slots=True)
class Claim:
    """
    A paper that claims a place.

    Attributes:
        subject: the staff matter, disclosure, or `year_subject`; `part`: clause of the part; `period` of it.
        document: id, or None for a file that a clerk brought: its `name`, `media_type`, `size`, `sha256`, `form`.
        state: ``proposed``, ``confirmed`` or ``refused``.
    """

    id: int
    subject: str
    part: str
    period: str
    document: str | None
    name: str
    media_type: str
    size: int
    sha256: str
    form: str
    state: str
    why: tuple[str, ...]
    by: str
    at: datetime
    decided_at: datetime | None


def year_subject(year: int) -> str:
    """Return under what subject papers of a whole year are claimed, such as the annual disclosure plan."""
    return f"year:{year}"


def kind_of(house: House, key: str) -> DossierKind:
    """Return a registered kind. Raises InputError."""
    offer = house.host.dossier_kinds.get(key)
    if offer is None:
        raise InputError(
            what=_("Không có loại hồ sơ “{kind}”.").format(kind=key), code="congkhai-E690",
            advice=_("Các loại: {names}.").format(names=", ".join(house.host.dossier_kinds)),
        )  # fmt: skip
    return offer.kind


def part_of(house: House, kind: str, key: str) -> DossierPart:
    """Return a part of a kind by its clause. Raises InputError."""
    parts = kind_of(house, kind).parts(house.regulation)
    found = next((part for part in parts if part.key == key), None)
    if found is None:
        raise InputError(
            what=_("Hồ sơ {kind} không có thành phần {part}.").format(kind=kind, part=key), code="congkhai-E690",
            advice=_("Các thành phần: {names}.").format(names=", ".join(part.key for part in parts) or "–"),
        )  # fmt: skip
    return found


def open_matter(
    house: House, kind: str, title: str, year: int, by: str, *, number: str = "", facts: Mapping[str, str] | None = None
) -> str:
    """
    Open a matter of staff and its dossier; one that the machine proposed under the same name becomes open.

    Returns:
        Its id; the same for the same kind, year and title.

    Raises:
        InputError: no such kind, it belongs to disclosures, or the regulation keeps no such dossier (E690).
    """
    known = kind_of(house, kind)
    if known.per == "disclosure" or not known.parts(house.regulation):
        raise InputError(
            what=_("Quy chế không lập hồ sơ loại {kind} cho việc riêng.").format(kind=kind), code="congkhai-E690",
            advice=_("Thêm [dossier:{kind}] và [part:…] vào quy chế, hoặc chọn loại khác.").format(kind=kind),
        )  # fmt: skip
    with house.store.write(house.agency, by) as tx:
        id_ = _open(tx, kind, title, year, by, "open", number, {**_USUAL, **(facts or {})})
        tx.connection.execute(
            sa.update(t.staff_matter).where(t.staff_matter.c.id == id_, t.staff_matter.c.state == "proposed")
            .values(state="open", opened_by=by)
        )  # fmt: skip
        judge_again(tx, id_, tx.journal("matter.confirmed", id_, kind=kind).seq)
        match_papers(tx, house)
    return id_


def _open(
    tx: Transaction, kind: str, title: str, year: int, by: str, state: str, number: str, facts: Mapping[str, str]
) -> str:
    id_ = "v" + hashlib.sha256("\x1f".join((tx.agency, kind, str(year), title)).encode()).hexdigest()[:15]
    if tx.connection.scalar(sa.select(t.staff_matter.c.id).where(t.staff_matter.c.id == id_)) is None:
        tx.connection.execute(
            sa.insert(t.staff_matter).values(
                id=id_, agency=tx.agency, kind=kind, number=number, title=title, year=year, facts=dict(facts),
                state=state, opened_at=tx.now, opened_by=by,
            )
        )  # fmt: skip
        tx.journal("matter.opened", id_, kind=kind, year=year, state=state, title=tx.remark(id_, title))
    return id_


def matters(connection: sa.Connection, agency: str, *states: str) -> Iterator[StaffMatter]:
    """Read the matters of staff in these states (all when none is named), oldest first."""
    query = sa.select(t.staff_matter).where(t.staff_matter.c.agency == agency)
    if states:
        query = query.where(t.staff_matter.c.state.in_(states))
    c = t.staff_matter.c
    for row in connection.execute(query.order_by(c.year, c.opened_at, c.id)):
        yield _matter(row)


def matter(connection: sa.Connection, id_: str) -> StaffMatter | None:
    """Read one matter of staff, or None."""
    row = connection.execute(sa.select(t.staff_matter).where(t.staff_matter.c.id == id_)).one_or_none()
    return None if row is None else _matter(row)


def _matter(row: "sa.Row[tuple[object, ...]]") -> StaffMatter:
    return StaffMatter(**{name: getattr(row, name) for name in StaffMatter.__dataclass_fields__})


def claims(connection: sa.Connection, subject: str, *states: str) -> tuple[Claim, ...]:
    """Read the claims on a subject in these states (all when none is named), oldest first."""
    query = sa.select(t.claim).where(t.claim.c.subject == subject)
    if states:
        query = query.where(t.claim.c.state.in_(states))
    return tuple(_claim(row) for row in connection.execute(query.order_by(t.claim.c.id)))


def _claim(row: "sa.Row[tuple[object, ...]]") -> Claim:
    values = {name: getattr(row, name) for name in Claim.__dataclass_fields__}
    return Claim(**{**values, "why": tuple(values["why"])})


def proposed(connection: sa.Connection, agency: str) -> tuple[Claim, ...]:
    """Read every claim that waits for a person."""
    query = sa.select(t.claim).where(t.claim.c.agency == agency, t.claim.c.state == "proposed")
    return tuple(_claim(row) for row in connection.execute(query.order_by(t.claim.c.id)))


def judge_again(tx: Transaction, subject: str, entry: int) -> None:
    """
    Have the dossier of a subject judged now; what is sealed stays as it is, and a disclosure's waits for its end.

    Args:
        entry: number of the journal's entry that gave the reason.
    """
    begun = sa.select(t.dossier.c.id).where(t.dossier.c.subject == subject, t.dossier.c.sha256 == "")
    of_staff = matter(tx.connection, subject) is not None
    if of_staff or tx.connection.execute(begun).first() is not None:
        tx.enqueue("dossier", f"{subject}:{entry}", subject=subject)


def write_claim(
    tx: Transaction, subject: str, part: DossierPart, *, state: str, by: str, why: Sequence[str] = (),
    document: Document | None = None, file: tuple[str, str, int, str, str] = ("", "", 0, "", ""), period: str = "",
) -> int:  # fmt: skip
    """
    Write a claim in the caller's transaction.

    Args:
        file: name, media type, size, digest and form of a file that a clerk brought.
    """
    name, media_type, size, sha256, form = file
    settled = {} if state == "proposed" else {"decided_by": by, "decided_at": tx.now}
    made = tx.connection.execute(
        sa.insert(t.claim).values(**{
            "agency": tx.agency, "subject": subject, "part": part.key, "period": period,
            "document": document.id if document else None, "name": name, "media_type": media_type, "size": size,
            "sha256": sha256, "form": form, "state": state, "why": list(why), "by": by, "at": tx.now,
            "decided_by": "", "decided_at": None, **settled,
        })
    )  # fmt: skip
    number = int((made.inserted_primary_key or (0,))[0])
    held = document.id if document else sha256
    judge_again(tx, subject, tx.journal(f"claim.{state}", subject, claim=number, part=part.key, held=held).seq)
    return number


def bring_document(house: House, subject: str, kind: str, part: str, document: str, by: str, period: str = "") -> int:
    """Let a clerk put a paper that the house holds into a place. Raises InputError, NotAllowedError (E691)."""
    wanted = part_of(house, kind, part)
    with house.store.write(house.agency, by) as tx:
        paper = read.document(tx.connection, document)
        period = period or period_of(wanted, paper.subject)
        _free(tx, subject, wanted, period)
        return write_claim(tx, subject, wanted, state="confirmed", by=by, document=paper, period=period)


def bring_file(
    house: House, subject: str, kind: str, part: str, stream: BinaryIO, name: str, media_type: str, form: str, by: str,
    period: str = "",
) -> int:  # fmt: skip
    """
    Let a clerk put a file into a place; it is read as a stream, so its size does not matter.

    Args:
        form: one of `FORMS`; a plain scan stays one, it never counts as digitally signed.

    Raises:
        InputError: no such part, or an empty file (E690).
        NotAllowedError: the place is taken (E691).
    """
    wanted = part_of(house, kind, part)
    sha256, size = house.store.vault.put(stream)
    if not size:
        raise InputError(_("Tệp rỗng."), where=name[:80], code="congkhai-E690", advice=_("Đưa tệp khác."))
    with house.store.write(house.agency, by) as tx:
        _free(tx, subject, wanted, period)
        file = (name[:200], media_type, size, sha256, form)
        return write_claim(tx, subject, wanted, state="confirmed", by=by, file=file, period=period)


def _free(tx: Transaction, subject: str, part: DossierPart, period: str) -> None:
    """Refuse a second paper in a place that has room for one."""
    many = part.cardinality == "conference"
    taken = [
        one for one in claims(tx.connection, subject, "confirmed") if one.part == part.key and one.period == period
    ]
    if taken and not many:
        raise NotAllowedError(
            what=_("Chỗ {part} đã có văn bản (mục {ids}).").format(
                part=part.key, ids=", ".join(str(one.id) for one in taken)
            ),
            where=subject, code="congkhai-E691",
            advice=_("Bỏ văn bản cũ bằng congkhai dossier refuse trước, kèm lý do; văn bản cũ vẫn được lưu."),
        )  # fmt: skip


def decide_claim(house: House, id_: int, by: str, *, confirmed: bool, reason: str = "") -> Claim:
    """
    Let a person say whether a paper belongs to its place; a confirmed one may be taken out again with a reason.

    Raises:
        InputError: no such claim (E690).
        NotAllowedError: another paper is confirmed in that place (E691), or it is refused already (E691).
    """
    with house.store.write(house.agency, by) as tx:
        mine = sa.select(t.claim).where(t.claim.c.id == id_, t.claim.c.agency == tx.agency)
        row = tx.connection.execute(mine).first()
        if row is None:
            raise InputError(
                _("Không có đề xuất nào mang số này."), where=str(id_), code="congkhai-E690",
                advice=_("Xem số bằng congkhai dossier claims."),
            )  # fmt: skip
        found = _claim(row)
        kind = _kind_of_subject(tx.connection, found.subject)
        if confirmed:
            others = [one for one in claims(tx.connection, found.subject, "confirmed") if one.id != id_]
            part = part_of(house, kind, found.part)
            if any(one.part == part.key and one.period == found.period for one in others):
                _free(tx, found.subject, part, found.period)
        state = "confirmed" if confirmed else "refused"
        if found.state == state:
            return found
        tx.connection.execute(
            sa.update(t.claim).where(t.claim.c.id == id_).values(state=state, decided_by=by, decided_at=tx.now)
        )
        tx.connection.execute(
            sa.update(t.staff_matter)
            .where(t.staff_matter.c.id == found.subject, t.staff_matter.c.state == "proposed", sa.literal(confirmed))
            .values(state="open", opened_by=by)
        )
        said = tx.remark(found.subject, reason)
        head = tx.journal(f"claim.{state}", found.subject, claim=id_, part=found.part, reason=said)
        judge_again(tx, found.subject, head.seq)
    return found


def _kind_of_subject(connection: sa.Connection, subject: str) -> str:
    held = matter(connection, subject)
    return held.kind if held is not None else "disclosure"


def match_papers(tx: Transaction, house: House) -> int:
    """
    Let every paper of the agency that no claim names yet claim the places that it fits, in the caller's transaction.

    What is certain counts at once; all else waits for a person. A plan that opens a matter of a kind for which none is
    open proposes the matter too.

    Returns:
        How many claims were written.
    """
    kinds = [offer.kind for offer in house.host.dossier_kinds.values() if offer.kind.per != "disclosure"]
    asked = [(kind, part) for kind in kinds for part in kind.parts(house.regulation) if part.origin == "document"]
    if not asked:
        return 0
    written = 0
    for document in _unclaimed(tx, [part for _kind, part in asked]):
        for kind, part in asked:
            written += _match(tx, kind, part, document)
    return written


def _unclaimed(tx: Transaction, parts: Sequence[DossierPart]) -> Iterator[Document]:
    """Give our own current papers that fit one of these parts and on which nobody has an opinion yet, oldest first."""
    c = t.document.c
    query = sa.select(c.id, c.type, c.subject).where(
        c.agency == tx.agency, c.direction == Direction.OUT.value, c.status == DocumentStatus.CURRENT.value,
        ~sa.exists().where(t.claim.c.document == c.id),
    )  # fmt: skip
    for row in tx.connection.execute(query.order_by(c.issued, c.id)).all():
        if any(words_fit(part, row.type, row.subject) for part in parts):  # most papers are not read any further
            yield read.document(tx.connection, row.id)


def _match(tx: Transaction, kind: DossierKind, part: DossierPart, document: Document) -> int:
    year = year_of(document)
    found = [one for one in matters(tx.connection, tx.agency, "open", "proposed") if one.kind == kind.key]
    alone = sum(one.year == year for one in found) == 1
    best: tuple[Fit, StaffMatter] | None = None
    for one in found:
        sure = fit(part, document, title=one.title, year=one.year, numbers=_numbers(tx.connection, one.id), alone=alone)
        if sure and (best is None or sure > best[0]):
            best = (sure, one)
    if best is None:
        return _propose_matter(tx, kind, part, document, year)
    sure, chosen = best
    period = period_of(part, document.subject)
    taken = [
        one for one in claims(tx.connection, chosen.id, "confirmed", "proposed")
        if one.part == part.key and one.period == period
    ]  # fmt: skip
    certain = sure is Fit.CERTAIN and not taken and chosen.state == "open"
    why = [_("loại, trích yếu và năm phù hợp"), _("nhắc số văn bản đã có trong hồ sơ") if sure is Fit.CERTAIN else ""]
    why += [_("đã có văn bản khác nhận chỗ này")] if taken else []
    state = "confirmed" if certain else "proposed"
    write_claim(tx, chosen.id, part, state=state, by="congkhai", why=[one for one in why if one], document=document,
                period=period)  # fmt: skip
    return 1


def _propose_matter(tx: Transaction, kind: DossierKind, part: DossierPart, document: Document, year: int | None) -> int:
    """Open a proposal when a paper fits the first place of a kind that has no matter for it."""
    sure = year is not None and fit(part, document, title="", year=year, numbers=(), alone=True)
    first = part.cardinality in ("consultation", "conference", "term") and _is_first(part)
    if not sure or not first or year is None:
        return 0
    title = document.subject if kind.per == "matter" else _("{title} năm {year}").format(title=kind.title, year=year)
    id_ = _open(tx, kind.key, title[:500], year, "congkhai", "proposed", "", _USUAL)
    why = [_("kế hoạch mở đầu một việc chưa có hồ sơ")]
    write_claim(tx, id_, part, state="proposed", by="congkhai", why=why, document=document)
    return 1


def _is_first(part: DossierPart) -> bool:
    return part.key.rpartition(".")[2] in ("1", "")


def _numbers(connection: sa.Connection, subject: str) -> list[str]:
    query = sa.select(t.document.c.number).join(t.claim, t.claim.c.document == t.document.c.id)
    return list(connection.scalars(query.where(t.claim.c.subject == subject, t.claim.c.state == "confirmed")))
