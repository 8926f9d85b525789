"""
Checkpoints of the journal: its head, signed with the seal key and timestamped, so that it cannot be made anew.

The text of a checkpoint has the shape of a C2SP tlog-checkpoint note: three lines, origin, number of entries, head in
base64. The journal is a chain and no Merkle tree, so the third line is the hash of the newest entry. The signature is
no note signature: the text is the one member of an ASiC-E container that the seal signs as it signs dossiers. The same
key (file, token, remote), timestamps, long-term data and verifiers serve, ours and foreign ones.

One is made each day on which something was journalled, and before each dossier is sealed. The journal names the digest
of each, so a newer one that has its timestamp also carries the older ones; only the newest ever needs to be younger
than its certificates.

Source: https://c2sp.org/tlog-checkpoint (text of the note); ETSI EN 319 162-1 (container).
"""

import base64
import binascii
import io
import logging
import re
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from congkhai.signing import (
    LevelError,
    RevocationError,
    TimestampError,
    TryLaterError,
    augment_container,
    complete_container,
    member_from_bytes,
    prepare_container,
    read_container,
    recheck_container,
    write_container,
)

from .errors import InputError
from .house import House
from .platform import temporary_name, write_durably
from .raising import budget_spent, complain, tools_of, wanted
from .signer_check import checked_signer
from .store import Transaction
from .store import tables as t
from .store.journal import Head, head
from .text import _
from .work import Step

log = logging.getLogger(__name__)

MEMBER: Final = "checkpoint.txt"
"""Name of the text inside the container."""
LEVEL: Final = "LT"
_AGAIN = timedelta(hours=1)
_LINES = 3
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """
    What a checkpoint says.

    Attributes:
        origin: which journal; the same for every checkpoint of one agency in one installation.
        head: newest entry that it covers.
    """

    origin: str
    head: Head

    @property
    def text(self) -> bytes:
        """The note's text, UTF-8: origin, number of entries, head in base64, each line ended."""
        packed = base64.b64encode(bytes.fromhex(self.head.hash)).decode()
        return f"{self.origin}\n{self.head.seq + 1}\n{packed}\n".encode()


def read_checkpoint(text: bytes) -> Checkpoint:
    """
    Read the text of a checkpoint; further lines, which the note's form allows, are passed over.

    Raises:
        InputError: it is none (E762).
    """
    try:
        lines = text.decode().split("\n")
        origin, size, packed = lines[:_LINES]
        digest = base64.b64decode(packed, validate=True)
        whole = lines[-1] == "" and all(lines[:-1]) and _SIZE.fullmatch(size) is not None
        if not whole or len(digest) != 32 or base64.b64encode(digest).decode() != packed:
            raise ValueError(size)  # noqa: TRY301 - told once, below
        return Checkpoint(origin, Head(int(size) - 1, digest.hex()))
    except (ValueError, binascii.Error) as error:
        raise InputError(
            what=_("Nội dung không phải là điểm kiểm tra của nhật ký."), where=MEMBER, code="congkhai-E762",
            advice=_("Điểm kiểm tra gồm ba dòng: nguồn, số mục, mã băm đầu chuỗi dạng base64."),
        ) from error  # fmt: skip


def origin_of(house: House) -> str:
    """Return the name of the agency's journal: it says nothing of the agency, and no other installation has it."""
    return f"congkhai/journal/{house.opaque('journal')}"


def checkpoint_of(path: Path) -> Checkpoint | None:
    """
    Read the checkpoint in a container, without judging its signature.

    Returns:
        None when the container carries none.

    Raises:
        ContainerError: no readable container. InputError: what it carries is no checkpoint.
    """
    for member in read_container(path).members:
        if member.name == MEMBER:
            with member.open() as stream:
                return read_checkpoint(stream.read(1 << 16))
    return None


def make_checkpoint(house: House, why: str) -> Head:
    """
    Sign the journal's head, unless nothing but checkpoints was written since the last one.

    Args:
        why: ``day``, ``dossier`` or ``asked``.

    Returns:
        The head of the journal now: the entry that names the checkpoint, or what the last one covers already.

    Raises:
        ConfigurationError, SigningError, OutsideError: the seal cannot be used; nothing was written.
        StoreError: the store refuses.
    """
    with house.store.read() as connection:
        covered = head(connection, house.agency)
        needed = _anything_new(connection, house.agency)
    if not needed:
        return covered
    made = Checkpoint(origin_of(house), covered)
    sha256, _size = house.store.vault.put(_signed(house, made))
    with house.store.write(house.agency, "congkhai") as tx:
        same = (t.checkpoint.c.agency == house.agency, t.checkpoint.c.seq == covered.seq)
        if tx.connection.execute(sa.select(t.checkpoint.c.seq).where(*same)).first() is not None:
            return head(tx.connection, house.agency)  # another node was quicker
        tx.connection.execute(
            sa.insert(t.checkpoint).values(
                agency=house.agency, seq=covered.seq, hash=covered.hash, sha256=sha256, made_at=tx.now, why=why,
                level="B",
            )
        )  # fmt: skip
        after = tx.journal("journal.checkpoint", subject_of(house, covered.seq), head=covered.hash, file=sha256)
        if wanted(house):
            tx.set_deadline("stamp-checkpoint", subject_of(house, covered.seq), tx.now, "a checkpoint was signed")
    return after


