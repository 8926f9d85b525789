"""What a disclosure dossier must hold by the agency's regulation, and what of it is there."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import sqlalchemy as sa

from .clock import local_date
from .errors import NotAllowedError
from .house import House
from .interfaces import DossierKind, PartCase, PartClaim, PartPaper
from .kinds_match import fits, year_of
from .kinds_matters import Claim, claims, kind_of, year_subject
from .minuting import REPORT, Matter
from .records import Direction, Document, DocumentStatus, Minutes, Part
from .regulation_records import DossierKindRule, DossierPart
from .scans import scans_of
from .store import read
from .store import tables as t
from .text import _

KIND = "disclosure"
_ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg"}
_PAPERS = {
    "minutes:posting": ("posting", "bien-ban/bien-ban-niem-yet"),
    "minutes:closing": ("closing", "bien-ban/bien-ban-ket-thuc"),
    "report": (REPORT, "bao-cao/bao-cao-ket-qua"),
}
_LONGEST = 60  # characters of a file name inside a dossier, so that a path stays below Windows' 260


@dataclass(frozen=True, slots=True)
class Item:
    """
    One file of a dossier before it is sealed.

    Attributes:
        name: member name inside the container: ASCII, relative.
        kind: ``document``, ``minutes``, ``report``, ``plan``, ``evidence``, ``feedback`` or ``other``.
        sha256: digest of its bytes in the vault.
    """

    name: str
    title: str
    kind: str
    media_type: str
    sha256: str
    size: int


def slug(text: str) -> str:
    """
    Return a short ASCII file name of a Vietnamese text: letters, digits, dots and hyphens; its ending stays.

    Safe on Windows and Linux behind the number that every member begins with: no reserved name, no trailing dot.
    """
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    name = re.sub(r"[^a-z0-9.]+", "-", plain.encode("ascii", "ignore").decode().lower()).strip("-.")
    ending = PurePosixPath(name).suffix if len(PurePosixPath(name).suffix) <= 6 else ""
    stem = name[: -len(ending)] if ending else name
    return f"{stem[: _LONGEST - len(ending)].rstrip('-.')}{ending}" or "tep"


def numbered(rank: int, count: int) -> str:
    """Return a rank with as many zeros as a folder of `count` needs, so that names sort; at least two digits."""
    return f"{rank:0{max(2, len(str(count)))}}"


def rule_of(house: House) -> DossierKindRule:
    """
    Return the regulation's rule for disclosure dossiers.

    Raises:
        NotAllowedError: the regulation defines none.
    """
    rule = house.regulation.dossier(KIND)
    if rule is None:
        raise NotAllowedError(
            what=_("Quy chế {name} không quy định hồ sơ công khai.").format(name=house.regulation.name),
            advice=_("Thêm mục [dossier:disclosure] và các mục [part:…] vào tệp quy chế."), code="congkhai-E222",
        )  # fmt: skip
    return rule


def items_of(house: House, matter: Matter) -> tuple[Item, ...]:
    """Return the files of a matter: disclosed papers, plans, minutes, report, evidence, other papers in its places."""
    items: list[Item] = []
    count = len(matter.documents)
    for rank, document in enumerate(matter.documents, 1):
        items += files_of(document, f"van-ban/{numbered(rank, count)}", "document")
    for group in _claimed(house, matter).values():
        items += [item for one in group for item in one.items]
    for kind, stem in _PAPERS.values():
        paper = matter.paper(kind)
        if paper is None:
            continue
        title = {"posting": _("Biên bản niêm yết"), "closing": _("Biên bản kết thúc")}.get(kind, _("Báo cáo kết quả"))
        for ending, sha256, media_type in (
            ("xml", paper.file_sha256, "application/xml"), ("pdf", paper.pdf_sha256, "application/pdf"),
        ):  # fmt: skip
            if sha256:
                group_name = "report" if kind == REPORT else "minutes"
                items.append(Item(f"{stem}.{ending}", title, group_name, media_type, sha256, _size(house, sha256)))
        items += made_elsewhere(house, paper, stem, title)
    items += _scans(house, matter)
    proofs = [proof for posting in matter.disclosure.postings for proof in posting.evidence]
    photos = dict.fromkeys(proof.sha256 for proof in proofs if proof.kind == "photo")
    for number, sha256 in enumerate(photos, 1):  # a photo that is gone stops the dossier, it is never left out
        title, media_type = _("Minh chứng {number}").format(number=number), _type(house, sha256)
        name = f"minh-chung/{numbered(number, len(photos))}{_ENDINGS.get(media_type, '.txt')}"
        items.append(Item(name, title, "evidence", media_type, sha256, _size(house, sha256)))
    return tuple(items)


def made_elsewhere(house: House, paper: Minutes, stem: str, title: str) -> Iterable[Item]:
    """Give the signatures of a paper that lie in files of their own, under the names that verifying looks for."""
    for one in paper.signatures:
        if one.beside:
            words = _("{title}: chữ ký của {signer} làm ở nơi khác").format(title=title, signer=one.signer)
            size = _size(house, one.beside)
            yield Item(f"{stem}.sig-{one.role}.xml", words, "other", "application/xml", one.beside, size)


def _scans(house: House, matter: Matter) -> Iterable[Item]:
    """Give the scans of papers signed by hand: kept as what they are, beside the signed papers."""
    with house.store.read() as connection:
        scans = [one for paper in matter.papers for one in scans_of(connection, paper.id)]
    for number, one in enumerate(scans, 1):
        name = f"ban-quet/{numbered(number, len(scans))}-{slug(one.name)}"
        title = _("Bản quét văn bản ký tay (không phải chữ ký số)")
        yield Item(name, title, "other", one.media_type, one.sha256, one.size)


def _size(house: House, sha256: str) -> int:
    return house.store.vault.size(sha256)


def _type(house: House, sha256: str) -> str:
    with house.store.vault.open(sha256) as stream:
        head = stream.read(8)
    return "image/png" if head.startswith(b"\x89PNG") else "image/jpeg" if head[:2] == b"\xff\xd8" else "text/plain"


def files_of(document: Document, prefix: str, kind: str) -> list[Item]:
    """Return the usable files of a document under a prefix such as ``van-ban/01``."""
    files = [file for file in document.attachments if not file.problem]
    return [
        Item(
            f"{prefix}-{file.ordinal}-{slug(file.name)}",
            document.subject,
            kind,
            file.media_type,
            file.sha256,
            file.size,
        )
        for file in files
    ]


@dataclass(frozen=True, slots=True)
class Placed:
    """A paper in a place: its files, the period it speaks of, and how its files are signed (a scan is no signature)."""

    items: tuple[Item, ...]
    period: str = ""
    form: str = ""


def placed(house: House, connection: sa.Connection, held: Sequence[Claim], folder: str, kind: str) -> list[Placed]:
    """Return the files of confirmed claims under a folder, oldest first."""
    found = []
    for rank, one in enumerate(held, 1):
        prefix = f"{folder}/{numbered(rank, len(held))}"
        if one.document is not None:
            document = read.document(connection, one.document)
            if document.status is DocumentStatus.CURRENT:
                found.append(Placed(tuple(files_of(document, prefix, kind)), one.period))
            continue
        title = _("{name} (bản quét, không phải bản ký số)") if one.form == "plain_scan" else "{name}"
        item = Item(f"{prefix}-1-{slug(one.name)}", title.format(name=one.name), kind, one.media_type, one.sha256,
                    _size(house, one.sha256))  # fmt: skip
        found.append(Placed((item,), one.period, one.form))
    return found


def annual_plan(house: House, matter: Matter) -> Document | None:
    """Return the agency's disclosure plan of the matter's year, or None when it has none yet or it is not clear."""
    part = _annual_part(house)
    found = _annual_plans(house, matter, part) if part is not None else []
    return found[0] if len(found) == 1 else None


def _annual_part(house: House) -> DossierPart | None:
    return next((part for part in rule_of(house).parts if part.origin == "document"), None)


def _annual_plans(house: House, matter: Matter, part: DossierPart) -> list[Document]:
    """Return the plans of the year: what a clerk has confirmed, else every paper that fits and was not refused."""
    year = matter.disclosure.trigger.year
    own = (t.document.c.agency == house.agency, t.document.c.direction == Direction.OUT.value,
           t.document.c.status == DocumentStatus.CURRENT.value)  # fmt: skip
    with house.store.read() as connection:
        decided = {one.document: one.state for one in claims(connection, year_subject(year)) if one.part == part.key}
        chosen = [id_ for id_, state in decided.items() if state == "confirmed" and id_]
        if chosen:
            return [read.document(connection, id_) for id_ in chosen]
        query = sa.select(t.document.c.id, t.document.c.type).where(*own).order_by(t.document.c.issued)
        rows = connection.execute(query).all()
        ids = [row.id for row in rows if row.type.casefold() in part.types and row.id not in decided]
        found = [read.document(connection, id_) for id_ in ids]
    return [document for document in found if fits(part, document) and _of_year(document, year)]


def _of_year(document: Document, year: int) -> bool:
    return year_of(document) == year or (document.issued is not None and document.issued.year == year)


def _claimed(house: House, matter: Matter) -> dict[str, list[Placed]]:
    """Return the papers in the places of a matter by part: the year's plan, and what clerks brought or confirmed."""
    found: dict[str, list[Placed]] = {}
    annual = _annual_part(house)
    if annual is not None:
        plans = _annual_plans(house, matter, annual)
        found[annual.key] = [
            Placed(tuple(files_of(plan, f"ke-hoach/{rank:02}", "plan"))) for rank, plan in enumerate(plans, 1)
        ]
    with house.store.read() as connection:
        held = claims(connection, matter.disclosure.id, "confirmed")
        for part in sorted({one.part for one in held}):
            mine = [one for one in held if one.part == part]
            found.setdefault(part, []).extend(placed(house, connection, mine, f"thanh-phan-{slug(part)}", "plan"))
    return found


