"""Whether this process can do its work: what a load balancer and a watchdog ask. Outside systems do not count."""

import os
import secrets
import threading
import time
from datetime import datetime
from pathlib import Path
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from congkhai.signing import TrustSource
from congkhai.signing.errors import SigningError

from .errors import StoreError
from .house import House
from .metrics import certificate_ends
from .signer_check import trust_in
from .store import Store, Vault, work
from .store import tables as t

LONGEST_WAIT = 3600.0
"""Seconds that work may be due without being done before the node says that it is not ready."""
ANSWER = 3.0
"""Seconds that a database has for an answer; a cut network answers nothing, and whoever asks us will not wait long."""


def not_ready(house: House) -> list[str]:
    """
    Return what keeps the node from its work, as short names for machines and IT; empty when it is ready.

    ``database``, ``vault``, ``work-waits`` (the oldest due row is too old), ``certificate:NAME`` (it has ended),
    ``trust`` (the trust folder is there and cannot be read, so that nothing can be checked before it is signed).
    """
    found = []
    now = None
    try:
        now, waits = _now_and_waits(house)
    except (sa.exc.SQLAlchemyError, StoreError):
        found.append("database")
    else:
        if waits > LONGEST_WAIT:
            found.append("work-waits")
    if "database" not in found and _only_readable(house.store):
        found.insert(0, "database")
    if isinstance(house.store.vault, Vault) and not _writable(house.store.vault.folder):
        found.append("vault")
    try:
        _trusted(house)
    except (SigningError, OSError):
        found.append("trust")
    if now is not None:
        found += [f"certificate:{name}" for name, _role, ends in certificate_ends(house) if ends <= now]
    return found


def _now_and_waits(house: House) -> tuple[datetime, float]:
    """Return legal time, and for how many seconds the oldest due work waits. Raises StoreError: no answer in time."""
    if not _answers(house.store.whole):
        raise StoreError(what="the database does not answer")
    with house.store.read() as connection:
        j = t.job.c
        oldest = connection.scalar(sa.select(sa.func.min(j.run_at)).where(j.agency == house.agency, j.state == "ready"))
        # A row put back to work stands at 0: it waits since the retry, of which we do not know when.
        waits = work.database_now(connection) - oldest if oldest else 0.0
    return house.clock.now(), waits


class _Question(threading.Thread):
    """A question to the database that may go without an answer for as long as the connection lasts."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(name="readiness", daemon=True)
        self._engine = engine
        self.until = time.monotonic() + ANSWER
        self.answered = False

    def run(self) -> None:
        try:
            with self._engine.connect() as connection:
                connection.execute(sa.text("SELECT 1"))
        except sa.exc.SQLAlchemyError:
            return
        self.answered = True


_ASKED: WeakKeyDictionary[sa.Engine, _Question] = WeakKeyDictionary()
_ASKING = threading.Lock()


def _answers(store: Store) -> bool:
    """Tell whether the database answers in time. One question at a time is on its way, however often we are asked."""
    if store.reader.dialect.name == "sqlite":
        return True  # a file; what is wrong with it is told at once
    with _ASKING:
        question = _ASKED.get(store.reader)
        if question is None or not question.is_alive():
            question = _ASKED[store.reader] = _Question(store.reader)
            question.start()
    question.join(max(0.0, question.until - time.monotonic()))
    return question.answered


def aging(house: House) -> list[str]:
    """
    Return what does not stop the node yet but should be renewed, as short names.

    ``anchor`` (one has ended), ``revocation-list`` (one in the trust folder is past its next update), and
    ``revocation-cache`` (what was fetched cannot be kept here, so that everything is asked for anew).
    """
    try:
        now, sources = house.clock.now(), _trusted(house)
    except (SigningError, OSError, StoreError, sa.exc.SQLAlchemyError):
        return []  # told by `not_ready`
    names = {"anchor": "anchor", "crl": "revocation-list"}
    ended = {names[one.kind] for one in sources if one.kind in names and one.valid_to and one.valid_to <= now}
    cache = house.store.folder / "revocation"
    if cache.exists() and not (cache.is_dir() and os.access(cache, os.W_OK | os.X_OK)):
        ended.add("revocation-cache")
    return sorted(ended)


def _trusted(house: House) -> tuple[TrustSource, ...]:
    """Return what the trust folder holds; nothing where there is none. Raises SigningError, OSError."""
    folder = house.configuration.trust.folder
    return trust_in(folder).sources if folder.exists() else ()


def _only_readable(store: Store) -> bool:
    """Tell whether rows can be read and no more, because the disk of the database has turned read-only or is full."""
    url = store.reader.url
    return url.get_backend_name() == "sqlite" and not _writable(Path(str(url.database)).parent)


def _writable(folder: Path) -> bool:
    probe = folder / f".ready-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe.write_bytes(b"ready")
        probe.unlink()
    except OSError:
        return False
    return True