def subject_of(house: House, seq: int) -> str:
    """Return what a checkpoint is called in deadlines and in the journal."""
    return f"checkpoint:{house.agency}:{seq}"


def _anything_new(connection: sa.Connection, agency: str) -> bool:
    """Tell whether the journal holds more than entries about its own checkpoints since the last of them."""
    last = connection.scalar(sa.select(sa.func.max(t.checkpoint.c.seq)).where(t.checkpoint.c.agency == agency))
    j = t.journal.c
    query = sa.select(j.seq).where(j.agency == agency, j.seq > (-1 if last is None else last))
    others = query.where(j.body.not_like('{"act":"journal.%'))  # bodies are canonical: the act comes first
    return connection.execute(others.limit(1)).first() is not None


def _signed(house: House, made: Checkpoint) -> bytes:
    now = house.clock.now()
    _name, signer = house.signer_of("seal")
    checked_signer(signer, house.configuration.trust.folder, now)
    members = [member_from_bytes(MEMBER, "text/plain", made.text)]
    prepared = prepare_container(
        members, certificate=signer.certificate(), algorithm=signer.algorithm, signing_time=now, role="seal",
        chain=tuple(signer.chain()),
    )  # fmt: skip
    signature = complete_container(members, prepared, signer.sign(prepared.octets))
    with tempfile.TemporaryDirectory(dir=house.store.folder, prefix=temporary_name("checkpoint-")) as folder:
        path = Path(folder) / "checkpoint.asice"
        write_container(path, members, [signature])
        recheck_container(path)
        return path.read_bytes()


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint that the store holds; `sha256` is the container's digest, `level` B or LT."""

    seq: int
    hash: str
    sha256: str
    made_at: datetime
    why: str
    level: str


def kept(connection: sa.Connection, agency: str) -> list[Kept]:
    """Return the checkpoints of an agency, oldest first."""
    query = sa.select(t.checkpoint).where(t.checkpoint.c.agency == agency).order_by(t.checkpoint.c.seq)
    return [
        Kept(row.seq, row.hash, row.sha256, row.made_at, row.why, row.level) for row in connection.execute(query)
    ]  # fmt: skip


def written(house: House, folder: Path | None) -> list[Kept]:
    """
    Return every checkpoint, and write the containers into a folder, those that it does not hold yet.

    Args:
        folder: made when missing; None writes nothing.

    Raises:
        StoreError: a container is missing or was changed.
        OSError: the folder cannot be written.
    """
    with house.store.read() as connection:
        found = kept(connection, house.agency)
    if folder is None:
        return found
    folder.mkdir(parents=True, exist_ok=True)
    for one in found:
        path = folder / f"checkpoint-{house.agency}-{one.seq:09}-{one.level}.asice"
        if not path.exists():
            with house.store.vault.open(one.sha256) as stream:
                write_durably(path, stream)
    return found


def make(step: Step) -> None:
    """Make the checkpoint of the day. Work kind ``checkpoint``; args: subject (the day)."""
    make_checkpoint(step.house, "day")
    with step.commit():
        pass


def plan_checkpoint(tx: Transaction, day: str) -> None:
    """Plan the day's checkpoint, once a day; `day` is the agency's date as ISO text."""
    tx.enqueue("checkpoint", f"{tx.agency}:{day}", subject=day)


def stamp(step: Step) -> None:
    """
    Give a checkpoint its timestamp and long-term data. Work kind ``stamp-checkpoint``; args: subject.

    What is in the way is tried again every hour; when the waiting budget is spent, it is shown as a fault, once.
    """
    house, subject = step.house, step.args["subject"]
    seq = int(subject.rpartition(":")[2])
    same = (t.checkpoint.c.agency == house.agency, t.checkpoint.c.seq == seq)
    with house.store.read() as connection:
        row = connection.execute(sa.select(t.checkpoint).where(*same)).one_or_none()
    if row is None or row.level == LEVEL or not wanted(house):
        with step.commit():
            return
    try:
        sha256 = _raised(house, row.sha256)
    except (TryLaterError, TimestampError, RevocationError, LevelError) as error:
        _later(step, subject, row.made_at, error)
        return
    with step.commit() as tx:
        tx.connection.execute(sa.update(t.checkpoint).where(*same).values(sha256=sha256, level=LEVEL))
        tx.journal("journal.stamped", subject, file=sha256, before=row.sha256)


def _raised(house: House, sha256: str) -> str:
    tools = tools_of(house)
    with tempfile.TemporaryDirectory(dir=house.store.folder, prefix=temporary_name("checkpoint-")) as folder:
        path, raised = Path(folder) / "checkpoint.asice", Path(folder) / "raised.asice"
        path.write_bytes(house.store.vault.read(sha256))
        for level in ("T", LEVEL):
            container = read_container(path)
            write_container(raised, container.members, augment_container(container, level, tools))
            raised.replace(path)
        recheck_container(path)
        return house.store.vault.put(io.BytesIO(path.read_bytes()))[0]


def _later(step: Step, subject: str, made_at: datetime, error: Exception) -> None:
    moment = getattr(error, "not_before", None)
    with step.commit() as tx:
        due = moment if moment is not None and moment > tx.now else tx.now + _AGAIN
        tx.set_deadline("stamp-checkpoint", subject, due, "timestamp or revocation data not there yet")
        if budget_spent(step.house, made_at):
            complain(tx, subject, error)
