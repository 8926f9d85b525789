"""
``congkhai fsck``: reads everything that the store holds and says what does not fit; changes nothing unless told to.

Findings are data. Mending never deletes and never invents: a file comes back from a copy with the right digest, an
orphan is laid aside, a matter that rests gets its work back. A broken journal and a wrong signature are told and left.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from congkhai.signing import SigningError, read_container, verify_path

from .dossier_checks import PASSED, trust_of
from .errors import CongkhaiError
from .fsck_rows import loose_rows
from .house import House
from .journal_proofs import check_journal
from .orphans import lay_aside, orphans
from .platform import TEMPORARY, temporary_name
from .reconcile import gaps, mend
from .store import read
from .store import tables as t
from .text import _

ERROR, WARN, INFO = "error", "warn", "info"
MENDABLE: Final = frozenset({"missing-file", "wrong-digest", "orphan", "missing-work"})


@dataclass(frozen=True, slots=True)
class Found:
    """
    One finding.

    Attributes:
        id: kind of the finding; stable.
        severity: ``error``, ``warn`` or ``info``.
        place: row or file.
        what: for people.
        advice: what to do.
        mended: whether it was put right just now.
    """

    id: str
    severity: str
    place: str
    what: str
    advice: str = ""
    mended: bool = False


def check_store(
    house: House, *, whole: bool = True, progress: Callable[[str], None] = lambda _what: None
) -> list[Found]:
    """
    Read the store of an agency and the vault, and return what is wrong; usable while the daemon runs.

    Args:
        whole: also read every file of the vault and check its digest and every container's signature.
        progress: told the name of each part before it begins.

    Raises:
        StoreError: the database does not answer.
    """
    parts: list[tuple[str, Callable[[], Iterator[Found]]]] = [
        ("rows", lambda: _rows(house)), ("missing files", lambda: _missing(house)),
        ("journal", lambda: _journal(house)), ("work", lambda: _work(house)), ("orphans", lambda: _orphans(house)),
    ]  # fmt: skip
    if whole:
        parts += [("digests", lambda: _digests(house)), ("signatures", lambda: _unsigned(house))]
    found: list[Found] = []
    for name, look in parts:
        progress(name)
        found += look()
    return found


def mend_store(house: House, found: list[Found], by: str) -> list[Found]:
    """
    Put right what can be put right.

    Args:
        found: as `check_store` returned it.
        by: who asked; stands in the journal.

    Returns:
        The findings, those that were mended marked.
    """
    copies = _copies(house) if any(one.id in ("missing-file", "wrong-digest") for one in found) else {}
    back = {
        one.place for one in found if one.id in ("missing-file", "wrong-digest") and _bring_back(house, one, copies)
    }
    if back:
        with house.store.write(house.agency, by) as tx:
            tx.journal("fsck.mended", "vault", files=sorted(back))
    left = [one.place for one in found if one.id == "orphan"]
    if left:
        lay_aside(house, left, by)
    worked: set[str] = set()
    if any(one.id == "missing-work" for one in found):
        with house.store.write(house.agency, by) as tx:
            worked = {gap.subject for gap in mend(tx, house)}
    done = back | set(left) | worked
    return [_mended(one) if one.id in MENDABLE and one.place in done else one for one in found]


def _mended(one: Found) -> Found:
    return Found(one.id, one.severity, one.place, one.what, one.advice, mended=True)


def _rows(house: House) -> Iterator[Found]:
    with house.store.read() as connection:
        for place, what in loose_rows(connection):
            yield Found("loose-row", ERROR, place, what, _("Khôi phục từ bản sao lưu, hoặc gửi báo cáo lỗi."))


def _needed(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """Yield every digest that a row cannot do without, with the row that names it."""
    columns = (
        t.attachment.c.sha256, t.minutes.c.file_sha256, t.minutes.c.pdf_sha256, t.dossier.c.sha256,
        t.dossier_volume.c.sha256, t.scan.c.sha256, t.claim.c.sha256, t.checkpoint.c.sha256, t.exemption.c.sha256,
        t.duty.c.evidence_sha256, t.signature.c.beside, t.dossier_waiver.c.sha256,
    )  # fmt: skip
    for column in columns:
        key = next(iter(column.table.primary_key.columns))
        for row in connection.execute(sa.select(column, key).where(column != "")):
            yield row[0], f"{column.table.name} {row[1]}"
    photos = sa.select(t.evidence.c.sha256, t.evidence.c.id).where(t.evidence.c.kind.in_(("photo", "document")))
    for row in connection.execute(photos.where(t.evidence.c.sha256 != "")):
        yield row[0], f"evidence {row[1]}"


def _missing(house: House) -> Iterator[Found]:
    with house.store.read() as connection:
        needed: dict[str, list[str]] = {}
        for sha256, row in _needed(connection):
            needed.setdefault(sha256, []).append(row)
    there = {*house.store.vault.digests(), *house.store.vault.quarantined()}
    for sha256 in sorted(needed.keys() - there):
        rows = ", ".join(needed[sha256][:3])
        yield Found(
            "missing-file", ERROR, sha256, _("Thiếu tệp trong kho; dòng cần đến: {rows}.").format(rows=rows),
            _("Chạy congkhai fsck --mend để tìm lại trong thư mục hồ sơ, hoặc khôi phục tệp từ bản sao lưu."),
        )  # fmt: skip


def _digests(house: House) -> Iterator[Found]:
    vault = house.store.vault
    for sha256 in list(vault.digests()):
        try:
            with vault.open(sha256):
                pass
        except CongkhaiError as error:
            yield Found(
                "wrong-digest", ERROR, sha256, str(error),
                _("Kiểm tra đĩa; chạy congkhai fsck --mend, hoặc khôi phục tệp từ bản sao lưu."),
            )  # fmt: skip


def _journal(house: House) -> Iterator[Found]:
    verdict, proofs = check_journal(house)
    for sentence in proofs.problems:
        yield Found("unusable-proof", ERROR, "journal", sentence, _("Xem các lỗi khác của tệp này."))
    for sentence in verdict.broken:
        yield Found(
            "broken-chain", ERROR, "journal", sentence,
            _("Giữ nguyên kho, đối chiếu bản sao lưu và các hồ sơ đã nộp (congkhai journal verify --against)."),
        )  # fmt: skip


def _orphans(house: House) -> Iterator[Found]:
    for sha256 in orphans(house):
        what = _("Tệp không thuộc dòng nào trong cơ sở dữ liệu.")
        yield Found("orphan", INFO, sha256, what, _("congkhai fsck --mend chuyển tệp vào nơi cách ly."))
    vault = house.store.vault
    for sha256 in vault.quarantined():
        yield Found("quarantined", INFO, sha256, _("Tệp đang nằm ở nơi cách ly."), _("Xóa bằng tay khi đã chắc chắn."))


def _work(house: House) -> Iterator[Found]:
    with house.store.read() as connection:
        for gap in gaps(connection, house):
            advice = _("Tiến trình nền sẽ đặt lại việc trong 15 phút; congkhai fsck --mend đặt lại ngay.")
            yield Found("missing-work", WARN, gap.subject, gap.say(), advice)


def _unsigned(house: House) -> Iterator[Found]:
    """Verify every container of a filed dossier, and say which filed matter has minutes that lack a signature."""
    with house.store.read() as connection:
        d = t.dossier.c
        ours = [sa.select(one.c.id).where(one.c.agency == house.agency) for one in (t.disclosure, t.staff_matter)]
        filed = sa.select(d.id).where(d.filed_at.is_not(None), sa.or_(*(d.subject.in_(one) for one in ours)))
        dossiers = [read.dossier_by_id(connection, id_) for id_ in connection.scalars(filed.order_by(d.id)).all()]
        volumes = {one.id: read.volumes(connection, one.id) or (one.sha256,) for one in dossiers}
        papers = {
            one.id: [read.minutes(connection, one.disclosure, kind) for kind in ("posting", "closing", "report")]
            for one in dossiers if one.disclosure
        }  # fmt: skip
    for dossier in dossiers:
        for sha256 in volumes[dossier.id]:
            wrong = _("không có gói niêm phong") if not sha256 else _judged(house, sha256)
            if wrong:
                yield _bad(f"dossier {dossier.id}", wrong)
        for paper in papers.get(dossier.id, ()):
            if paper is not None and paper.missing:
                yield _bad(f"minutes {paper.id}", _("thiếu chữ ký: {roles}").format(roles=", ".join(paper.missing)))


def _bad(place: str, wrong: str) -> Found:
    return Found(
        "unsigned", ERROR, place, _("Hồ sơ đã nộp mà chữ ký không đủ: {wrong}.").format(wrong=wrong),
        _("Đối chiếu bản đã nộp ở nơi nhận; lập lại bằng congkhai dossier reopen nếu cần."),
    )  # fmt: skip


def _judged(house: House, sha256: str) -> str:
    """Return why a container does not count as signed; empty when it does."""
    with tempfile.TemporaryDirectory(dir=house.store.folder, prefix=temporary_name("fsck-")) as folder:
        path = Path(folder) / "sealed.asice"
        try:
            with house.store.vault.open(sha256) as stream, path.open("wb") as out:
                while chunk := stream.read(1 << 20):
                    out.write(chunk)
            verdict = verify_path(path, trust_of(house), house.clock.now())
        except (CongkhaiError, SigningError) as error:
            return str(error)
    return "" if verdict.indication == PASSED else str(verdict.indication)


def _copies(house: House) -> dict[str, tuple[Path, str]]:
    """Find copies outside the vault: exported containers and their members, by digest; the member's name or empty."""
    found: dict[str, tuple[Path, str]] = {}
    folder = house.dossiers
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file() and not path.name.startswith(TEMPORARY):
            with path.open("rb") as stream:
                found.setdefault(hashlib.file_digest(stream, "sha256").hexdigest(), (path, ""))
            if path.suffix == ".asice":
                found |= {digest: place for digest, place in _members(path) if digest not in found}
    return found


def _members(path: Path) -> Iterator[tuple[str, tuple[Path, str]]]:
    try:
        for member in read_container(path).members:
            yield member.sha256, (path, member.name)
    except (SigningError, OSError):  # told under its own name, when the dossier is judged
        return


def _bring_back(house: House, one: Found, copies: dict[str, tuple[Path, str]]) -> bool:
    """Put a missing or changed file back from a copy; what was changed is laid aside first."""
    if one.place not in copies:
        return False
    path, name = copies[one.place]
    vault = house.store.vault
    if one.id == "wrong-digest":
        vault.lay_damaged(one.place)
    if not name:
        with path.open("rb") as stream:
            return vault.put(stream)[0] == one.place
    member = next(member for member in read_container(path).members if member.name == name)
    with member.open() as stream:
        return vault.put(stream.read())[0] == one.place
