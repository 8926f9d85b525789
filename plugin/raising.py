"""
Raising signatures: timestamps and long-term data, as soon as they can be had, and never in the way of signing.

Minutes are raised to LT before their dossier is sealed, unless the waiting budget is spent; the sealed container is
raised to LTA, and later renewed before the proofs that hold it together run out. Each step is due work with its own
moment, and each level is a new file: the older ones stay in the vault. Without ``[timestamp] url`` nothing happens.
"""

import tempfile
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

import requests
import sqlalchemy as sa

from congkhai.signing import (
    LevelError,
    Renewal,
    Revocation,
    RevocationError,
    Service,
    Stamper,
    TimestampError,
    Tools,
    TryLaterError,
    augment,
    augment_container,
    read_container,
    recheck,
    recheck_container,
    renew_container,
    renewal_due,
    signature_ids,
    verify_bytes,
    write_container,
)

from .dossier_checks import trust_of
from .house import House
from .platform import temporary_name
from .records import Minutes
from .store import Transaction, read
from .store import tables as t
from .text import _
from .work import Step, explain

ORDER = ("B", "T", "LT", "LTA")
_AGAIN = timedelta(hours=1)  # where nobody announces when new revocation data will be there


def wanted(house: House) -> bool:
    """Tell whether the agency uses timestamps at all."""
    return bool(house.configuration.timestamp.url)


def tools_of(house: House) -> Tools:
    """Return trust, time and services for raising; the services are asked through the configured proxy only."""
    settings = house.configuration.timestamp
    session = requests.Session()
    session.trust_env = False  # the ini says which way goes out, not the environment of the process
    if settings.proxy:
        session.proxies = {"http": settings.proxy, "https": settings.proxy}
    trust = trust_of(house)
    seconds = settings.timeout.total_seconds()
    services = [Service(url, timeout=seconds, policy=settings.policy) for url in settings.url]
    stamper = Stamper(services, session, trust)
    revocation = Revocation(session=session, cache=house.store.folder / "revocation", timeout=seconds)
    return Tools(trust, house.clock.now(), stamper, revocation)


def level_of(house: House, paper: Minutes) -> str:
    """
    Return the lowest level that the verifier confirms for the signatures of a paper.

    Signatures made elsewhere, in files of their own, stay as they came: the container is their long-term proof.
    """
    if paper.signatures and all(one.beside for one in paper.signatures):
        return "LT"
    data = house.store.vault.read(paper.file_sha256)
    report = verify_bytes(data, f"{paper.id}.xml", trust_of(house), house.clock.now())
    levels = [one.level for one in report.signatures]
    return min(levels, key=lambda level: ORDER.index(level) if level in ORDER else -1, default="B")


def short_of_long_term(house: House, papers: Iterable[Minutes]) -> list[Minutes]:
    """Return the papers whose signatures are below LT although the agency uses timestamps."""
    if not wanted(house):
        return []
    return [one for one in papers if not one.missing and level_of(house, one) not in ("LT", "LTA")]


def last_signed(paper: Minutes) -> datetime:
    """Return when the last of a paper's signers signed."""
    return max(one.signed_at for one in paper.signatures)


def budget_spent(house: House, signed_at: datetime) -> bool:
    """Tell whether signatures have waited for their timestamps longer than the agency allows."""
    return house.clock.now() - signed_at > house.configuration.timestamp.budget


def _tried(step: Callable[[], bytes]) -> tuple[bytes | None, datetime | None, Exception | None]:
    """Do one step up; return the new file, or from when it may be tried again and what stood in the way."""
    try:
        return step(), None, None
    except TryLaterError as later:
        return None, later.not_before, later
    except (TimestampError, RevocationError, LevelError) as error:
        return None, None, error


def raise_paper(step: Step) -> None:
    """Raise every signature of a paper as far as it goes today. Work kind ``raise``; args: subject (minutes)."""
    house = step.house
    with house.store.read() as connection:
        paper = read.minutes_by_id(connection, step.args["subject"])
    before = house.store.vault.read(paper.file_sha256)
    tools, document = tools_of(house), before
    moments: list[datetime | None] = []
    hindrance: Exception | None = None
    for signature in (one for one in paper.signatures if not one.beside):
        for level in ("T", "LT"):
            made, moment, error = _tried(lambda: augment(document, signature.signature_id, level, tools))  # noqa: B023 - called at once
            if made is None:
                moments.append(moment)
                hindrance = error
                break
            document = made
    sha256 = paper.file_sha256
    if document != before:
        sha256, _size = house.store.vault.put(document)
        recheck(house.store.vault.read(sha256), body_sha256=paper.body_sha256)
    with step.commit() as tx:
        _keep_paper(tx, paper, sha256)
        if hindrance is not None:
            tx.set_deadline("raise", paper.id, _when(tx.now, moments), "timestamp or revocation data not there yet")
            if budget_spent(house, max(one.signed_at for one in paper.signatures)):
                complain(tx, paper.id, hindrance)


