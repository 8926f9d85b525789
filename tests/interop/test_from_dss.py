"""What EU DSS makes at each level, we accept at that level."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    load_pem_private_key,
    pkcs12,
)

from congkhai.signing import Indication, Report, Trust, verify_path
from tests.signing.authority_service import SIGNED, Services, running

from .oracles import dss_sign

PASSWORD = "mat-khau"
JUDGED = SIGNED + dt.timedelta(days=1)
TEXT = '<?xml version="1.0" encoding="UTF-8"?>\n<tin xmlns="urn:x" Id="tin"><muc>Công khai</muc></tin>'


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with running(tmp_path_factory.mktemp("services")) as found:
        yield found


@pytest.fixture(scope="module")
def trust(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return services.trust_folder(tmp_path_factory.mktemp("trust"))


def make(services: Services, trust: Path, folder: Path, signer: str, form: str, level: str, *options: str) -> Path:
    """Let DSS sign an XML file, or put that and a binary file into a container."""
    key = keystore(services, folder, signer)
    paper, binary = folder / "bản tin.xml", folder / "phụ lục 1+2.bin"
    paper.write_text(TEXT, encoding="utf-8")
    binary.write_bytes(bytes(range(256)))
    return dss_sign(
        [paper, binary] if form == "asice" else [paper], folder / f"signed.{form}", key=key, password=PASSWORD,
        trust=trust, form=form, level=level, at=SIGNED, options=["--tsa", services.tsa(), *options],
    )  # fmt: skip


def keystore(services: Services, folder: Path, signer: str) -> Path:
    """Write a signer's key and certificates as PKCS#12."""
    place = services.folder / f"{signer}.key.pem"
    private = load_pem_private_key(place.read_bytes(), None)
    key = folder / "key.p12"
    key.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"k", private, services.certificates[signer], [services.certificates["issuing"]],
            BestAvailableEncryption(PASSWORD.encode()),
        )
    )  # fmt: skip
    return key


def judge(services: Services, trust: Path, file: Path, *, lists: bool) -> Report:
    """Judge with the root alone, or with the lists of the day after."""
    if lists:
        place = services.trust_folder(file.parent / "trust")
        for name in ("root", "issuing"):
            (place / f"{name}.crl").write_bytes(services.crl(name, JUDGED))
        trust = place
    return verify_path(file, Trust.load(trust), JUDGED)


@pytest.mark.parametrize(("signer", "form"), [("signer", "xml"), ("signer-ec", "asice"), ("signer", "asics")])
@pytest.mark.parametrize("level", ["B", "T", "LT", "LTA"])
def test_a_level_that_dss_made_is_confirmed(
    services: Services, trust: Path, tmp_path: Path, signer: str, form: str, level: str
) -> None:
    file = make(services, trust, tmp_path, signer, form, level)
    report = judge(services, trust, file, lists=level in {"B", "T"})
    assert report.indication is Indication.PASSED, report
    (signature,) = report.files[0].signatures
    assert (signature.level, signature.covers) == (level, "FULL")
    changed = tmp_path / f"changed.{form}"
    changed.write_bytes(file.read_bytes().replace(b"khai", b"khau"))
    if form == "xml":
        assert judge(services, trust, changed, lists=False).indication is Indication.FAILED
    if form == "asics":
        assert report.files[0].format == "asics"


def test_several_files_in_a_simple_container_are_signed_as_one_package(
    services: Services, trust: Path, tmp_path: Path
) -> None:
    """DSS packs them into one zip file, which is then the one file of the container."""
    one, two = tmp_path / "a.txt", tmp_path / "b.txt"
    one.write_text("Công khai", encoding="utf-8")
    two.write_text("Niêm yết", encoding="utf-8")
    key = keystore(services, tmp_path, "signer-ec")
    file = dss_sign(
        [one, two], tmp_path / "signed.asics", key=key, password=PASSWORD, trust=trust, form="asics", level="LTA",
        at=SIGNED, options=["--tsa", services.tsa()],
    )  # fmt: skip
    report = judge(services, trust, file, lists=False)
    assert report.indication is Indication.PASSED, report
    (signature,) = report.files[0].signatures
    assert (signature.level, signature.scope) == ("LTA", ("package.zip",))


@pytest.mark.parametrize(
    "options", [["--packaging", "enveloping"], ["--packaging", "internally-detached"], ["--pss"]], ids=" ".join
)
def test_other_forms_of_dss_are_accepted(services: Services, trust: Path, tmp_path: Path, options: list[str]) -> None:
    file = make(services, trust, tmp_path, "signer", "xml", "LT", *options)
    report = judge(services, trust, file, lists=False)
    assert report.indication is Indication.PASSED, report
    assert report.files[0].signatures[0].covers == "FULL"
