"""Signatures at level B-LT for the measurements; timestamps and revocation data come from services on loopback."""

import warnings
from datetime import datetime, timedelta
from pathlib import Path

from congkhai.signing import Revocation, Service, Stamper, Tools, Trust, augment, complete, prepare

from .samples import minutes

COUNT = 60


def long_term(folder: Path) -> tuple[Trust, datetime, list[bytes]]:
    """Return a trust, the moment to judge at, and minutes with one B-LT signature each (RSA-2048, all different)."""
    from tests.signing.authority_service import SIGNED, ClockedSession, running

    warnings.simplefilter("ignore")
    folder.mkdir()
    files: list[bytes] = []
    collected = SIGNED + timedelta(days=1)
    with running(folder) as services:
        trust = Trust.load(services.trust_folder(folder / "trust"))
        key = services.key("signer")
        revocation = Revocation(session=ClockedSession(collected))
        for document in minutes(COUNT):
            prepared = prepare(
                document, certificate=key.certificate_der, algorithm=key.algorithm, signing_time=SIGNED,
                role="head", chain=key.chain,
            )  # fmt: skip
            signed = complete(document, prepared, key.sign(prepared.octets))
            stamper = Stamper([Service(services.tsa())], ClockedSession(SIGNED), trust)
            stamped = augment(signed, prepared.signature_id, "T", Tools(trust, SIGNED, stamper))
            files.append(augment(stamped, prepared.signature_id, "LT", Tools(trust, collected, None, revocation)))
    return trust, collected + timedelta(hours=1), files
