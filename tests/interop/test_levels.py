"""
Levels T, LT, LTA and LTA renewed, of minutes and containers: EU DSS confirms what we claim.

The services run on loopback and are told what time it is; DSS judges offline, with the moment given.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from congkhai.signing import (
    Indication,
    Revocation,
    Service,
    Stamper,
    Tools,
    Trust,
    augment,
    augment_container,
    etsi_report,
    merge,
    read_container,
    recheck,
    recheck_container,
    renew,
    renew_container,
    signature_ids,
    verify_path,
    write_container,
)  # fmt: skip
from tests.signing.authority_service import SIGNED, ClockedSession, Services, running
from tests.signing.samples import container_signature, members, minutes_xml, sign

from .oracles import dss_schema, dss_verify, signatures_in, unpacked, xadesjs, xmlsec1

MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
STAMPED, COLLECTED, ARCHIVED = SIGNED + MINUTE, SIGNED + DAY, SIGNED + DAY + 5 * MINUTE
RENEWED = SIGNED + 4 * 365 * DAY
JUDGED = {"T": SIGNED + 2 * DAY, "LT": SIGNED + 2 * DAY, "LTA": SIGNED + 2 * DAY, "LTA again": RENEWED + DAY}
"""When each level is judged; years later certificates and lists of the first days have run out."""
SIGNERS = {
    "signer": ("signer", "rsa-sha256"), "signer-512": ("signer", "rsa-sha512"),
    "signer-pss": ("signer", "rsa-pss-sha256"), "signer-pss-384": ("signer", "rsa-pss-sha384"),
    "signer-ec": ("signer-ec", "ecdsa-sha256"), "signer-p384": ("signer-p384", "ecdsa-sha384"),
    "signer-p521": ("signer-p521", "ecdsa-sha512"),
}  # fmt: skip
"""Name → whose key, and how it signs."""


@dataclass(frozen=True)
class Raised:
    """Files by signer, form and level, and the trust they are judged with."""

    folder: Path
    trust: Path
    with_lists: Path

    def file(self, signer: str, form: str, level: str) -> Path:
        """Return one file."""
        return self.folder / f"{signer} {level}.{form}"

    def trust_for(self, level: str) -> Path:
        """Return root alone; for level T, which carries no revocation data, the lists of the day after too."""
        return self.with_lists if level == "T" else self.trust


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with running(tmp_path_factory.mktemp("services")) as found:
        yield found


def tools(services: Services, trust: Trust, at: dt.datetime, tsa: str = "tsa") -> Tools:
    session = ClockedSession(at)
    return Tools(trust, at, Stamper([Service(services.tsa(tsa))], session, trust), Revocation(session=session))


@pytest.fixture(scope="module")
def raised(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Raised:
    folder = tmp_path_factory.mktemp("raised")
    found = Raised(folder, services.trust_folder(folder / "trust"), services.trust_folder(folder / "trust with lists"))
    for authority in ("root", "issuing"):
        (found.with_lists / f"{authority}.crl").write_bytes(services.crl(authority, COLLECTED))
    trust = Trust.load(found.trust)
    for signer in SIGNERS:
        key = services.key(*SIGNERS[signer])
        document = sign(minutes_xml(("head",)), key, role="head", at=SIGNED)
        (one,) = signature_ids(document)
        parts = members(minutes=document)
        signatures: tuple[bytes, ...] = (container_signature(parts, key, at=SIGNED),)
        for level, at in (("T", STAMPED), ("LT", COLLECTED), ("LTA", ARCHIVED), ("LTA again", RENEWED)):
            later = tools(services, trust, at, "tsa-next" if level == "LTA again" else "tsa")
            target = found.file(signer, "asice", level)
            write_container(target, parts, signatures)
            if level == "LTA again":
                document = renew(document, one, later)
                signatures = renew_container(read_container(target), later)
            else:
                document = augment(document, one, level, later)
                signatures = augment_container(read_container(target), level, later)
            found.file(signer, "xml", level).write_bytes(document)
            write_container(target, parts, signatures)
    return found


@pytest.mark.parametrize("level", list(JUDGED))
def test_eu_dss_confirms_the_level(raised: Raised, level: str) -> None:
    files = [raised.file(signer, form, level) for signer in SIGNERS for form in ("xml", "asice")]
    said = dss_verify(files, raised.trust_for(level), JUDGED[level])
    trust = Trust.load(raised.trust_for(level))
    assert set(said) == set(files)
    for file, verdict in said.items():
        assert verdict.passed, (file.name, verdict)
        assert verdict.levels == {level.split()[0]}, file.name
        ours = verify_path(file, trust, JUDGED[level])
        assert ours.indication is Indication.PASSED, (file.name, ours)
        assert ours.files[0].signatures[0].level == level.split()[0], file.name


def test_our_validation_report_with_timestamps_holds_to_the_schema(raised: Raised, tmp_path: Path) -> None:
    trust = Trust.load(raised.trust)
    files = [raised.file("signer", form, "LTA again") for form in ("xml", "asice")]
    found = merge(verify_path(one, trust, JUDGED["LTA again"]) for one in files)
    data = etsi_report(found, JUDGED["LTA again"])
    assert data.count(b"vr:ArchiveTimeStamp>") >= 4
    (tmp_path / "report.xml").write_bytes(data)
    dss_schema(tmp_path / "report.xml")


def test_without_archive_timestamp_neither_of_us_passes_a_file_years_later(raised: Raised) -> None:
    files = [raised.file(signer, form, "LT") for signer in SIGNERS for form in ("xml", "asice")]
    trust = Trust.load(raised.trust)
    for file, verdict in dss_verify(files, raised.trust, RENEWED).items():
        assert not verdict.passed, file.name
        assert verify_path(file, trust, RENEWED).indication is Indication.INDETERMINATE, file.name


@pytest.mark.parametrize("level", list(JUDGED))
def test_mathematics_hold_at_every_level_for_the_others(raised: Raised, level: str, tmp_path: Path) -> None:
    (tmp_path / "trusted.pem").write_bytes((raised.trust / "root.pem").read_bytes())
    for signer in SIGNERS:
        minutes = raised.file(signer, "xml", level)
        assert set(xadesjs([minutes]).values()) == {""}
        assert list(recheck(minutes.read_bytes())) == signatures_in(minutes)
        place = tmp_path / signer
        opened = unpacked(raised.file(signer, "asice", level), place)
        assert set(xadesjs(opened, root=place).values()) == {""}
        assert len(recheck_container(raised.file(signer, "asice", level))) == 1
        for file, cwd in ((minutes, tmp_path), *((one, place) for one in opened)):
            (one,) = signatures_in(file)
            if "pss" in signer:
                continue  # xmlsec1 1.2 does not know RSA-PSS
            answer = xmlsec1(file, one, trusted=[tmp_path / "trusted.pem"], at=SIGNED + DAY, cwd=cwd)
            assert answer.returncode == 0, answer.stderr
