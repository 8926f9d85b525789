"""What is read as bytes is read as the tree would have it, and what is written is its own canonical form."""

import hashlib
import random
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from congkhai.signing import FileKey, SigningError, complete, prepare, verify_pinned
from congkhai.signing._lean import LONGEST, LeanFile, read_lean
from congkhai.signing._own_signature import read_own
from congkhai.signing.limits import DEFAULT_LIMITS, Limits
from congkhai.signing.pinned import _verify_any
from congkhai.signing.properties import read_properties
from congkhai.signing.structure import take_apart
from congkhai.signing.xades_b import _read
from congkhai.signing.xmlsafe import canonical, parse

from .mutations import minutes_variants
from .pki import NOW
from .samples import minutes_xml, sign

NASTY = "a&b<c>\"d'\r\n\te ﷺ 𝄞 – “Đông Sơn” {0} %b 100% \\1"
NFD = unicodedata.normalize("NFD", "Niêm yết tại trụ sở xã Đông Sơn")
PINNED = Callable[[bytes], object]

# Pieces of text and markup, right, odd and wrong; most texts that are drawn from them are XML, some are none.
TEXTS = st.sampled_from(
    [
        "",
        "Điều 1: nội dung",
        NFD,
        "a=b",
        "15/QĐ-UBND",
        "hỏi? đáp!",
        "\"nháy\" 'đơn'",
        "\n",
        "\t x",
        "&amp;",
        "&lt;&gt;",
        "tr/",
        " ",
        "&quot;",
        "&apos;",
        "&#7879;",
        "&#xD;",
        "\r",
        "\r\n",
        ">",
        "]]>",
        "<![CDATA[x]]>",
        "<!-- x -->",
        "<?x y?>",
        "&x;",
        "\x0b",
        "\ufffe",
        "\ufffd",
        "\U0001d11e",
        "\x85\u2028",
        "]]&gt;",
        "</Body>",
        "<Body>",
        "</Minutes>",
        '<Body Id="body">',
        " Id=",
        "&",
    ]
)
TAGS = st.sampled_from(
    [
        ("<p>", "</p>"),
        ("<tên>", "</tên>"),
        ("<p-1.b_>", "</p-1.b_>"),
        ('<p a="1">', "</p>"),
        ('<p a="1" b="2">', "</p>"),
        ("<Body>", "</Body>"),
        ('<p b="1" a="2">', "</p>"),
        ("<p a='1'>", "</p>"),
        ('<p a = "1">', "</p>"),
        ('<p  a="1">', "</p>"),
        ('<p a="1" >', "</p>"),
        ("<p >", "</p>"),
        ("<p>", "</p >"),
        ("<p\n>", "</p\n>"),
        ("<p/>", ""),
        ("<p />", ""),
        ('<p a="x/">', "</p>"),
        ('<p a="x"/>', ""),
        ('<p a="&amp;">', "</p>"),
        ('<p a="&gt;">', "</p>"),
        ('<p a=">">', "</p>"),
        ('<p a="a\tb">', "</p>"),
        ('<p a="a\nb">', "</p>"),
        ('<p xmlns="urn:x">', "</p>"),
        ('<p xmlns="">', "</p>"),
        ('<p xmlns:y="urn:y">', "</p>"),
        ('<y:p xmlns:y="urn:y">', "</y:p>"),
        ("<y:p>", "</y:p>"),
        ("<xml:p>", "</xml:p>"),
        ('<p xml:lang="vi">', "</p>"),
        ('<p xml:id="z">', "</p>"),
        ('<p Id="z">', "</p>"),
        ('<p ID="body">', "</p>"),
        ('<p id="z">', "</p>"),
        ('<p iD="z">', "</p>"),
        ('<p kid="z">', "</p>"),
        ('<p a="1" a="2">', "</p>"),
        ("<p>", "</q>"),
        ('<p é="1">', "</p>"),
        ('<p a="Đ">', "</p>"),
        ('<p B="1" a="2">', "</p>"),
        ('<p a="1" B="2">', "</p>"),
        ('<p a="1" a-="1">', "</p>"),
    ]
)
PLAIN_TEXTS = st.sampled_from(
    ["", "Điều 1: nội dung", NFD, "a=b", "15/QĐ-UBND", "hỏi? đáp!", "&amp;", "&lt;x&gt;", "\n", '"']
)
PLAIN_TAGS = st.sampled_from(
    [
        ("<p>", "</p>"),
        ('<p a="1">', "</p>"),
        ('<p a="1" b="Đ ê">', "</p>"),
        ("<Role>", "</Role>"),
        ('<Document status="draft" order="1" A-x="2">', "</Document>"),
    ]
)