def _keep_paper(tx: Transaction, paper: Minutes, sha256: str) -> None:
    if sha256 == paper.file_sha256:
        return
    same = (t.minutes.c.id == paper.id, t.minutes.c.file_sha256 == paper.file_sha256)
    tx.connection.execute(sa.update(t.minutes).where(*same).values(file_sha256=sha256))
    tx.journal("minutes.raised", paper.id, file=sha256, before=paper.file_sha256)


def _when(now: datetime, moments: list[datetime | None]) -> datetime:
    known = [moment for moment in moments if moment is not None and moment > now]
    return min(known) if known else now + _AGAIN


def complain(tx: Transaction, subject: str, hindrance: Exception) -> None:
    """Say once that the budget is spent; the work goes on."""
    what, advice = explain(hindrance)
    present = tx.connection.execute(
        sa.select(t.fault.c.id).where(t.fault.c.place == "timestamp", t.fault.c.subject == subject)
    )
    if present.first() is None:
        tx.record_fault("timestamp", subject, _("Quá thời gian chờ dấu thời gian: {what}").format(what=what), advice)


def raise_dossier(step: Step) -> None:
    """Raise or renew a sealed container. Work kind ``raise-dossier``; args: subject (disclosure)."""
    house = step.house
    with house.store.read() as connection:
        dossier = read.dossier(connection, step.args["subject"])
        containers = read.volumes(connection, dossier.id) or (dossier.sha256,) if dossier is not None else ()
    if dossier is None or not dossier.sha256 or dossier.sealed_at is None:
        with step.commit():
            return
    tools = tools_of(house)
    raised: list[str] = []
    renewals: list[Renewal] = []
    for sha256 in containers:
        try:
            made, due = _raise_container(house, sha256, tools)
        except (TryLaterError, TimestampError, RevocationError, LevelError) as error:
            _wait(step, dossier.subject, dossier.sealed_at, error)
            return
        raised.append(made)
        renewals += due
    with step.commit() as tx:
        tx.connection.execute(sa.update(t.dossier).where(t.dossier.c.id == dossier.id).values(sha256=raised[0]))
        for number, made in enumerate(raised, 1):
            same = (t.dossier_volume.c.dossier == dossier.id, t.dossier_volume.c.number == number)
            tx.connection.execute(sa.update(t.dossier_volume).where(*same).values(sha256=made))
        tx.journal("dossier.raised", dossier.id, sha256=raised[0], before=dossier.sha256)
        key = f"{dossier.id}:{raised[0][:16]}"
        tx.enqueue("export", key, dossier=dossier.id, disclosure=dossier.disclosure, raised="yes")
        if renewals:
            tx.set_deadline("raise-dossier", dossier.subject, min(due.due for due in renewals), "archive timestamp")


def _raise_container(house: House, sha256: str, tools: Tools) -> tuple[str, list[Renewal]]:
    """Raise or renew one container; return the digest of the new one and when its proofs run out."""
    with tempfile.TemporaryDirectory(dir=house.store.folder, prefix=temporary_name("raise-")) as folder:
        path = Path(folder) / "sealed.asice"
        with house.store.vault.open(sha256) as stream, path.open("wb") as out:
            while chunk := stream.read(1 << 20):
                out.write(chunk)
        container = read_container(path)
        archived = any(due.archived for due in _renewals(path, tools) if due is not None)
        files = renew_container(container, tools) if archived else augment_container(container, "LTA", tools)
        raised = Path(folder) / "raised.asice"
        write_container(raised, container.members, files)
        recheck_container(raised)
        renewals = [due for due in _renewals(raised, tools) if due is not None]
        with raised.open("rb") as stream:
            return house.store.vault.put(stream)[0], renewals


def _renewals(path: Path, tools: Tools) -> list[Renewal | None]:
    return [
        renewal_due(data, one, tools.trust)
        for _name, data in read_container(path).signatures
        for one in signature_ids(data)
    ]


def _wait(step: Step, subject: str, sealed_at: datetime, error: Exception) -> None:
    """Try again later; when the budget is spent, say so and let the dossier be filed as it is."""
    moment = getattr(error, "not_before", None)
    with step.commit() as tx:
        tx.set_deadline("raise-dossier", subject, _when(tx.now, [moment]), "timestamp or revocation data")
        if budget_spent(step.house, sealed_at):
            complain(tx, subject, error)
            dossier = read.dossier(tx.connection, subject)
            if dossier is not None:
                tx.enqueue("file", dossier.id, dossier=dossier.id, disclosure=dossier.disclosure)