def parts_of(house: House, matter: Matter, items: tuple[Item, ...]) -> tuple[Part, ...]:
    """
    Judge every part that the regulation asks for: present, missing or not applicable, and why.

    Source: Quy chế xã Đông Sơn Điều 9; docs/architecture.md on the conditions.
    """
    rule_of(house)
    there = _claimed(house, matter)
    stems = dict(_PAPERS.values())
    papers = tuple(
        PartPaper(
            paper.kind, tuple(item.name for item in items if item.name.startswith(stems[paper.kind])), paper.missing
        )
        for paper in matter.papers
        if paper.kind in stems
    )
    with house.store.read() as connection:
        waiting = [one.part for one in claims(connection, matter.disclosure.id, "proposed")]
    year = matter.disclosure.trigger.year
    facts = _facts(matter, annual_plan(house, matter) is not None)
    return judged(house, kind_of(house, KIND), year, facts, there, papers, waiting)


def _facts(matter: Matter, in_plan: bool) -> dict[str, str]:
    postings = matter.disclosure.postings
    return {
        "board_posting": "yes" if any(posting.form == "notice_board" for posting in postings) else "no",
        "ends": "yes" if any(posting.required_days for posting in postings) else "no",
        "not_in_annual_plan": "no" if in_plan else "yes",
    }