def _around(parts: tuple[str, tuple[str, str], str, str]) -> str:
    text, (start, end), inside, after = parts
    return text + start + inside + end + after


def content(texts: st.SearchStrategy[str], tags: st.SearchStrategy[tuple[str, str]]) -> st.SearchStrategy[str]:
    """Return texts with elements in them, up to some levels."""
    return st.recursive(texts, lambda inner: st.tuples(texts, tags, inner, inner).map(_around), max_leaves=12)


GOOD_HEADS = st.sampled_from(
    [
        '<?xml version="1.0" encoding="UTF-8"?>\n<Minutes xmlns="urn:congkhai:minutes:1"><Body Id="body">',
        "<?xml version='1.0' encoding='UTF-8'?><Minutes xmlns=\"urn:congkhai:minutes:1\"><Body Id=\"body\">",
        '<M xmlns="http://x.test/a"><B Id="body">',
        '<M xmlns="urn:x:y"><B Id="body" kind="closing">',
        '<M xmlns="urn:x:y"><B Id="body" z="1" b="Đ > ê" A="">',
    ]
)
HEADS = st.sampled_from(
    [
        '<?xml version="1.0" encoding="UTF-8"?>\n<Minutes xmlns="urn:congkhai:minutes:1"><Body Id="body">',
        "<?xml version='1.0' encoding='UTF-8'?><Minutes xmlns=\"urn:congkhai:minutes:1\"><Body Id=\"body\">",
        '<Minutes xmlns="urn:congkhai:minutes:1"><Body Id="body">',
        '<M xmlns="http://x.test/a"><B Id="body">',
        '<M xmlns="relative"><B Id="body">',
        '<M><B Id="body">',
        '<M xmlns="urn:x" a="1"><B Id="body">',
        '<M xmlns="urn:x" xmlns:p="urn:p"><B Id="body">',
        '<M xmlns="urn:x"> <B Id="body">',
        '<M xmlns="urn:x"><B Id="body" a="1">',
        '<M xmlns="urn:x"><B a="1" Id="body">',
        '<M xmlns="urn:x"><B Id="body" a="1" a="2">',
        '<M xmlns="urn:x"><B Id="body" a="x\ry">',
        '<M xmlns="urn:x"><B Id="body" a="x\x01y">',
        '<M xmlns="urn:x"><B Id="body" ID="other">',
        '<M xmlns="urn:x"><B Id="body" xmlns="urn:y">',
        '<p:M xmlns:p="urn:x"><p:B Id="body">',
        '<!DOCTYPE M><M xmlns="urn:x"><B Id="body">',
        '<?xml version="1.1"?><M xmlns="urn:x"><B Id="body">',
        '<?xml version="1.0" encoding="ISO-8859-1"?><M xmlns="urn:x"><B Id="body">',
        '\ufeff<M xmlns="urn:x"><B Id="body">',
        '<M xmlns="urn:x"><B xml:id="body">',
        '<!-- x --><M xmlns="urn:x"><B Id="body">',
        '<M xmlns="urn:x"><M Id="body">',
        '<?x y?><M xmlns="urn:x"><B Id="body">',
        '<M xmlns="http://www.w3.org/2000/xmlns/"><B Id="body">',
    ]
)
TAILS = st.sampled_from(["", "\n", "\n\n", " ", "<!-- x -->", "<?x y?>", "<M/>", "x"])


