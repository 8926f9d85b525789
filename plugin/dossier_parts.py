"""What a disclosure dossier must hold by the agency's regulation, and what of it is there."""

import re
import unicodedata
from dataclasses import dataclass

import sqlalchemy as sa

from .errors import NotAllowedError
from .house import House
from .minuting import REPORT, Matter
from .records import Direction, Document, DocumentStatus, Part
from .regulation_records import DossierKindRule, DossierPart
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


@dataclass(frozen=True, slots=True)
class Item:
    """
    One file of a dossier before it is sealed.

    Attributes:
        name: member name inside the container: ASCII, relative.
        kind: ``document``, ``minutes``, ``report``, ``plan``, ``evidence`` or ``feedback``.
        sha256: digest of its bytes in the vault.
    """

    name: str
    title: str
    kind: str
    media_type: str
    sha256: str
    size: int


def slug(text: str) -> str:
    """Return a short ASCII file name of a Vietnamese text: letters, digits, dots and hyphens."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    ascii_text = plain.encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9.]+", "-", ascii_text).strip("-.")[:60] or "tep"


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
    """Return the files of a matter: disclosed papers, the year's plan, minutes, report, evidence."""
    items: list[Item] = []
    for rank, document in enumerate(matter.documents, 1):
        items += _files(document, f"van-ban/{rank:02}", "document")
    plan = annual_plan(house, matter)
    if plan is not None:
        items += _files(plan, "ke-hoach/01", "plan")
    for kind, stem in _PAPERS.values():
        paper = matter.paper(kind)
        if paper is None:
            continue
        title = {"posting": _("Biên bản niêm yết"), "closing": _("Biên bản kết thúc")}.get(kind, _("Báo cáo kết quả"))
        for ending, sha256, media_type in (
            ("xml", paper.file_sha256, "application/xml"), ("pdf", paper.pdf_sha256, "application/pdf"),
        ):  # fmt: skip
            if sha256:
                group = "report" if kind == REPORT else "minutes"
                items.append(Item(f"{stem}.{ending}", title, group, media_type, sha256, _size(house, sha256)))
    proofs = [proof for posting in matter.disclosure.postings for proof in posting.evidence]
    photos = dict.fromkeys(proof.sha256 for proof in proofs if proof.kind == "photo")
    for number, sha256 in enumerate(photos, 1):  # a photo that is gone stops the dossier, it is never left out
        title, media_type = _("Minh chứng {number}").format(number=number), _type(house, sha256)
        name = f"minh-chung/{number:02}{_ENDINGS.get(media_type, '.txt')}"
        items.append(Item(name, title, "evidence", media_type, sha256, _size(house, sha256)))
    return tuple(items)


def _size(house: House, sha256: str) -> int:
    return house.store.vault.path(sha256).stat().st_size


def _type(house: House, sha256: str) -> str:
    with house.store.vault.open(sha256) as stream:
        head = stream.read(8)
    return "image/png" if head.startswith(b"\x89PNG") else "image/jpeg" if head[:2] == b"\xff\xd8" else "text/plain"


def _files(document: Document, prefix: str, kind: str) -> list[Item]:
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


def annual_plan(house: House, matter: Matter) -> Document | None:
    """Return the agency's disclosure plan of the matter's year, or None when it has none yet."""
    part = next((part for part in rule_of(house).parts if part.origin == "document"), None)
    return None if part is None else _matching(house, matter, part)


def _matching(house: House, matter: Matter, part: DossierPart) -> Document | None:
    year = str(matter.disclosure.trigger.year)
    query = (
        sa.select(t.document.c.id)
        .where(
            t.document.c.agency == house.agency,
            t.document.c.direction == Direction.OUT.value,
            t.document.c.status == DocumentStatus.CURRENT.value,
        )
        .order_by(t.document.c.issued)
    )
    with house.store.read() as connection:
        for id_ in connection.scalars(query).all():
            document = read.document(connection, id_)
            subject = document.subject.casefold()
            of_year = year in subject or (document.issued is not None and str(document.issued.year) == year)
            fits = document.type.casefold() in part.types and any(word in subject for word in part.phrases)
            if fits and of_year and not any(word in subject for word in part.excluded):
                return document
    return None


def parts_of(house: House, matter: Matter, items: tuple[Item, ...]) -> tuple[Part, ...]:
    """
    Judge every part that the regulation asks for: present, missing or not applicable, and why.

    Source: Quy chế xã Đông Sơn Điều 9; docs/architecture.md on the conditions.
    """
    return tuple(_judge(house, matter, items, part) for part in rule_of(house).parts)


def _judge(house: House, matter: Matter, items: tuple[Item, ...], part: DossierPart) -> Part:
    why_not = _not_applicable(house, matter, part)
    if why_not:
        return Part(part.key, part.title, "not_applicable", (), why_not)
    if part.origin == "document":
        members = tuple(item.name for item in items if item.kind == "plan")
        return _part(part, members, _("Chưa có kế hoạch công khai năm trong hệ thống quản lý văn bản."))
    if part.origin == "plan":
        return _part(part, (), _("Chưa có kế hoạch công khai riêng cho việc này."))
    kind, stem = _PAPERS[part.origin]
    paper = matter.paper(kind)
    if paper is None:
        return _part(part, (), _("Chưa lập."))
    if paper.missing:
        return _part(part, (), _("Chờ chữ ký: {roles}.").format(roles=", ".join(paper.missing)))
    return _part(part, tuple(item.name for item in items if item.name.startswith(stem)), _("Chưa lập."))


def _part(part: DossierPart, members: tuple[str, ...], lacking: str) -> Part:
    return Part(part.key, part.title, "present" if members else "missing", members, "" if members else lacking)


def _not_applicable(house: House, matter: Matter, part: DossierPart) -> str:
    postings = matter.disclosure.postings
    if "board_posting" in part.conditions and not any(posting.form == "notice_board" for posting in postings):
        return _("Không niêm yết trên bản tin: hệ thống ghi minh chứng trong báo cáo kết quả.")
    if "ends" in part.conditions and not any(posting.required_days for posting in postings):
        return _("Niêm yết thường xuyên: không có biên bản kết thúc cho đến khi được thay thế.")
    if "not_in_annual_plan" in part.conditions and annual_plan(house, matter) is not None:
        return _("Nội dung đã có trong kế hoạch công khai năm.")
    return ""
