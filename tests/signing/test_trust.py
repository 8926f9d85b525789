"""What is trusted, and what is said about a signing certificate at a moment."""

import datetime as dt
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from congkhai.signing import FileKey, SubIndication, Trust, TrustError
from congkhai.signing.past import PathJudgement, judge_path

from .pki import END, NOW, Authority, Identity, Pki, root
from .samples import trust_of

DAY = dt.timedelta(days=1)


def judged(
    one: Identity, trust: Trust, at: dt.datetime = NOW, brought: tuple[x509.Certificate, ...] = ()
) -> PathJudgement:
    return judge_path(one.certificate, brought, trust, at)


def test_a_folder_is_sorted_into_anchors_intermediates_and_lists(pki: Pki, tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "README.txt").write_text("nguồn của chứng thư")
    trust = trust_of(pki, tmp_path / "t")
    assert trust.anchors == (pki.root.identity.der,)
    assert trust.intermediates == (pki.issuing.identity.der,)
    assert [(one.file, one.kind) for one in trust.sources] == [
        ("root.pem", "anchor"), ("issuing.cer", "intermediate"), ("issuing.crl", "crl"), ("root.crl", "crl"),
    ]  # fmt: skip
    assert trust.sources[0].valid_to == dt.datetime(2040, 1, 1, tzinfo=dt.UTC)


def test_one_pem_file_may_hold_several_and_crls_may_be_pem(pki: Pki, tmp_path: Path) -> None:
    both = pki.root.certificate.public_bytes(Encoding.PEM) + pki.issuing.certificate.public_bytes(Encoding.PEM)
    (tmp_path / "all.crt").write_bytes(both)
    crl = x509.load_der_x509_crl(pki.issuing.crl())
    (tmp_path / "list.crl").write_bytes(crl.public_bytes(Encoding.PEM))
    trust = Trust.load(tmp_path)
    assert (len(trust.anchors), len(trust.intermediates)) == (1, 1)
    assert trust.crls == (crl.public_bytes(Encoding.DER),)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.pem", b"nothing"), ("a.cer", b"\x30\x03abc"), ("a.crl", b"\x30\x03abc"), ("a.ors", b"no"), ("a.crt", b"")],
)
def test_a_file_that_is_not_what_its_name_says_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TrustError) as caught:
        Trust.load(tmp_path)
    assert caught.value.where == name
    assert caught.value.exit_code == 2


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrustError):
        Trust.load(tmp_path / "không có")


def test_a_certificate_that_only_looks_self_issued_is_no_anchor(tmp_path: Path) -> None:
    real, fake = root(), root()
    impostor = fake.issue("Gốc thử nghiệm", authority=True, organisation="Cơ quan chứng thực thử nghiệm")
    assert impostor.certificate.subject == real.certificate.subject
    other = Authority(Identity(impostor.private, impostor.certificate))
    renamed = other.issue("Gốc thử nghiệm", authority=True, organisation="Cơ quan chứng thực thử nghiệm", owner="khác")
    (tmp_path / "a.cer").write_bytes(renamed.der)
    assert Trust.load(tmp_path).anchors == ()


def test_nothing_is_trusted_by_default(key: FileKey) -> None:
    result = judge_path(key.certificate, (), Trust.nothing(), NOW)
    assert result.sub is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert "--trust" in result.messages[0]


def test_a_good_certificate_with_fresh_lists_is_good(pki: Pki, trust: Trust) -> None:
    result = judged(pki.issuing.issue("Người ký"), trust)
    assert (result.sub, result.revocation) == (None, "good")


def test_without_revocation_data_nothing_passes(pki: Pki, tmp_path: Path) -> None:
    result = judged(pki.issuing.issue("Người ký"), trust_of(pki, tmp_path / "t", crls=False))
    assert (result.sub, result.revocation) == (SubIndication.TRY_LATER, "unknown")


def test_a_missing_list_of_the_root_is_missing_too(pki: Pki, tmp_path: Path) -> None:
    folder = pki.trust_folder(tmp_path / "t")
    (folder / "root.crl").unlink()
    assert judged(pki.issuing.issue("Người ký"), Trust.load(folder)).sub is SubIndication.TRY_LATER


def test_a_list_that_has_run_out_tells_nothing(pki: Pki, trust: Trust) -> None:
    assert judged(pki.issuing.issue("Người ký"), trust, NOW + 100 * DAY).sub is SubIndication.TRY_LATER


def test_a_list_issued_later_tells_about_an_earlier_moment_and_says_so(pki: Pki, trust: Trust) -> None:
    result = judged(pki.issuing.issue("Người ký"), trust, NOW - 30 * DAY)
    assert result.sub is None
    assert "sau thời điểm" in result.messages[0]


def test_an_unknown_root_gives_no_path(pki: Pki, tmp_path: Path) -> None:
    stranger = trust_of(Pki.make("Gốc khác"), tmp_path / "t")
    assert judged(pki.issuing.issue("Người ký"), stranger).sub is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def test_a_root_of_the_same_name_with_another_key_gives_no_good_path(pki: Pki, tmp_path: Path) -> None:
    double = root(kind="p384")
    assert double.certificate.subject == pki.root.certificate.subject
    trust = trust_of(Pki(double, pki.issuing), tmp_path / "t")
    assert judged(pki.issuing.issue("Người ký"), trust).sub is not None


