"""Whether this process can do its work: what a load balancer and a watchdog ask. Outside systems do not count."""

import os
import secrets

import sqlalchemy as sa

from congkhai.signing import TrustSource
from congkhai.signing.errors import SigningError

from .errors import StoreError
from .house import House
from .metrics import certificate_ends
from .signer_check import trust_in
from .store import Vault, work
from .store import tables as t

LONGEST_WAIT = 3600.0
"""Seconds that work may be due without being done before the node says that it is not ready."""


def not_ready(house: House) -> list[str]:
    """
    Return what keeps the node from its work, as short names for machines and IT; empty when it is ready.

    ``database``, ``vault``, ``work-waits`` (the oldest due row is too old), ``certificate:NAME`` (it has ended),
    ``trust`` (the trust folder is there and cannot be read, so that nothing can be checked before it is signed).
    """
    found = []
    try:
        with house.store.read() as connection:
            j = t.job.c
            oldest = connection.scalar(
                sa.select(sa.func.min(j.run_at)).where(j.agency == house.agency, j.state == "ready")
            )
            waits = work.database_now(connection) - oldest if oldest is not None else 0.0
        # A row put back to work stands at 0: it waits since the retry, of which we do not know when.
        if oldest and waits > LONGEST_WAIT:
            found.append("work-waits")
    except sa.exc.SQLAlchemyError:
        found.append("database")
    if isinstance(house.store.vault, Vault) and not _writable(house.store.vault):
        found.append("vault")
    try:
        _trusted(house)
    except (SigningError, OSError):
        found.append("trust")
    now = house.clock.now() if "database" not in found else None
    if now is not None:
        found += [f"certificate:{name}" for name, _role, ends in certificate_ends(house) if ends <= now]
    return found


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


def _writable(vault: Vault) -> bool:
    probe = vault.folder / f".ready-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        vault.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe.write_bytes(b"ready")
        probe.unlink()
    except OSError:
        return False
    return True
