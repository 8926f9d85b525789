"""Signatures made elsewhere: what is taken back and how it is kept, and everything that must be refused."""

import base64
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from lxml import etree

from congkhai.connectors.simulators.signing_plugin import SigningPlugin
from congkhai.plugin.clock import FixedClock
from congkhai.plugin.errors import ConfigurationError, CongkhaiError, InputError, NotAllowedError
from congkhai.plugin.orders import Deputy, add_deputy
from congkhai.plugin.raising import level_of
from congkhai.plugin.records import Minutes
from congkhai.plugin.signing_return import Accepted, accept, body_file
from congkhai.plugin.store import tables as t
from congkhai.signing import (
    BesideFile,
    FormatError,
    SigningError,
    Trust,
    complete,
    prepare,
    read_container,
    verify_bytes,
    verify_path,
)

from .conftest import OpenOffice
from .databases import copy_home
from .office import BOARD, CLERK, STAFF_PAGE, Office
from .script import Script, plan_paper
from .script import paper as document
from .test_orders import VICE

DS = "{http://www.w3.org/2000/09/xmldsig#}"
BODY = "{urn:congkhai:minutes:1}Body"
CHAIR = "Trần Thị Mẫu"


def plug_in(office: Office, role: str) -> SigningPlugin:
    """Return the plug-in on the PC of a role's holder."""
    keys = office.folder / "keys"
    password = (keys / f"{role}.password").read_text(encoding="utf-8").strip()
    return SigningPlugin((keys / f"{role}.p12").read_bytes(), password, clock=FixedClock(office.now))


def paper(office: Office, kind: str = "posting") -> Minutes:
    made = office.paper(kind)
    assert made is not None
    return made


def body(office: Office, kind: str = "posting") -> bytes:
    return body_file(office.house, paper(office, kind))


def give(office: Office, data: bytes, role: str = "front_chair", kind: str = "posting") -> Accepted:
    return accept(office.house, paper(office, kind).id, role, data, CHAIR)