def test_certificates_that_a_signature_brings_along_help_but_are_not_trusted(pki: Pki, tmp_path: Path) -> None:
    folder = pki.trust_folder(tmp_path / "t")
    (folder / "issuing.cer").unlink()
    trust = Trust.load(folder)
    one = pki.issuing.issue("Người ký")
    assert judged(one, trust).sub is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert judged(one, trust, brought=(pki.issuing.certificate,)).sub is None
    stranger = Pki.make("Gốc khác")
    brought = (stranger.issuing.certificate, stranger.root.certificate)
    assert judged(stranger.issuing.issue("Lạ"), trust, brought=brought).sub is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def test_revoked_before_and_after_the_moment(tmp_path: Path) -> None:
    pki = Pki.make()
    one = pki.issuing.issue("Người ký")
    pki.issuing.revoke(one, NOW - 10 * DAY)
    trust = trust_of(pki, tmp_path / "t")
    result = judged(one, trust)
    assert (result.sub, result.revocation) == (SubIndication.REVOKED_NO_POE, "revoked")
    assert result.revoked_at == NOW - 10 * DAY
    assert judged(one, trust, NOW - 20 * DAY).sub is None


def test_a_revoked_issuing_authority_is_told_apart(tmp_path: Path) -> None:
    pki = Pki.make()
    pki.root.revoke(pki.issuing.identity, NOW - 10 * DAY)
    result = judged(pki.issuing.issue("Người ký"), trust_of(pki, tmp_path / "t"))
    assert result.sub is SubIndication.REVOKED_CA_NO_POE


def test_expired_and_known_not_revoked_are_told_apart(pki: Pki, tmp_path: Path, trust: Trust) -> None:
    one = pki.issuing.issue("Người ký", end=NOW - 2 * DAY)
    assert judged(one, trust).sub is SubIndication.OUT_OF_BOUNDS_NOT_REVOKED
    assert judged(one, trust_of(pki, tmp_path / "t", crls=False)).sub is SubIndication.OUT_OF_BOUNDS_NO_POE
    assert judged(pki.issuing.issue("Người ký"), trust, END + DAY).sub is SubIndication.OUT_OF_BOUNDS_NO_POE


def test_not_yet_valid_at_the_moment(pki: Pki, trust: Trust) -> None:
    assert judged(pki.issuing.issue("Người ký", start=NOW + DAY), trust).sub is SubIndication.OUT_OF_BOUNDS_NO_POE


def test_an_anchor_out_of_its_time_is_named(tmp_path: Path) -> None:
    top = root(end=NOW - DAY)
    pki = Pki(top, Authority(top.issue("CA", authority=True)))
    result = judged(pki.issuing.issue("Người ký"), trust_of(pki, tmp_path / "t"))
    assert result.sub is SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE


def test_an_anchor_does_not_sign_papers(pki: Pki, trust: Trust) -> None:
    assert judged(pki.root.identity, trust).sub is SubIndication.CHAIN_CONSTRAINTS_FAILURE


def test_a_signer_cannot_issue_certificates(pki: Pki, tmp_path: Path) -> None:
    signer = pki.issuing.issue("Người ký")
    forged = Authority(signer).issue("Kẻ giả mạo")
    result = judged(forged, trust_of(pki, tmp_path / "t"), brought=(signer.certificate,))
    assert result.sub is not None


@pytest.mark.parametrize("authorised", [True, False])
def test_an_ocsp_reply_counts_only_from_an_authorised_responder(tmp_path: Path, *, authorised: bool) -> None:
    pki = Pki.make()
    one = pki.issuing.issue("Người ký", ocsp_url="http://127.0.0.1:9/ocsp")
    folder = pki.trust_folder(tmp_path / "t")
    (folder / "issuing.crl").unlink()
    (folder / "a.ors").write_bytes(pki.issuing.ocsp(one, authorised=authorised))
    assert judged(one, Trust.load(folder)).sub is (None if authorised else SubIndication.TRY_LATER)


def test_an_ocsp_reply_tells_of_revocation(tmp_path: Path) -> None:
    pki = Pki.make()
    one = pki.issuing.issue("Người ký", ocsp_url="http://127.0.0.1:9/ocsp")
    pki.issuing.revoke(one, NOW - DAY)
    folder = pki.trust_folder(tmp_path / "t")
    (folder / "issuing.crl").unlink()
    (folder / "a.ocsp").write_bytes(pki.issuing.ocsp(one))
    assert judged(one, Trust.load(folder)).sub is SubIndication.REVOKED_NO_POE


def test_many_certificates_of_one_name_cost_nothing(trust: Trust) -> None:
    knot = root("Nút thắt")
    brought = tuple(knot.issue("Nút thắt", authority=True, owner=f"n{index % 4}").certificate for index in range(64))
    started = time.monotonic()
    result = judged(knot.issue("Người ký"), trust, brought=brought)
    assert result.sub is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert time.monotonic() - started < 5