def ends(head: str) -> str:
    """Return the end tags of what a head opens."""
    names = [part.split(maxsplit=1)[0].rstrip(">") for part in head.split("<") if part and part[0] not in "?!\ufeff"]
    return "".join(f"</{name}>" for name in reversed(names))


def general(document: bytes, body_id: str = "body") -> tuple[object, ...] | None:
    """Return what the tree tells of a file; None when it is refused."""
    try:
        found = _read(document, body_id)
    except SigningError:
        return None
    return found.sha256, found.ids, found.end, found.outside, found.beside, found.remarks


def told(lean: LeanFile) -> tuple[object, ...]:
    return lean.sha256, lean.ids, lean.end, lean.outside, lean.beside, lean.remarks


@settings(max_examples=1000, deadline=None)
@given(
    st.one_of(GOOD_HEADS, GOOD_HEADS, HEADS),
    content(st.one_of(*[PLAIN_TEXTS] * 5, TEXTS), st.one_of(*[PLAIN_TAGS] * 5, TAGS)),
    st.one_of(st.just("\n"), st.just(""), TAILS),
)
def test_whatever_is_read_as_bytes_the_tree_says_the_same(head: str, inner: str, tail: str) -> None:
    document = (head + inner + ends(head) + tail).encode()
    lean = read_lean(document)
    assert lean is None or told(lean) == general(document, lean.head.body_id)


@settings(max_examples=400, deadline=None)
@given(content(PLAIN_TEXTS, PLAIN_TAGS))
def test_plain_papers_are_read_as_bytes_and_the_tree_says_the_same(inner: str) -> None:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<Minutes xmlns="urn:congkhai:minutes:1"><Body Id="body">'
    document = (head + inner + "</Body></Minutes>\n").encode()
    lean = read_lean(document)
    assert lean is not None
    assert told(lean) == general(document)


@settings(max_examples=300, deadline=None)
@given(st.binary(min_size=1, max_size=4), st.integers(min_value=0))
def test_foreign_bytes_anywhere_never_make_the_two_disagree(foreign: bytes, place: int) -> None:
    good = minutes_xml(("head",))
    place %= len(good)
    for document in (good[:place] + foreign + good[place:], good[:place] + foreign + good[place + len(foreign) :]):
        lean = read_lean(document)
        assert lean is None or told(lean) == general(document, lean.head.body_id)


@pytest.mark.parametrize("count", [2, 241, 400])
def test_depth_that_the_parser_refuses_is_left_to_it(count: int) -> None:
    head, inner = '<M xmlns="urn:x"><B Id="body">', "<d>" * count + "</d>" * count
    document = f"{head}{inner}</B></M>".encode()
    lean = read_lean(document)
    assert (lean is None) == (count > 240)
    assert lean is None or told(lean) == general(document, lean.head.body_id)


def test_long_files_are_left_to_the_general_reader(key: FileKey) -> None:
    assert read_lean(minutes_xml(text="x" * LONGEST)) is None
    signed = sign(minutes_xml(text="x" * LONGEST), key)
    assert verify_pinned(signed, [key.certificate_der])[0].certificate == key.certificate_der


@pytest.mark.parametrize(
    ("role", "place"), [(None, None), ("head", "Đông Sơn"), (NASTY, NASTY), (NFD, None), (None, " ")]
)
def test_signatures_of_ours_are_recognised_whatever_is_in_them(
    key: FileKey, rsa_key: FileKey, role: str | None, place: str | None
) -> None:
    once = sign(minutes_xml(("head",)), key, role=role, place=place)
    twice = sign(once, rsa_key, role="front")
    lean = read_lean(twice)
    assert lean is not None
    assert told(lean) == general(twice)
    for one, element in zip(lean.signatures, parse(twice).root[1:], strict=True):
        assert one.octets == canonical(element[0])
        assert one.id == element.get("Id")
        assert one.body_sha256 == lean.sha256
    assert [one.certificates[0] for one in lean.signatures] == [key.certificate_der, rsa_key.certificate_der]
    pins = [key.certificate_der, rsa_key.certificate_der]
    assert verify_pinned(twice, pins) == _verify_any(twice, tuple(pins), DEFAULT_LIMITS)