def judged(
    house: House, kind: DossierKind, year: int, facts: Mapping[str, str], there: Mapping[str, Sequence[Placed]],
    papers: tuple[PartPaper, ...], waiting: Sequence[str],
) -> tuple[Part, ...]:  # fmt: skip
    """
    Judge the parts of a dossier of any kind.

    Args:
        there: papers in their places, by part; `waiting`: parts for which a paper waits for a person.
    """
    found = []
    for part in kind.parts(house.regulation):
        why_not = kind.why_not(part, facts)
        if why_not:
            found.append(Part(part.key, part.title, "not_applicable", (), why_not))
            continue
        case = PartCase(
            kind=kind.key, part=part, year=year, facts=facts,
            claims=tuple(PartClaim(tuple(i.name for i in one.items), one.period) for one in there.get(part.key, ())),
            proposed=waiting.count(part.key), papers=papers, today=local_date(house.clock.now()),
        )  # fmt: skip
        found.append(_fill(house, case))
    return tuple(found)


def _fill(house: House, case: PartCase) -> Part:
    """Ask the source of a part; one that is missing or breaks leaves the part missing, and says so."""
    offer = house.host.part_sources.get(case.part.origin)
    if offer is None:
        note = _("Không có plugin nào lập thành phần kiểu {origin}.").format(origin=case.part.origin)
        return Part(case.part.key, case.part.title, "missing", (), note)
    try:
        return offer.source(case)
    except Exception as error:  # a plugin boundary: the dossier stays incomplete and names the plugin
        note = _("Plugin {plugin} gặp lỗi ({error}).").format(plugin=offer.plugin, error=type(error).__name__)
        return Part(case.part.key, case.part.title, "missing", (), note)
