"""
Holding the journal against what left it: checkpoints, sealed dossiers, signed minutes, wherever they lie.

Somebody who may write into the database can cut the chain or make it anew, hashes and head row included. What was
signed meanwhile names heads of the true chain; as long as one such paper is elsewhere, the change shows.
"""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from congkhai.signing import SigningError, Trust, read_container, verify_path

from .checkpoints import MEMBER, origin_of, read_checkpoint
from .dossier_checks import PASSED, trust_of
from .errors import CongkhaiError, InputError
from .house import House
from .minutes import JournalHead, read_index, read_minutes, read_report
from .platform import temporary_name
from .records import Minutes
from .store import read, verify_journal
from .store import tables as t
from .store.journal import Anchor, Verdict
from .text import _

_LARGEST = 8 << 20
"""Bytes of a checkpoint, an index or minutes that are read at most."""


@dataclass(frozen=True, slots=True)
class Proofs:
    """
    Heads found outside the chain.

    Attributes:
        anchors: to hold the chain against.
        problems: what should have carried a head and could not be used, one sentence each.
        foreign: papers of other installations or agencies; they say nothing of this journal.
    """

    anchors: tuple[Anchor, ...]
    problems: tuple[str, ...] = ()
    foreign: int = 0


def check_journal(house: House, outside: Iterable[Path] = (), *, inside: bool = True) -> tuple[Verdict, Proofs]:
    """
    Recompute the agency's chain and hold it against every head that can be found; no network, nothing is changed.

    Args:
        outside: files and folders that lie outside the store: filed dossiers, checkpoints, minutes.
        inside: also read the checkpoints, sealed dossiers and minutes of the store itself.

    Raises:
        InputError: a path is not there (E763). StoreError: the database does not answer.
    """
    proofs = _merged([*([_of_store(house)] if inside else []), *(_of_path(house, path) for path in outside)])
    with house.store.read() as connection:
        return verify_journal(connection, house.agency, proofs.anchors), proofs


def _merged(found: Iterable[Proofs]) -> Proofs:
    each = list(found)
    return Proofs(
        tuple(anchor for one in each for anchor in one.anchors),
        tuple(problem for one in each for problem in one.problems),
        sum(one.foreign for one in each),
    )


def _of_store(house: House) -> Proofs:
    """Read the heads that lie in the store itself: checkpoints, sealed dossiers, minutes."""
    with house.store.read() as connection:
        query = sa.select(t.checkpoint).where(t.checkpoint.c.agency == house.agency).order_by(t.checkpoint.c.seq)
        checkpoints = connection.execute(query).all()
        containers = _containers(connection, house.agency)
        papers = _papers(connection, house.agency)
    found: list[Proofs] = []
    trust = trust_of(house) if checkpoints else None  # a young installation has neither
    for row in checkpoints:
        where = _("điểm kiểm tra #{seq}").format(seq=row.seq)
        stated = Anchor(row.seq, row.hash, where)
        found.append(_merged([_of_blob(house, row.sha256, where, trust, ".asice"), Proofs((stated,))]))
    for id_, sha256 in containers:
        found.append(_of_blob(house, sha256, _("hồ sơ {id}").format(id=id_), None, ".asice"))
    for paper in papers:
        where = _("biên bản {id}").format(id=paper.id)
        found.append(_of_blob(house, paper.file_sha256, where, None, ".xml"))
    return _merged(found)


def _containers(connection: sa.Connection, agency: str) -> list[tuple[str, str]]:
    """Name every sealed container of an agency with its dossier, volumes and older versions included."""
    d = t.dossier.c
    ours = sa.or_(
        *(d.subject.in_(sa.select(one.c.id).where(one.c.agency == agency)) for one in (t.disclosure, t.staff_matter))
    )
    rows = connection.execute(sa.select(d.id, d.sha256).where(ours, d.sha256 != "").order_by(d.id)).all()
    return [(row.id, sha256) for row in rows for sha256 in read.volumes(connection, row.id) or (row.sha256,)]