@pytest.fixture(scope="module")
def shared(stages: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Posting minutes that wait for three signers; tests that only try what is refused share them."""
    folder = tmp_path_factory.mktemp("return") / "house"
    copy_home(stages["posted"], folder)
    office = Office(folder, Script())
    yield office
    office.house.close()


@pytest.fixture
def posted(at_stage: OpenOffice) -> Office:
    return at_stage("posted")


def judged(office: Office, kind: str = "posting") -> Any:
    """Verify a paper with everything beside it, as anybody would."""
    made, vault = paper(office, kind), office.house.store.vault
    beside = [BesideFile(f"m.sig-{one.role}.xml", vault.read(one.beside)) for one in made.signatures if one.beside]
    trust = Trust.load(office.folder / "trust")
    return verify_bytes(vault.read(made.file_sha256), "m.xml", trust, office.now, companions=beside)


def test_three_people_sign_in_three_programs_and_the_dossier_holds_and_proves_it(posted: Office) -> None:
    first = give(posted, plug_in(posted, "front_chair").signed(body(posted)))
    assert (first.merged, first.level, first.status) == (False, "XML-DSig", "good")
    alone = plug_in(posted, "head").signed(body(posted), alone=True)
    second = give(posted, base64.b64encode(alone), "head")
    assert (second.merged, second.level) == (False, "XML-DSig")
    assert paper(posted).missing == ("records_officer",)
    assert paper(posted).pdf_sha256 == ""
    third = plug_in(posted, "records_officer").signed(body(posted), plain=False)
    assert give(posted, third, "records_officer").level == "BES"
    made = paper(posted)
    assert made.missing == ()
    assert posted.house.store.vault.read(made.pdf_sha256).startswith(b"%PDF-")
    assert {one.role: one.level for one in made.signatures} == {
        "front_chair": "XML-DSig", "head": "XML-DSig", "records_officer": "BES",
    }  # fmt: skip
    report = judged(posted)
    assert (report.indication, report.findings) == ("TOTAL_PASSED", ())
    facts = posted.journal("minutes.signed")[0]
    assert (facts["actor"], facts["facts"]["way"], facts["facts"]["level"]) == (CHAIR, "returned", "XML-DSig")
    assert level_of(posted.house, made) == "LT"  # nothing of it can be raised: the container is its long-term proof
    posted.wait(days=24)
    posted.take_down_all()
    assert give(posted, plug_in(posted, "front_chair").signed(body(posted, "closing")), kind="closing").merged is False
    posted.sign()
    posted.sign()
    posted.wait(hours=2)
    dossier = posted.dossier()
    assert dossier is not None
    assert dossier.complete, dossier.findings
    path = Path(dossier.path)
    names = {one.name for one in read_container(path).members}
    assert "bien-ban/bien-ban-niem-yet.sig-head.xml" in names
    assert "bien-ban/bien-ban-ket-thuc.sig-front_chair.xml" in names
    trust = Trust.load(posted.folder / "trust")
    assert verify_path(path, trust, posted.now).indication == "TOTAL_PASSED"
    folder = verify_path(path.parent / dossier.id, trust, posted.now)
    assert folder.indication == "TOTAL_PASSED"
    beside = path.parent / dossier.id / "bien-ban" / "bien-ban-niem-yet.sig-head.xml"
    beside.unlink()
    missing = verify_path(path.parent / dossier.id / "bien-ban" / "bien-ban-niem-yet.xml", trust, posted.now)
    assert [one.id for one in missing.findings] == ["V04"]


def test_xades_beside_the_body_goes_into_our_own_file_also_when_somebody_signed_meanwhile(posted: Office) -> None:
    signer = posted.house.signer_of("front_chair")[1]
    vault = posted.house.store.vault
    mine = vault.read(paper(posted).file_sha256)
    prepared = prepare(
        mine, certificate=signer.certificate(), algorithm=signer.algorithm, signing_time=posted.now, role="front_chair",
        chain=tuple(signer.chain()),
    )  # fmt: skip
    whole = complete(mine, prepared, signer.sign(prepared.octets))
    posted.sign("head")
    done = give(posted, whole)
    assert (done.merged, done.level) == (True, "B")
    made = paper(posted)
    assert {one.role: one.beside for one in made.signatures} == {"head": "", "front_chair": ""}
    assert len(judged(posted).signatures) == 2
    posted.sign("records_officer")
    assert judged(posted).indication == "TOTAL_PASSED"


def test_two_who_give_back_at_once_are_both_kept_and_the_rendition_is_made(
    posted: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted.sign("records_officer")
    given = {role: plug_in(posted, role).signed(body(posted)) for role in ("front_chair", "head")}
    from congkhai.plugin import signing_desk

    looked: list[int] = []
    real = signing_desk._rendition

    def late(*more: Any) -> str:
        if not looked:
            looked.append(1)
            give(posted, given["head"], "head")
        return real(*more)

    monkeypatch.setattr(signing_desk, "_rendition", late)
    give(posted, given["front_chair"])
    assert paper(posted).missing == ()
    assert paper(posted).pdf_sha256


def changed(data: bytes, change: Callable[[etree._Element], object]) -> bytes:
    """Return a signed body after somebody worked on it."""
    root = etree.fromstring(data)
    made = change(root)
    shown = made if isinstance(made, etree._Element) else root
    return etree.tostring(shown.getroottree(), encoding="UTF-8", xml_declaration=True)


def wrapped(root: etree._Element) -> etree._Element:
    """Hide the signed body inside its own signature and show another one."""
    signature = root.find(f"{DS}Signature")
    assert signature is not None
    root.remove(signature)
    shown = etree.fromstring(etree.tostring(root))
    subject = shown.find("{*}Subject")
    assert subject is not None
    subject.text = "Nội dung khác"
    shown.set("Id", "other")
    etree.SubElement(signature, f"{DS}Object").append(root)
    for one in signature.iter(f"{DS}Reference"):
        one.set("URI", "#body")
    shown.append(signature)
    return shown


def over_nothing(root: etree._Element) -> None:
    """Let the reference name something inside the signature."""
    signature = root.find(f"{DS}Signature")
    assert signature is not None
    etree.SubElement(signature, f"{DS}Object", Id="nothing").text = "x"
    for one in signature.iter(f"{DS}Reference"):
        one.set("URI", "#nothing")


def _text(root: etree._Element, name: str, text: str) -> None:
    found = root.find(f".//{name}")
    assert found is not None
    found.text = text


def _doubled(root: etree._Element) -> None:
    signature = root.find(f"{DS}Signature")
    assert signature is not None
    root.append(etree.fromstring(etree.tostring(signature)))


def _moved(root: etree._Element) -> None:
    signature = root.find(f"{DS}Signature")
    assert signature is not None
    root[0].append(signature)


def _transform(root: etree._Element) -> None:
    place = root.find(f".//{DS}Transforms")
    assert place is not None
    step = etree.SubElement(place, f"{DS}Transform", Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116")
    place.insert(0, step)


def _without_certificate(root: etree._Element) -> None:
    info = root.find(f".//{DS}KeyInfo")
    assert info is not None
    info.getparent().remove(info)  # type: ignore[union-attr]


def _crowded(root: etree._Element) -> None:
    """Ask for the same digest again and again."""
    info = root.find(f".//{DS}SignedInfo")
    assert info is not None
    for _time in range(20):
        info.append(etree.fromstring(etree.tostring(info[-1])))


ATTACKS: dict[str, Callable[[etree._Element], object]] = {
    "a changed body": lambda root: _text(root, "{*}Subject", "Nội dung khác"),
    "a wrapped body": wrapped,
    "a signature over nothing": over_nothing,
    "two signatures": _doubled,
    "a signature in another place": _moved,
    "a transform that is not allowed": _transform,
    "another value": lambda root: _text(root, f"{DS}SignatureValue", base64.b64encode(b"\x01" * 384).decode()),
    "no certificate": _without_certificate,
    "a comment in the body": lambda root: root[3].append(etree.Comment("x")),
    "something beside the body": lambda root: root.addnext(etree.Comment("x")),
    "another id of the body": lambda root: root.set("Id", "than"),
    "a second element that is called body": lambda root: root[0].set("Id", "body"),
    "an attribute more": lambda root: root.set("them", "x"),
    "very many references": _crowded,
    "an unsigned object": lambda root: etree.SubElement(root.find(f"{DS}Signature"), f"{DS}Object"),
}


@pytest.mark.parametrize("attack", sorted(ATTACKS))
def test_what_was_tampered_with_is_refused_and_nothing_is_kept(shared: Office, attack: str) -> None:
    good = plug_in(shared, "front_chair").signed(body(shared))
    with pytest.raises((CongkhaiError, SigningError)) as refused:
        give(shared, changed(good, ATTACKS[attack]))
    assert refused.value.what
    assert shared.rows(t.signature) == []
    assert shared.journal("minutes.signed") == []


def test_the_signature_of_another_role_or_paper_does_not_count(shared: Office, at_stage: OpenOffice) -> None:
    with pytest.raises(InputError) as other:
        give(shared, plug_in(shared, "head").signed(body(shared)))
    assert other.value.code == "congkhai-E743"
    for plain in (True, False):
        swapped = changed(
            plug_in(shared, "head").signed(body(shared), plain=plain),
            lambda root: _text(root, f"{DS}X509Certificate", certificate(shared, "front_chair")),
        )
        with pytest.raises((InputError, SigningError)):
            give(shared, swapped)
    closing = at_stage("closing")
    closing.take_down_all()
    with pytest.raises(FormatError) as replayed:
        give(shared, plug_in(closing, "front_chair").signed(body(closing, "closing")))
    assert replayed.value.code == "congkhai-S318"
    alone = plug_in(closing, "front_chair").signed(body(closing, "closing"), alone=True)
    with pytest.raises(InputError) as loose:
        give(shared, alone)
    assert loose.value.code == "congkhai-E745"
    assert shared.rows(t.signature) == []


def certificate(office: Office, role: str) -> str:
    """Return a role's certificate as it stands in a KeyInfo."""
    return base64.b64encode(office.house.signer_of(role)[1].certificate()).decode()


@pytest.mark.parametrize("data", [b"", b"xin chao", b"<a/>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"<a>" * 9])
def test_what_is_no_signed_paper_is_refused_in_words(shared: Office, data: bytes) -> None:
    with pytest.raises(FormatError) as refused:
        give(shared, data)
    assert refused.value.what


def test_the_body_without_a_signature_and_our_file_without_a_new_one_are_refused(shared: Office) -> None:
    for data in (body(shared), shared.house.store.vault.read(paper(shared).file_sha256)):
        with pytest.raises(FormatError) as refused:
            give(shared, data)
        assert refused.value.code == "congkhai-S319"


def test_a_weak_hash_is_refused(shared: Office) -> None:
    from signxml import SignatureMethod, XMLSigner, methods
    from signxml.algorithms import DigestAlgorithm

    class Old(XMLSigner):
        def check_deprecated_methods(self) -> None:
            """Sign as programs did before."""

    plugin = plug_in(shared, "front_chair")
    key, one, _chain = pkcs12.load_key_and_certificates(plugin.p12, plugin.password.encode())
    assert one is not None
    signer = Old(
        method=methods.enveloped, signature_algorithm=SignatureMethod.RSA_SHA256, digest_algorithm=DigestAlgorithm.SHA1
    )
    done = signer.sign(etree.fromstring(body(shared)), key=key, cert=[one])
    with pytest.raises((InputError, SigningError)):
        give(shared, etree.tostring(done))


def test_who_has_signed_or_is_not_asked_cannot_give_another_signature(posted: Office) -> None:
    signed = plug_in(posted, "front_chair").signed(body(posted))
    give(posted, signed)
    for role in ("front_chair", "seal"):
        with pytest.raises(NotAllowedError):
            give(posted, signed, role)
    assert len(posted.rows(t.signature)) == 1


def registered(ini: str) -> str:
    """Register the chair's certificate without any key."""
    return re.sub(
        r"type = pkcs12\nrole = front_chair\n(person = .*\nattended = yes\n)file = .*\npassword = .*\n",
        r"type = certificate\nrole = front_chair\n\1certificate = chair.pem\n", ini,
    )  # fmt: skip


def test_a_role_whose_key_lies_elsewhere_signs_with_the_certificate_that_is_registered(at_stage: OpenOffice) -> None:
    office = at_stage("posted", registered)
    with pytest.raises(ConfigurationError) as unread:
        give(office, b"<a/>")
    assert unread.value.code == "congkhai-E741"
    plugin = plug_in(office, "front_chair")
    _key, one, chain = pkcs12.load_key_and_certificates(plugin.p12, plugin.password.encode())
    assert one is not None
    (office.folder / "chair.pem").write_bytes(b"".join(each.public_bytes(Encoding.PEM) for each in (one, *chain)))
    results = {result.id: result.result for result in office.house.signer_of("front_chair")[1].check(live=False)}
    assert set(results.values()) == {"ok"}
    with pytest.raises(NotAllowedError) as refused:
        office.sign("front_chair")
    assert refused.value.code == "congkhai-E740"
    assert give(office, plugin.signed(body(office))).signer == CHAIR
    assert office.journal("minutes.signed")[0]["actor"] != CLERK


def test_an_expired_registered_certificate_is_refused(at_stage: OpenOffice) -> None:
    office = at_stage("posted", lambda ini: ini.replace("keys/head.", "keys/expired."))
    with pytest.raises(SigningError):
        give(office, plug_in(office, "expired").signed(body(office)), "head")
    assert office.rows(t.signature) == []


def test_a_deputys_program_signs_for_the_role_they_stand_in_for(open_office: OpenOffice) -> None:
    office = open_office(STAFF_PAGE, BOARD, VICE)
    basis = "Quyết định số 12/QĐ-UBND ngày 02/7/2026"
    add_deputy(office.house, Deputy("head", "pho", "KT.", "Phó Chủ tịch", basis), office.now.date(), None, CLERK)
    office.receive(plan_paper(), document())
    office.confirm()
    done = give(office, plug_in(office, "head").signed(body(office)), "deputy_head")
    assert (done.role, done.signer) == ("head", "Phạm Văn Mẫu")
    assert "head" not in paper(office).missing
    (signature,) = judged(office).signatures
    assert (signature.role, signature.indication) == ("head", "TOTAL_PASSED")


def test_what_stands_beside_the_body_must_fit_our_own_file_in_everything(shared: Office) -> None:
    vault, made = shared.house.store.vault, paper(shared)
    ours = vault.read(made.file_sha256)

    def beside(role: str, claimed: str, document: bytes = ours) -> bytes:
        signer = shared.house.signer_of(role)[1]
        prepared = prepare(
            document, certificate=signer.certificate(), algorithm=signer.algorithm, signing_time=shared.now,
            role=claimed, chain=tuple(signer.chain()),
        )  # fmt: skip
        return complete(document, prepared, signer.sign(prepared.octets))

    codes = {}
    two = beside("front_chair", "front_chair", beside("head", "head"))
    other = beside("front_chair", "front_chair", ours.replace("Mẫu Sơn".encode(), "Mẫu Khác".encode()))
    for name, data in {
        "another role": beside("front_chair", "head"), "another key": beside("head", "front_chair"), "two": two,
        "another body": other, "over the whole file": plug_in(shared, "front_chair").signed(ours),
        "a plain one": plug_in(shared, "front_chair").signed(ours).replace(b'URI=""', b'URI="#body"'),
    }.items():  # fmt: skip
        with pytest.raises((CongkhaiError, SigningError)) as refused:
            give(shared, data)
        codes[name] = refused.value.code
    assert (codes["another role"], codes["another key"]) == ("congkhai-E744", "congkhai-E743")
    assert (codes["two"], codes["another body"]) == ("congkhai-S319", "congkhai-S318")
    assert shared.rows(t.signature) == []


TEMPLATE = """<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo>\
<CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>\
<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><Reference URI="{uri}"><Transforms>\
<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/></Transforms>\
<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/></Reference></SignedInfo>\
<SignatureValue/><KeyInfo><X509Data><X509Certificate/></X509Data></KeyInfo></Signature></Body>"""


@pytest.mark.parametrize("uri", ["", "#body"])
def test_what_xmlsec1_signed_is_taken_back(posted: Office, tmp_path: Path, uri: str) -> None:
    program = shutil.which("xmlsec1")
    assert program, "this test needs the Debian package xmlsec1"
    plugin, template, signed = plug_in(posted, "front_chair"), tmp_path / "t.xml", tmp_path / "ky.xml"
    key, one, _chain = pkcs12.load_key_and_certificates(plugin.p12, plugin.password.encode())
    assert one is not None
    assert key is not None
    private, public = tmp_path / "key.pem", tmp_path / "cert.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(one.public_bytes(Encoding.PEM))
    template.write_bytes(body(posted).replace(b"</Body>", TEMPLATE.format(uri=uri).encode()))
    subprocess.run(
        [program, "--sign", "--id-attr:Id", "urn:congkhai:minutes:1:Body", "--privkey-pem", f"{private},{public}",
         "--output", signed, template], check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    done = give(posted, signed.read_bytes())
    assert (done.level, done.status) == ("XML-DSig", "good")
    assert judged(posted).signatures[-1].indication == "TOTAL_PASSED"
