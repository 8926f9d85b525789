"""Timestamps and long-term data of PDF signatures: levels, proof of existence, and what is bent."""

import asyncio
import datetime as dt
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import typst
from asn1crypto import crl, tsp
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.timestamps.api import TimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore

from congkhai.signing import FileReport, Indication, SubIndication, Trust, verify_path

from .pki import NOW, TEST_PASSWORD, Identity, Pki
from .stamping import OwnTsa, service_identity

HOUR = dt.timedelta(hours=1)
LATER = NOW + 2 * HOUR
LONG_AFTER = dt.datetime(2029, 6, 1, tzinfo=dt.UTC)
"""When the signer's certificate has ended, and the lists of its time with it."""
SERVICE_END = dt.datetime(2034, 1, 1, tzinfo=dt.UTC)


class Stamps(TimeStamper):
    """pyHanko's way to a timestamp service of ours."""

    def __init__(self, tsa: OwnTsa) -> None:
        super().__init__()
        self.tsa = tsa

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Ask the service."""
        return tsp.TimeStampResp.load(self.tsa.answer(req.dump()))


@dataclass
class Office:
    """A PKI, a signer, a timestamp service, and a page."""

    pki: Pki
    person: Identity
    service: Identity
    page: bytes
    folder: Path

    def signed(self, stamped: dt.datetime | None = NOW, *faults: str, kind: Any = SigSeedSubFilter.PADES) -> bytes:
        """Sign, with a signature timestamp unless it is None."""
        key = self.person.pkcs12(self.folder / "key.p12")
        signer = signers.SimpleSigner.load_pkcs12(str(key), passphrase=TEST_PASSWORD.encode())
        meta = signers.PdfSignatureMetadata(field_name="Sig1", md_algorithm="sha256", subfilter=kind)
        stamper = Stamps(OwnTsa(self.service, stamped, frozenset(faults))) if stamped else None
        out = BytesIO()
        asyncio.run(
            signers.async_sign_pdf(
                IncrementalPdfFileWriter(BytesIO(self.page)), meta, signer=signer, output=out, timestamper=stamper
            )
        )
        return out.getvalue()

    def with_data(self, data: bytes, at: dt.datetime) -> bytes:
        """Add a document security store with certificates and the lists of a moment."""
        out = BytesIO(data)
        ders = (self.pki.issuing.identity.der, self.service.der, self.person.der)
        lists = (self.pki.root.crl(at), self.pki.issuing.crl(at))
        DocumentSecurityStore.add_dss(
            out, None, certs=[asn1_x509.Certificate.load(one) for one in ders],
            crls=[crl.CertificateList.load(one) for one in lists],
        )  # fmt: skip
        return out.getvalue()

    def stamped(self, data: bytes, at: dt.datetime, *faults: str, name: str = "Stamp1") -> bytes:
        """Add a document timestamp."""
        stamper = signers.PdfTimeStamper(Stamps(OwnTsa(self.service, at, frozenset(faults))), field_name=name)
        out = BytesIO()
        asyncio.run(stamper.async_timestamp_pdf(IncrementalPdfFileWriter(BytesIO(data)), "sha256", output=out))
        return out.getvalue()

    def judge(self, data: bytes, at: dt.datetime = LATER, *, lists: bool = False) -> FileReport:
        """Judge with the root alone, or with the lists of the day too."""
        (self.folder / "a.pdf").write_bytes(data)
        trust = Trust.load(self.pki.trust_folder(self.folder / f"trust{lists}", crls=lists))
        (file,) = verify_path(self.folder / "a.pdf", trust.without_data() if not lists else trust, at).files
        return file


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    pki = Pki.make("Gốc PDF dài hạn")
    page = typst.Compiler(b'#set document(title: "Cong van")\nQuyet dinh so 15').compile(format="pdf")
    assert isinstance(page, bytes)
    service = service_identity(pki.issuing, end=SERVICE_END)
    return Office(pki, pki.issuing.issue("Nguyễn Văn Mẫu"), service, page, tmp_path_factory.mktemp("pdf"))


def kinds(file: FileReport) -> list[tuple[str, str]]:
    return [(one.kind, one.indication.value) for one in file.signatures[0].timestamps]


def test_a_signature_timestamp_gives_level_t(office: Office) -> None:
    file = office.judge(office.signed(), lists=True)
    (one,) = file.signatures
    assert (file.indication, one.level) == (Indication.PASSED, "T"), one
    assert one.timestamp_time == one.best_signature_time == NOW
    assert kinds(file) == [("signature", "TOTAL_PASSED")]


def test_a_document_timestamp_alone_gives_level_t_too(office: Office) -> None:
    file = office.judge(office.stamped(office.signed(None), NOW + HOUR), lists=True)
    (one,) = file.signatures
    assert (file.indication, one.level, one.covers) == (Indication.PASSED, "T", "FULL"), file
    assert one.timestamp_time == NOW + HOUR
    assert kinds(file) == [("document", "TOTAL_PASSED")]


def test_data_in_the_file_give_lt_and_a_document_timestamp_over_them_lta(office: Office) -> None:
    lt = office.with_data(office.signed(), NOW + HOUR)
    file = office.judge(lt)
    assert (file.indication, file.signatures[0].level) == (Indication.PASSED, "LT"), file
    file = office.judge(office.stamped(lt, NOW + HOUR))
    assert (file.indication, file.signatures[0].level) == (Indication.PASSED, "LTA"), file
    assert kinds(file) == [("signature", "TOTAL_PASSED"), ("document", "TOTAL_PASSED")]
    assert file.signatures[0].timestamp_time == NOW


def test_data_after_the_last_timestamp_are_not_archived(office: Office) -> None:
    data = office.with_data(office.stamped(office.signed(), NOW + HOUR), NOW + HOUR)
    assert office.judge(data).signatures[0].level == "LT"


def test_years_later_only_the_archived_file_still_passes(office: Office) -> None:
    lt = office.with_data(office.signed(), NOW + HOUR)
    file = office.judge(office.stamped(lt, NOW + HOUR), LONG_AFTER)
    assert (file.indication, file.signatures[0].level) == (Indication.PASSED, "LTA"), file
    bare = office.judge(office.signed(None), LONG_AFTER)
    assert bare.signatures[0].sub_indication is not None


def test_older_cms_signatures_have_no_level_of_pades(office: Office) -> None:
    data = office.signed(kind=SigSeedSubFilter.ADOBE_PKCS7_DETACHED)
    file = office.judge(data, lists=True)
    assert (file.indication, file.signatures[0].level) == (Indication.PASSED, "CMS"), file


@pytest.mark.parametrize("fault", ["imprint", "signature", "other-certificate"])
@pytest.mark.parametrize("place", ["signature", "document"])
def test_a_bent_timestamp_never_passes(office: Office, place: str, fault: str) -> None:
    data = office.signed(NOW, fault) if place == "signature" else office.stamped(office.signed(), NOW + HOUR, fault)
    file = office.judge(data, lists=True)
    assert file.indication is Indication.INDETERMINATE
    stamp = next(one for one in file.signatures[0].timestamps if one.kind == place)
    assert stamp.indication is Indication.FAILED
    assert stamp.message in file.signatures[0].messages


def test_timestamps_that_contradict_each_other_are_named(office: Office) -> None:
    data = office.stamped(office.with_data(office.signed(NOW + HOUR), NOW + HOUR), NOW - HOUR)
    (one,) = office.judge(data, lists=True).signatures
    assert one.sub_indication is SubIndication.TIMESTAMP_ORDER_FAILURE


def test_a_question_about_an_earlier_moment_leaves_later_timestamps_out(office: Office) -> None:
    data = office.stamped(office.signed(), NOW + 5 * HOUR)
    file = office.judge(data, NOW + HOUR, lists=True)
    assert file.indication is Indication.PASSED
    assert file.signatures[0].timestamp_time == NOW


def test_an_unknown_service_keeps_the_signature_open(office: Office, tmp_path: Path) -> None:
    other = Pki.make("Gốc lạ").issuing
    stranger = Office(office.pki, office.person, service_identity(other), office.page, tmp_path)
    file = stranger.judge(stranger.signed(), lists=True)
    assert file.indication is Indication.INDETERMINATE
    assert kinds(file) == [("signature", "INDETERMINATE")]


def test_a_file_with_a_timestamp_and_no_signature_is_not_signed(office: Office) -> None:
    file = office.judge(office.stamped(office.page, NOW), lists=True)
    assert file.indication is Indication.INDETERMINATE
    assert [one.id for one in file.findings] == ["V02", "V18"]