def _papers(connection: sa.Connection, agency: str) -> list[Minutes]:
    """Name every paper of an agency, of disclosures and of staff matters, voided ones too: each prints a head."""
    m = t.minutes.c
    query = sa.select(m.id).where(m.agency == agency)
    return [read.minutes_by_id(connection, id_) for id_ in connection.scalars(query.order_by(m.id)).all()]


def _of_blob(house: House, sha256: str, where: str, trust: Trust | None, ending: str) -> Proofs:
    """Read the heads in a file of the vault; with `trust` its signature must hold too."""
    try:
        with tempfile.TemporaryDirectory(dir=house.store.folder, prefix=temporary_name("proof-")) as folder:
            path = Path(folder) / f"proof{ending}"
            path.write_bytes(house.store.vault.read(sha256))
            return _of_file(house, path, where, trust, known=True)
    except CongkhaiError as error:
        return Proofs((), (f"{where}: {error}",))


def _of_path(house: House, path: Path) -> Proofs:
    """Read the heads in a file, or in every container and minutes file of a folder; their signatures must hold."""
    if not path.exists():
        raise InputError(
            what=_("Không có tệp hoặc thư mục này."), where=str(path), code="congkhai-E763",
            advice=_("Kiểm tra lại đường dẫn."),
        )  # fmt: skip
    files = sorted(one for one in path.rglob("*") if one.suffix in (".asice", ".xml")) if path.is_dir() else [path]
    trust = trust_of(house)
    return _merged(_of_file(house, file, str(file), trust, known=False) for file in files)


def _of_file(house: House, path: Path, where: str, trust: Trust | None, *, known: bool) -> Proofs:
    """
    Read the heads in one file.

    Args:
        trust: None where the signature is judged elsewhere.
        known: whether the file is ours for certain; of others we do not know, and one without a head is passed over.
    """
    try:
        heads = list(_heads(house, path, where, known=known))
        if not heads and known:
            return Proofs((), (_("{where}: không nêu đầu nhật ký nào.").format(where=where),))
        mine = tuple(anchor for anchor in heads if anchor is not None)
        if trust is not None and mine:
            verdict = verify_path(path, trust, house.clock.now())
            if verdict.indication != PASSED:
                text = _("{where}: chữ ký không được kiểm tra là hợp lệ ({indication}).")
                return Proofs((), (text.format(where=where, indication=verdict.indication),))
        return Proofs(mine, (), len(heads) - len(mine))
    except (CongkhaiError, SigningError, OSError) as error:
        return Proofs((), (f"{where}: {error}",)) if known else Proofs((), (), 1)


def _heads(house: House, path: Path, where: str, *, known: bool) -> Iterator[Anchor | None]:
    """Yield the heads that a file names; None for one of another journal."""
    code = house.configuration.agency.code
    if path.suffix == ".xml":
        content = _paper(path.read_bytes()[:_LARGEST])
        if content is not None:
            yield _anchor(content[1], where) if known or content[0] == code else None
        return
    for member in read_container(path).members:
        if member.name not in (MEMBER, "dossier.xml"):
            continue
        with member.open() as stream:
            data = stream.read(_LARGEST)
        if member.name == MEMBER:
            made = read_checkpoint(data)
            yield Anchor(made.head.seq, made.head.hash, where) if made.origin == origin_of(house) else None
        else:
            index = read_index(data)
            yield _anchor(index.journal, where) if known or index.agency.code == code else None


def _anchor(head: JournalHead, where: str) -> Anchor:
    return Anchor(head.seq, head.sha256, where)


def _paper(xml: bytes) -> tuple[str, JournalHead] | None:
    """Return the agency's code and the head that minutes or a report name; None for other XML."""
    for reader in (read_minutes, read_report):
        try:
            content = reader(xml)
        except CongkhaiError:
            continue
        return content.agency.code, content.journal
    return None
