"""Shapes that other programs write: those of the list are accepted, everything else is refused by name."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from congkhai.signing import FileKey, FileReport, Indication, SubIndication, Trust, verify_bytes, verify_path

from .forge import BASE64, C14N, C14N11, ENVELOPED, EXC, FILTER2, SHA1, XPATH, XSLT, Ref, c14n, enveloped, signature
from .pki import NOW, Pki
from .samples import minutes_xml, trust_of

DOC = '<r xmlns="urn:x" xmlns:unused="urn:unused">nội dung <a Id="a1">phần A</a> và <b Id="b1">phần B</b></r>'
NOT_SIGNATURE = '<ds:XPath xmlns:ds="http://www.w3.org/2000/09/xmldsig#">%s</ds:XPath>'
SUBTRACT = f'<f:XPath xmlns:f="{FILTER2}" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Filter="%s">%s</f:XPath>'


def judge(data: bytes, trust: Trust) -> FileReport:
    return verify_bytes(data, "x.xml", trust, NOW)


@pytest.mark.parametrize(
    ("transforms", "exclusive"),
    [
        ([(ENVELOPED, ""), (EXC, "")], True),
        ([(ENVELOPED, ""), (EXC + "WithComments", "")], True),
        ([(ENVELOPED, ""), (C14N, "")], False),
        ([(ENVELOPED, ""), (C14N11, "")], False),
        ([(ENVELOPED, "")], False),
        ([(XPATH, NOT_SIGNATURE % "not(ancestor-or-self::ds:Signature)"), (EXC, "")], True),
        ([(XPATH, NOT_SIGNATURE % " not( ancestor-or-self::ds:Signature ) "), (EXC, "")], True),
        ([(FILTER2, SUBTRACT % ("subtract", "/descendant::ds:Signature")), (EXC, "")], True),
    ],
)
def test_whole_document_shapes_of_other_tools_are_full_and_pass(
    key: FileKey, trust: Trust, transforms: list[tuple[str, str]], *, exclusive: bool
) -> None:
    data = enveloped(key, DOC, transforms, exclusive=exclusive)
    report = judge(data, trust)
    assert report.indication is Indication.PASSED, report
    assert report.signatures[0].covers == "FULL"
    assert report.signatures[0].level == "XML-DSig"
    changed = judge(data.replace("phần B".encode(), "phần C".encode()), trust)
    assert changed.signatures[0].sub_indication is SubIndication.HASH_FAILURE


@pytest.mark.parametrize(
    "transforms",
    [
        [(XPATH, NOT_SIGNATURE % "not(ancestor-or-self::ds:Signature or self::b)")],
        [(XPATH, NOT_SIGNATURE % "false()")],
        [(XPATH, NOT_SIGNATURE.replace("2000/09/xmldsig#", "2000/09/other#") % "not(ancestor-or-self::ds:Signature)")],
        [(FILTER2, SUBTRACT % ("intersect", "/descendant::ds:Signature"))],
        [(FILTER2, SUBTRACT % ("subtract", "/descendant::*"))],
        [(XSLT, '<x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform" version="1.0"/>')],
        [("urn:unknown", "")],
        [(EXC, ""), (EXC, "")],
        [(EXC, f'<e:InclusiveNamespaces xmlns:e="{EXC}" PrefixList="#default"/>')],
        [(ENVELOPED, "")] * 5,
    ],
)
def test_transforms_outside_of_the_list_are_refused(
    key: FileKey, trust: Trust, transforms: list[tuple[str, str]]
) -> None:
    report = judge(enveloped(key, DOC, transforms), trust)
    assert report.signatures[0].sub_indication is SubIndication.FORMAT_FAILURE


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1/x", "file:///etc/passwd", "#xpointer(//a)", "?x", "/etc/passwd", "#"]
)
def test_references_that_lead_outside_are_refused_and_nothing_is_fetched(key: FileKey, trust: Trust, uri: str) -> None:
    data = DOC.replace("</r>", signature(key, [Ref(uri, b"x")]) + "</r>").encode()
    assert judge(data, trust).signatures[0].sub_indication is SubIndication.FORMAT_FAILURE


def test_a_file_named_beside_is_not_opened(key: FileKey, trust: Trust, folder: Path) -> None:
    (folder / "secret.txt").write_bytes(b"x")
    (folder / "a.xml").write_bytes(DOC.replace("</r>", signature(key, [Ref("secret.txt", b"x")]) + "</r>").encode())
    (report,) = verify_path(folder / "a.xml", trust, NOW).files
    assert report.signatures[0].sub_indication is SubIndication.SIGNED_DATA_NOT_FOUND


@pytest.mark.parametrize("uri", ["#a1", "#xpointer(id('a1'))"])
def test_a_part_is_partial_with_its_scope_named_and_never_passes(key: FileKey, trust: Trust, uri: str) -> None:
    part = etree.fromstring(DOC)[0]
    data = DOC.replace("</r>", signature(key, [Ref(uri, c14n(part), [(EXC, "")])]) + "</r>").encode()
    report = judge(data, trust)
    assert report.indication is Indication.INDETERMINATE
    assert report.signatures[0].indication is Indication.PASSED
    assert report.signatures[0].covers == "PARTIAL"
    assert report.signatures[0].scope == ("a#a1",)
    assert [finding.id for finding in report.findings] == ["V03"]


def test_an_enveloping_signature_is_full_when_every_object_is_signed(key: FileKey, trust: Trust) -> None:
    one = '<ds:Object xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="o1"><x>nội dung</x></ds:Object>'
    ref = Ref("#o1", c14n(etree.fromstring(one)), [(EXC, "")])
    assert judge(signature(key, [ref], objects=one).encode(), trust).indication is Indication.PASSED
    two = one + '<ds:Object Id="o2"><x>chèn thêm</x></ds:Object>'
    report = judge(signature(key, [ref], objects=two).encode(), trust)
    assert (report.indication, report.signatures[0].covers) == (Indication.INDETERMINATE, "PARTIAL")


def test_base64_content_is_digested_decoded_and_named(key: FileKey, trust: Trust) -> None:
    doc = f'<r><c Id="c">{base64.b64encode(b"tap tin").decode()}</c></r>'
    data = doc.replace("</r>", signature(key, [Ref("#c", b"tap tin", [(BASE64, "")])]) + "</r>").encode()
    report = judge(data, trust)
    assert report.signatures[0].indication is Indication.PASSED
    assert report.signatures[0].scope == ("c#c (base64)",)
    assert report.indication is Indication.INDETERMINATE


def test_a_prefix_list_is_honoured(key: FileKey, trust: Trust) -> None:
    octets = etree.tostring(
        etree.fromstring(DOC).getroottree(),
        method="c14n",
        exclusive=True,
        with_comments=False,
        inclusive_ns_prefixes=["unused"],
    )
    assert b"urn:unused" in octets
    steps = [(ENVELOPED, ""), (EXC, f'<e:InclusiveNamespaces xmlns:e="{EXC}" PrefixList="unused"/>')]
    data = DOC.replace("</r>", signature(key, [Ref("", octets, steps)]) + "</r>").encode()
    assert judge(data, trust).indication is Indication.PASSED


def test_inclusive_canonicalisation_with_inherited_xml_attributes_is_not_guessed(key: FileKey, trust: Trust) -> None:
    doc = DOC.replace("<r ", '<r xml:lang="vi" ')
    part = c14n(etree.fromstring(DOC)[0], exclusive=False)
    data = doc.replace("</r>", signature(key, [Ref("#a1", part, [(C14N, "")])]) + "</r>").encode()
    assert judge(data, trust).signatures[0].sub_indication is SubIndication.FORMAT_FAILURE


def test_sha1_shows_integrity_and_does_not_pass(pki: Pki, trust: Trust, rsa_key: FileKey) -> None:
    private = pki.issuing.issue("Trần Thị Mẫu", "rsa2048").private

    def sign(octets: bytes) -> bytes:
        weak = hashes.SHA1()  # noqa: S303 - an old file is what this test is about
        return private.sign(octets, padding.PKCS1v15(), weak)  # type: ignore[union-attr, call-arg]  # an RSA key

    octets = c14n(etree.fromstring(DOC))
    sha1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
    text = signature(rsa_key, [Ref("", octets, [(ENVELOPED, ""), (EXC, "")], SHA1)], method=sha1, sign=sign)
    (one,) = judge(DOC.replace("</r>", text + "</r>").encode(), trust).signatures
    assert one.sub_indication is SubIndication.CRYPTO_CONSTRAINTS_FAILURE
    assert one.integrity == "intact"
    assert "SHA-1" in " ".join(one.messages)


@pytest.mark.parametrize(
    "method",
    ["http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", "http://www.w3.org/2000/09/xmldsig#dsa-sha1", "urn:x", ""],
)
def test_unknown_algorithms_do_not_pass(key: FileKey, trust: Trust, method: str) -> None:
    (one,) = judge(enveloped(key, DOC, [(ENVELOPED, ""), (EXC, "")], method=method), trust).signatures
    assert one.indication is not Indication.PASSED
    assert one.integrity == "unknown"


def test_an_rsa_method_with_an_ec_key_does_not_pass(key: FileKey, trust: Trust) -> None:
    method = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    (one,) = judge(enveloped(key, DOC, [(ENVELOPED, ""), (EXC, "")], method=method), trust).signatures
    assert one.indication is Indication.FAILED or one.sub_indication is SubIndication.NO_SIGNING_CERTIFICATE_FOUND


@pytest.mark.parametrize("kind", ["rsa1024", "p192"])
def test_a_short_key_does_not_pass(pki: Pki, trust: Trust, tmp_path: Path, kind: str) -> None:
    from .samples import file_key

    weak = file_key(pki.issuing.issue("Người ký", kind), tmp_path)
    uri = {"rsa1024": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"}.get(kind)
    more = {"method": uri} if uri else {}
    (one,) = judge(enveloped(weak, DOC, [(ENVELOPED, ""), (EXC, "")], **more), trust).signatures
    assert one.sub_indication is SubIndication.CRYPTO_CONSTRAINTS_FAILURE


def test_a_signature_without_certificate_names_nobody(key: FileKey, trust: Trust) -> None:
    text = signature(key, [Ref("", c14n(etree.fromstring(DOC)), [(ENVELOPED, ""), (EXC, "")])], key_info=False)
    (one,) = judge(DOC.replace("</r>", text + "</r>").encode(), trust).signatures
    assert one.sub_indication is SubIndication.NO_SIGNING_CERTIFICATE_FOUND


def body_alone(roles: tuple[str, ...]) -> str:
    root = etree.fromstring(minutes_xml(roles))
    return etree.tostring(root[0], encoding="unicode")


def test_a_body_signed_by_a_foreign_program_counts_beside_its_minutes(
    key: FileKey, rsa_key: FileKey, trust: Trust, folder: Path
) -> None:
    from .samples import sign

    roles = ("head", "front")
    (folder / "minutes.xml").write_bytes(sign(minutes_xml(roles), rsa_key, role="head"))
    report = verify_path(folder / "minutes.xml", trust, NOW)
    assert report.indication is Indication.INDETERMINATE
    assert "front" in report.findings[0].message
    (folder / "minutes.sig-front.xml").write_bytes(enveloped(key, body_alone(roles), [(ENVELOPED, ""), (EXC, "")]))
    report = verify_path(folder / "minutes.xml", trust, NOW)
    assert report.indication is Indication.PASSED, report
    assert [(one.role, one.level) for one in report.files[0].signatures] == [("head", "B"), ("front", "XML-DSig")]
    whole = verify_path(folder, trust, NOW)
    assert [one.path for one in whole.files] == ["minutes.xml"]
    assert whole.indication is Indication.PASSED


def test_a_signature_file_over_another_body_does_not_count(
    key: FileKey, rsa_key: FileKey, trust: Trust, folder: Path
) -> None:
    from .samples import sign

    roles = ("head", "front")
    (folder / "minutes.xml").write_bytes(sign(minutes_xml(roles), rsa_key, role="head"))
    other = body_alone(roles).replace("15/QĐ-UBND", "16/QĐ-UBND")
    (folder / "minutes.sig-front.xml").write_bytes(enveloped(key, other, [(ENVELOPED, ""), (EXC, "")]))
    report = verify_path(folder / "minutes.xml", trust, NOW)
    assert report.indication is Indication.FAILED
    assert any("front" in finding.message for finding in report.findings)


@pytest.mark.parametrize("content", [b"<broken", b"<a/>", b"<!DOCTYPE a><a/>"])
def test_a_useless_signature_file_is_named(rsa_key: FileKey, trust: Trust, folder: Path, content: bytes) -> None:
    from .samples import sign

    (folder / "minutes.xml").write_bytes(sign(minutes_xml(("head",)), rsa_key, role="head"))
    (folder / "minutes.sig-front.xml").write_bytes(content)
    report = verify_path(folder / "minutes.xml", trust, NOW)
    assert report.indication is Indication.INDETERMINATE
    assert report.findings[0].where == "minutes.sig-front.xml"


def test_the_same_key_under_another_certificate_is_ambiguous_without_properties(
    pki: Pki, key: FileKey, trust: Trust, tmp_path: Path
) -> None:
    twin = pki.issuing.issue("Người khác", owner="Nguyễn Văn Mẫu")
    assert twin.certificate.public_key() == key.certificate.public_key()
    data = enveloped(key, DOC, [(ENVELOPED, ""), (EXC, "")])
    extra = f"<ds:X509Certificate>{base64.b64encode(twin.der).decode()}</ds:X509Certificate></ds:X509Data>".encode()
    (one,) = judge(data.replace(b"</ds:X509Data>", extra), trust).signatures
    assert one.sub_indication is SubIndication.NO_SIGNING_CERTIFICATE_FOUND
    assert trust_of(pki, tmp_path / "t").anchors


def wrapped(key: FileKey, inner: str, *, root: str = "internally-detached", beside: str = "") -> bytes:
    """Wrap an element and its signature as EU DSS does."""
    part = etree.fromstring(inner)
    octets = c14n(part)
    return f"<{root}>{inner}{signature(key, [Ref('#a1', octets, [(EXC, '')])])}{beside}</{root.split()[0]}>".encode()


def test_a_bare_wrapper_around_what_is_signed_leaves_it_full(key: FileKey, trust: Trust) -> None:
    assert judge(wrapped(key, '<a Id="a1">phần A</a>'), trust).indication is Indication.PASSED


@pytest.mark.parametrize(
    ("root", "inner", "beside"),
    [
        ("internally-detached", '<a Id="a1">phần A</a>', "<b/>"),
        ("internally-detached", '<a Id="a1">phần A</a>', "lời thêm"),
        ('internally-detached note="x"', '<a Id="a1">phần A</a>', ""),
        ("other", '<a Id="a1">phần A</a>', ""),
        ("internally-detached", '<Body xmlns="urn:congkhai:minutes:1" Id="a1">Biên bản</Body>', ""),
    ],
)
def test_a_wrapper_that_says_something_is_not_signed(
    key: FileKey, trust: Trust, root: str, inner: str, beside: str
) -> None:
    report = judge(wrapped(key, inner, root=root, beside=beside), trust)
    assert report.signatures[0].integrity == "intact"
    assert report.indication is Indication.INDETERMINATE


def test_a_base64_object_that_holds_nothing_else_is_signed_whole(key: FileKey, trust: Trust) -> None:
    def enveloping(extra: str = "") -> bytes:
        payload = f'<ds:Object Id="o1">{base64.b64encode(b"tap tin").decode()}{extra}</ds:Object>'
        return signature(key, [Ref("#o1", b"tap tin", [(BASE64, "")])], objects=payload).encode()

    assert judge(enveloping(), trust).indication is Indication.PASSED
    assert judge(enveloping("<!-- x -->"), trust).indication is Indication.INDETERMINATE
    second = enveloping().replace(b"</ds:Signature>", b"<ds:Object>x</ds:Object></ds:Signature>")
    assert judge(second, trust).indication is Indication.INDETERMINATE