def test_a_signature_is_recognised_to_its_last_byte_or_not_at_all(key: FileKey) -> None:
    signed = sign(minutes_xml(), key, role="head", place="Đông Sơn")
    text = signed[signed.index(b"<ds:Signature ") : signed.rindex(b"</Minutes>")]
    assert read_own(text, "body")
    assert read_own(text, "other") is None
    assert read_own(text + b" ", "body") is None
    assert read_own(text[:-1], "body") is None
    recognised = 0
    for place in range(len(text)):
        changed = text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :]
        found = read_own(changed, "body")
        if found is None:
            continue
        recognised += 1
        parts = take_apart(etree.fromstring(b'<M xmlns="urn:x">' + changed + b"</M>")[0], DEFAULT_LIMITS)
        assert parts.properties is not None
        properties, (body, own) = read_properties(parts.properties), parts.references
        assert found[0].octets == canonical(parts.info), place
        assert own.digest == hashlib.sha256(canonical(parts.properties)).digest(), place
        assert (body.uri, body.digest) == ("#body", found[0].body_sha256), place
        assert (parts.value, parts.certificates) == (found[0].value, found[0].certificates), place
        assert (properties.role, properties.signing_time) == (found[0].role, found[0].signing_time), place
    assert recognised > 100  # in a value, the digest of a body or a further certificate any base64 may stand


def outcome(call: PINNED, data: bytes) -> object:
    try:
        return call(data)
    except SigningError as error:
        return type(error).__name__


def test_pinned_verification_says_of_every_hostile_variant_what_the_tree_says(key: FileKey, rsa_key: FileKey) -> None:
    pins = (key.certificate_der, rsa_key.certificate_der)
    good = sign(sign(minutes_xml(("head",)), key, role="head"), rsa_key, role="front")
    other = sign(minutes_xml(("head",), "khác"), key, role="head")
    for attack, data in minutes_variants(good, other, rsa_key):
        fast, slow = (
            outcome(lambda one: verify_pinned(one, pins), data),
            outcome(lambda one: _verify_any(one, pins, DEFAULT_LIMITS), data),
        )
        assert fast == slow, attack


def test_pinned_verification_says_of_changed_bytes_what_the_tree_says(key: FileKey) -> None:
    pins = (key.certificate_der,)
    good = sign(minutes_xml(("head",)), key, role="head")
    chance = random.Random(3)  # noqa: S311 - only chooses places
    for place in range(len(good)):
        changed = bytearray(good)
        changed[place] = (
            chance.choice(b"<>/\"'&= \r\n\0Aa0\xc3") if place % 2 else changed[place] ^ 1 << chance.randrange(8)
        )
        data = bytes(changed)
        fast, slow = (
            outcome(lambda one: verify_pinned(one, pins), data),
            outcome(lambda one: _verify_any(one, pins, DEFAULT_LIMITS), data),
        )
        assert fast == slow, (place, data[place])


def test_narrower_limits_and_other_files_go_through_the_tree(key: FileKey) -> None:
    signed = sign(minutes_xml(), key, role="head")
    with pytest.raises(SigningError):
        verify_pinned(signed, [key.certificate_der], limits=Limits(references=1))
    elsewhere = signed.replace(b"urn:congkhai:minutes:1", b"urn:other:minutes:1")
    assert read_lean(elsewhere) is not None
    with pytest.raises(SigningError):  # what the file shows beside the body is not known to be nothing
        verify_pinned(sign(minutes_xml().replace(b"congkhai", b"other"), key), [key.certificate_der])


def test_ids_that_meet_are_left_to_the_general_reader(key: FileKey) -> None:
    document = minutes_xml()
    prepared = prepare(document, certificate=key.certificate_der, algorithm=key.algorithm, signing_time=NOW)
    signed = complete(document, prepared, key.sign(prepared.octets))
    signature = signed[signed.index(b"<ds:Signature ") : signed.rindex(b"</Minutes>")]
    twice = signed.replace(signature, signature + signature)
    assert read_lean(signed) is not None
    assert read_lean(twice) is None
    assert general(twice) is None
