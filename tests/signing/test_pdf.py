"""PDF signatures of incoming papers, made with pyHanko and judged in the same report as all others."""

import asyncio
import datetime as dt
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
import typst
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.fields import SigSeedSubFilter

from congkhai.signing import (
    FileKey,
    FileReport,
    Indication,
    Report,
    SigningError,
    SubIndication,
    Trust,
    member_from_bytes,
    verify_path,
)

from .pki import NOW, TEST_PASSWORD, Pki
from .samples import sealed, trust_of


@pytest.fixture(scope="module")
def page() -> bytes:
    """A page as an office would send it."""
    made = typst.Compiler(b'#set document(title: "Cong van")\nQuyet dinh so 15').compile(format="pdf")
    assert isinstance(made, bytes)
    return made


@pytest.fixture(scope="module")
def signed(pki: Pki, page: bytes, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., bytes]:
    """Sign a page with pyHanko, as another program would."""
    folder = tmp_path_factory.mktemp("keys")

    def make(data: bytes = page, who: str = "Nguyễn Văn Mẫu", kind: str = "rsa2048", name: str = "Sig1") -> bytes:
        path = pki.issuing.issue(who, kind).pkcs12(folder / f"{who}{kind}.p12")
        signer = signers.SimpleSigner.load_pkcs12(str(path), passphrase=TEST_PASSWORD.encode())
        meta = signers.PdfSignatureMetadata(field_name=name, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES)
        out = BytesIO()
        asyncio.run(signers.async_sign_pdf(IncrementalPdfFileWriter(BytesIO(data)), meta, signer=signer, output=out))
        return out.getvalue()

    return make


def judge(folder: Path, data: bytes, trust: Trust, at: dt.datetime = NOW) -> Report:
    path = folder / "công văn.pdf"
    path.write_bytes(data)
    return verify_path(path, trust, at)


def only(report: Report) -> FileReport:
    (file,) = report.files
    return file


@pytest.mark.parametrize("kind", ["rsa2048", "p256"])
def test_a_signed_pdf_passes_with_all_facts(
    signed: Callable[..., bytes], trust: Trust, tmp_path: Path, kind: str
) -> None:
    file = only(judge(tmp_path, signed(kind=kind), trust))
    assert (file.format, file.indication) == ("pdf", Indication.PASSED), file
    (one,) = file.signatures
    assert (one.level, one.covers, one.integrity, one.revocation) == ("B", "FULL", "intact", "good")
    assert "Nguyễn Văn Mẫu" in one.signer
    assert one.cert_manager == "UBND xã Mẫu"
    assert one.signing_time is not None


def test_two_signers_one_after_the_other_are_both_full(
    signed: Callable[..., bytes], trust: Trust, tmp_path: Path
) -> None:
    data = signed(signed(), "Trần Thị Mẫu", "p256", "Sig2")
    file = only(judge(tmp_path, data, trust))
    assert [one.covers for one in file.signatures] == ["FULL", "FULL"]
    assert file.indication is Indication.PASSED


def test_changed_bytes_are_found(signed: Callable[..., bytes], trust: Trust, tmp_path: Path) -> None:
    data = signed()
    place = data.index(b"/MediaBox")
    bent = data[:place] + b"/MediaBix" + data[place + 9 :]
    (one,) = only(judge(tmp_path, bent, trust)).signatures
    assert one.sub_indication in {SubIndication.HASH_FAILURE, SubIndication.FORMAT_FAILURE}
    assert one.indication is Indication.FAILED


def test_a_page_changed_in_a_later_revision_is_only_partly_signed(
    signed: Callable[..., bytes], trust: Trust, tmp_path: Path
) -> None:
    writer = IncrementalPdfFileWriter(BytesIO(signed()))
    first = writer.root["/Pages"]["/Kids"][0]
    first["/Rotate"] = fields.generic.NumberObject(90)
    writer.update_container(first)
    out = BytesIO()
    writer.write(out)
    file = only(judge(tmp_path, out.getvalue(), trust))
    (one,) = file.signatures
    assert (one.integrity, one.covers) == ("intact", "PARTIAL")
    assert file.indication is Indication.INDETERMINATE


def test_nobody_is_trusted_by_default(signed: Callable[..., bytes], tmp_path: Path) -> None:
    (one,) = only(judge(tmp_path, signed(), Trust.nothing())).signatures
    assert one.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert one.integrity == "intact"


def test_a_revoked_signer_does_not_pass(page: bytes, tmp_path: Path) -> None:
    own = Pki.make("Gốc PDF")
    person = own.issuing.issue("Lê Văn Mẫu")
    own.issuing.revoke(person, NOW - dt.timedelta(days=30))
    signer = signers.SimpleSigner.load_pkcs12(str(person.pkcs12(tmp_path / "k.p12")), passphrase=TEST_PASSWORD.encode())
    out = BytesIO()
    meta = signers.PdfSignatureMetadata(field_name="Sig1", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES)
    asyncio.run(signers.async_sign_pdf(IncrementalPdfFileWriter(BytesIO(page)), meta, signer=signer, output=out))
    (one,) = only(judge(tmp_path, out.getvalue(), trust_of(own, tmp_path / "trust"))).signatures
    assert one.sub_indication is SubIndication.REVOKED_NO_POE


def test_broken_files_end_as_findings(signed: Callable[..., bytes], trust: Trust, tmp_path: Path) -> None:
    data = signed()
    for old, new in ((b"/ByteRange [0 ", b"/ByteRange [7 "), (b"xref", b"xrxx"), (b"/Contents <30", b"/Contents <31")):
        assert old in data
        assert judge(tmp_path, data.replace(old, new), trust).indication is not Indication.PASSED
    with pytest.raises(SigningError):
        judge(tmp_path, data[: len(data) // 3], trust)  # what is left holds no signature


def test_a_pdf_inside_a_container_is_judged_there(
    signed: Callable[..., bytes], trust: Trust, key: FileKey, tmp_path: Path
) -> None:
    path = sealed(tmp_path / "a.asice", key, [member_from_bytes("đến/công văn.pdf", "application/pdf", signed())])
    container, inner = verify_path(path, trust, NOW).files
    assert (container.format, inner.format) == ("asice", "pdf")
    assert inner.path.endswith("!đến/công văn.pdf")
    assert inner.indication is Indication.PASSED


def test_without_the_extension_the_file_is_left_open(
    signed: Callable[..., bytes], trust: Trust, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("congkhai.signing.validation.can_judge_pdf", lambda: False)
    path = tmp_path / "mot.pdf"
    path.write_bytes(signed())
    (finding,) = verify_path(tmp_path, trust, NOW).findings[1:]
    assert (finding.id, finding.severity) == ("V16", "error")
    assert "congkhai[pdf]" in finding.advice
