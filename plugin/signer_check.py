"""
The check of a signer's certificate before a signature is asked for: what the law wants shown and stored.

Source: TT 15/2025/TT-BKHCN Điều 5: show and check the certificate before signing, path and status by Phụ lục II.
"""

import os
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from congkhai.signing import SignerCheck, Trust, check_signer

from .interfaces import Signer


def checked_signer(signer: Signer, trust: Path, now: datetime) -> SignerCheck:
    """
    Check whether a signer's certificate may sign now.

    Args:
        signer: its certificate is read; nobody is asked for a PIN.
        trust: the trust folder; one that is not there leaves path and status unknown.
        now: legal time.

    Raises:
        SigningError: it must not sign: expired, wrong usage, revoked, no trusted path; or the folder cannot be read.
        ConfigurationError, OutsideError: the key's place cannot be read.
    """
    certificate = signer.certificate()
    known = trust_in(trust) if trust.is_dir() else Trust.nothing()
    return check_signer(certificate, tuple(signer.chain()), known, now, algorithm=signer.algorithm)


def trust_in(folder: Path) -> Trust:
    """
    Return the anchors and revocation data of a trust folder, read again only when a file in it has changed.

    Raises:
        TrustError: the folder cannot be read.
    """
    return _trust(folder, _fingerprint(folder))


@lru_cache(maxsize=4)  # revocation lists may be large; a changed file changes the fingerprint
def _trust(folder: Path, fingerprint: tuple[tuple[str, int, int], ...]) -> Trust:  # noqa: ARG001 - part of the key
    return Trust.load(folder)


def _fingerprint(folder: Path) -> tuple[tuple[str, int, int], ...]:
    found = []
    for place, _folders, files in os.walk(folder):
        for name in files:
            state = (Path(place) / name).stat()
            found.append((str(Path(place) / name), state.st_mtime_ns, state.st_size))
    return tuple(sorted(found))
