"""
Hostile variants of good files: one generator per kind of file, each variant with the name of its attack.

None of them may pass, crash or hang. What they start from is signed honestly; only then it is bent.
"""

import base64
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from congkhai.signing import FileKey

from .forge import DS, EXC

XADES = "http://uri.etsi.org/01903/v1.3.2#"
ID_SPELLINGS = ("Id", "ID", "id", "xml:id")


def minutes_variants(good: bytes, other: bytes, stranger: FileKey) -> Iterator[tuple[str, bytes]]:
    """
    Yield (attack, file) for signed minutes.

    Args:
        good: minutes with one or more signatures, first over ``Body Id="body"``.
        other: minutes of another matter, signed by the same person.
        stranger: a key whose certificate is not the signer's.
    """
    body = _between(good, b"<Body", b"</Body>")
    first = _between(good, b"<ds:Signature ", b"</ds:Signature>")
    evil = body.replace("15/QĐ-UBND".encode(), "99/QĐ-UBND".encode())
    yield from _wrapping(good, body, evil, first)
    yield from _ids(good, body, evil)
    yield from _properties(good, first, _between(other, b"<ds:Signature ", b"</ds:Signature>"))
    yield from _structure(good, first)
    yield from _values(good, stranger)
    yield from _xml(good, body)


def _wrapping(good: bytes, body: bytes, evil: bytes, first: bytes) -> Iterator[tuple[str, bytes]]:
    yield "body replaced", good.replace(body, evil)
    yield (
        "body moved into a wrapper, place refilled",
        good.replace(body, evil.replace(b' Id="body"', b"") + b"<W>" + body + b"</W>"),
    )
    yield (
        "body moved into ds:Object",
        good.replace(body, evil.replace(b' Id="body"', b' Id="b2"')).replace(
            b"<ds:Object>", b"<ds:Object>" + body + b"</ds:Object><ds:Object>", 1
        ),
    )
    yield (
        "body moved behind the signature",
        good.replace(body, evil.replace(b' Id="body"', b' Id="b2"')).replace(
            first, first + b"<Old>" + body + b"</Old>"
        ),
    )
    yield "second body beside", good.replace(body, body + evil.replace(b' Id="body"', b' Id="b2"'))
    yield "extra element beside the body", good.replace(b"</Body>", b"</Body><Note>x</Note>")
    yield "text beside the body", good.replace(b"</Body>", "</Body>Đã đồng ý".encode())
    yield "attribute on the root", good.replace(b"<Minutes ", b'<Minutes title="x" ')
    yield "comment in the body", good.replace(b"<Title>", b"<Title><!-- cut -->")
    yield "processing instruction in the body", good.replace(b"<Title>", b"<Title><?cut here?>")
    yield "stylesheet before the root", good.replace(b"<Minutes", b'<?xml-stylesheet href="x.xsl"?><Minutes', 1)
    yield (
        "root renamed into another namespace",
        good.replace(b"<Minutes xmlns=", b'<Other xmlns:o="urn:o" xmlns=')
        .replace(b"</Minutes>", b"</Other>")
        .replace(b'<Other xmlns:o="urn:o" xmlns="urn:congkhai:minutes:1"', b'<Other xmlns="urn:o"')
        .replace(b"<Body ", b'<Body xmlns="urn:congkhai:minutes:1" ')
        .replace(b"</Body>", "</Body><Note>Quyết định khác</Note>".encode()),
    )
    yield "signature inside the body", good.replace(first, b"").replace(b"</Body>", first + b"</Body>")
    yield (
        "signature hidden in another's object",
        good.replace(b"<ds:Object>", b"<ds:Object>" + first.replace(b'Id="', b'Id="x') + b"</ds:Object><ds:Object>", 1),
    )


def _ids(good: bytes, body: bytes, evil: bytes) -> Iterator[tuple[str, bytes]]:
    for spelling in ID_SPELLINGS:
        extra = f'<X {spelling}="body">giả</X>'.encode()
        yield f"second id in the body, {spelling}", good.replace(b"</Body>", extra + b"</Body>")
        twin = evil.replace(b' Id="body"', f' {spelling}="body"'.encode())
        yield f"evil twin before the body, {spelling}", good.replace(body, twin + body)
        yield f"evil twin after the body, {spelling}", good.replace(body, body + twin)
        if spelling != "Id":
            yield f"id renamed to {spelling}", good.replace(b'<Body Id="body"', f'<Body {spelling}="body"'.encode())


def _properties(good: bytes, first: bytes, foreign: bytes) -> Iterator[tuple[str, bytes]]:
    qualifying = _between(first, b"<xades:QualifyingProperties", b"</xades:QualifyingProperties>")
    signed = _between(first, b"<xades:SignedProperties", b"</xades:SignedProperties>")
    fake = re.sub(rb'(Id|Target)="([#a-z-]*)', rb'\1="\2f', qualifying).replace(b"2026-11", b"2026-10")
    namespace = b' xmlns:xades="%s"' % XADES.encode()
    yield (
        "second QualifyingProperties in its own object",
        good.replace(b"</ds:Signature>", b"<ds:Object>" + fake + b"</ds:Object></ds:Signature>", 1),
    )
    yield "second QualifyingProperties in the same object", good.replace(qualifying, qualifying + fake, 1)
    yield (
        "fake QualifyingProperties first",
        good.replace(b"<ds:Object>", b"<ds:Object>" + fake + b"</ds:Object><ds:Object>", 1),
    )
    yield "second SignedProperties", good.replace(signed, signed + re.sub(rb'Id="sp-', b'Id="sq-', signed), 1)
    yield (
        "SignedProperties moved to the unsigned ones",
        good.replace(
            signed,
            re.sub(rb'Id="sp-', b'Id="sq-', signed).replace(b"2026-11", b"2026-10")
            + b"<xades:UnsignedProperties>"
            + signed
            + b"</xades:UnsignedProperties>",
            1,
        ),
    )
    yield (
        "properties of another signature",
        good.replace(
            qualifying, _between(foreign, b"<xades:QualifyingProperties", b"</xades:QualifyingProperties>"), 1
        ),
    )
    yield "role swapped", good.replace(b"<xades:ClaimedRole>head", b"<xades:ClaimedRole>front", 1)
    yield "time swapped", good.replace(b"<xades:SigningTime>2026-11", b"<xades:SigningTime>2026-10", 1)
    yield "emptied SigningCertificateV2", _empty(good, b"SigningCertificateV2")
    yield "no SigningTime", _drop(good, b"xades:SigningTime")
    yield "no properties at all", good.replace(qualifying, b"", 1)
    yield "wrong Target", good.replace(b'Target="#sig-', b'Target="#sog-', 1)
    yield "no Target", re.sub(rb' Target="[^"]*"', b"", good, count=1)
    yield "reference to the properties dropped", re.sub(rb"<ds:Reference Type=.*?</ds:Reference>", b"", good, count=1)
    yield (
        "properties reference without its type",
        good.replace(b' Type="http://uri.etsi.org/01903#SignedProperties"', b"", 1),
    )
    yield (
        "a QualifyingPropertiesReference",
        good.replace(
            b"<ds:Object>",
            b"<ds:Object><xades:QualifyingPropertiesReference"
            + namespace
            + b' URI="http://127.0.0.1/"/></ds:Object><ds:Object>',
            1,
        ),
    )


def _structure(good: bytes, first: bytes) -> Iterator[tuple[str, bytes]]:
    reference = _between(first, b"<ds:Reference Id=", b"</ds:Reference>")
    info = _between(first, b"<ds:SignedInfo>", b"</ds:SignedInfo>")
    many = b"".join(reference.replace(b'Id="ref-', b'Id="r%d-' % index) for index in range(10_000))
    yield "10 000 references", good.replace(reference, many, 1)
    yield "1 000 references to the whole body", good.replace(reference, reference.replace(b"Id=", b"Nd=") * 998, 1)
    yield "no reference to the body", good.replace(reference, b"", 1)
    yield from _manifests(good, reference)
    yield "no SignedInfo", good.replace(info, b"", 1)
    yield "two SignedInfo", good.replace(info, info + info, 1)
    yield "no SignatureValue", _drop(good, b"ds:SignatureValue")
    yield "no KeyInfo", _drop(good, b"ds:KeyInfo")
    yield "two KeyInfo", good.replace(b"<ds:KeyInfo>", b"<ds:KeyInfo/><ds:KeyInfo>", 1)
    yield "foreign child of the signature", good.replace(b"<ds:Object>", b"<X/><ds:Object>", 1)
    yield "text inside SignedInfo", good.replace(b"<ds:SignedInfo>", b"<ds:SignedInfo>x", 1)
    yield "comment inside SignedInfo", good.replace(b"<ds:SignedInfo>", b"<ds:SignedInfo><!-- x -->", 1)
    yield (
        "65 signatures",
        good.replace(
            first, b"".join(re.sub(rb'Id="([a-z]+)-', rb'Id="\g<1>%d-' % index, first) for index in range(65))
        ),
    )
    yield "signature twice under one id", good.replace(first, first + first)
    for name, uri in [
        ("external", "http://127.0.0.1/x"), ("file", "file:///etc/passwd"), ("xpointer", "#xpointer(//*)"),
        ("empty", ""), ("nothing", "#nothing"), ("properties", "#sig"),
    ]:  # fmt: skip
        yield f"URI of the body reference: {name}", good.replace(b'URI="#body"', f'URI="{uri}"'.encode(), 1)
    for name, step in [
        ("XSLT", '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"><x:stylesheet '
         'xmlns:x="http://www.w3.org/1999/XSL/Transform" version="1.0"/></ds:Transform>'),
        ("XPath", '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>false()</ds:XPath></ds:Transform>'),
        ("unknown", '<ds:Transform Algorithm="urn:x"/>'),
    ]:  # fmt: skip
        yield f"transform {name}", good.replace(b"<ds:Transforms>", b"<ds:Transforms>" + step.encode(), 1)


def _manifests(good: bytes, reference: bytes) -> Iterator[tuple[str, bytes]]:
    """Lists of references and objects that only look as if they were signed."""
    listed = b'<ds:Manifest Id="list">' + reference.replace(b'Id="ref-', b'Id="lref-') + b"</ds:Manifest>"
    forged = b"<ds:Object>" + listed + b"</ds:Object>"
    note = "<ds:Object><Note>Quyết định khác</Note></ds:Object>".encode()
    kind = b'<ds:Reference Type="http://www.w3.org/2000/09/xmldsig#Manifest" '
    yield "forged ds:Manifest beside", good.replace(b"<ds:Object>", forged + b"<ds:Object>", 1)
    yield "forged ds:Object beside", good.replace(b"<ds:Object>", note + b"<ds:Object>", 1)
    yield (
        "body only in a forged ds:Manifest",
        good.replace(reference, reference.replace(b"<ds:Reference ", kind, 1).replace(b"#body", b"#list"), 1).replace(
            b"<ds:Object>", forged + b"<ds:Object>", 1
        ),
    )


def _values(good: bytes, stranger: FileKey) -> Iterator[tuple[str, bytes]]:
    own = _between(good, b"<ds:X509Certificate>", b"</ds:X509Certificate>")
    foreign = b"<ds:X509Certificate>" + base64.b64encode(stranger.certificate_der) + b"</ds:X509Certificate>"
    yield "certificate replaced", good.replace(own, foreign, 1)
    yield "certificate damaged", good.replace(own, own.replace(b"MII", b"MIJ", 1), 1)
    yield "certificate is no base64", good.replace(own, b"<ds:X509Certificate>!!</ds:X509Certificate>", 1)
    yield "65 certificates", good.replace(own, own * 65, 1)
    yield "SHA-1 digest method", good.replace(b"http://www.w3.org/2001/04/xmlenc#sha256", DS.encode() + b"sha1", 1)
    yield (
        "HMAC with the public key",
        re.sub(rb'(<ds:SignatureMethod Algorithm=")[^"]*', rb"\1" + DS.encode() + b"hmac-sha1", good, count=1),
    )
    yield "no algorithm", re.sub(rb'<ds:SignatureMethod Algorithm="[^"]*"', b"<ds:SignatureMethod", good, count=1)
    yield (
        "HMACOutputLength",
        re.sub(
            rb"></ds:SignatureMethod>",
            b"><ds:HMACOutputLength>1</ds:HMACOutputLength></ds:SignatureMethod>",
            good,
            count=1,
        ),
    )
    yield (
        "value of zeros",
        re.sub(
            rb'(<ds:SignatureValue Id="[^"]*">)[^<]*',
            lambda match: match[1] + base64.b64encode(bytes(64)),
            good,
            count=1,
        ),
    )
    yield "empty value", re.sub(rb'(<ds:SignatureValue Id="[^"]*">)[^<]*', rb"\1", good, count=1)
    yield "huge value", re.sub(rb'(<ds:SignatureValue Id="[^"]*">)[^<]*', rb"\1" + b"A" * 400_000, good, count=1)
    yield "digest emptied", re.sub(rb"<ds:DigestValue>[^<]*", b"<ds:DigestValue>", good, count=1)
    yield (
        "canonicalisation unknown",
        good.replace(
            b'<ds:CanonicalizationMethod Algorithm="' + EXC.encode(), b'<ds:CanonicalizationMethod Algorithm="urn:x', 1
        ),
    )
    yield (
        "canonicalisation is XSLT",
        good.replace(
            b'<ds:CanonicalizationMethod Algorithm="' + EXC.encode(),
            b'<ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116',
            1,
        ),
    )


def _xml(good: bytes, body: bytes) -> Iterator[tuple[str, bytes]]:
    head, rest = good.split(b"?>", 1)
    head += b"?>"
    yield "DOCTYPE", head + b"<!DOCTYPE Minutes>" + rest
    yield "DOCTYPE with SYSTEM", head + b'<!DOCTYPE Minutes SYSTEM "http://127.0.0.1/x.dtd">' + rest
    yield "default attribute by DTD", head + b'<!DOCTYPE Minutes [<!ATTLIST Body x CDATA "1">]>' + rest
    yield (
        "external entity",
        head
        + b'<!DOCTYPE Minutes [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        + rest.replace(b"<Title>", b"<Title>&x;"),
    )
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    yield (
        "billion laughs",
        head + f'<!DOCTYPE Minutes [<!ENTITY l0 "ha">{laughs}]>'.encode() + rest.replace(b"<Title>", b"<Title>&l9;"),
    )
    yield (
        "billion laughs in an attribute",
        head
        + f'<!DOCTYPE Minutes [<!ENTITY l0 "ha">{laughs}]>'.encode()
        + rest.replace(b"<Title>", b'<Title x="&l9;">'),
    )
    yield "undefined entity", good.replace(b"<Title>", b"<Title>&x;")
    yield "depth", good.replace(body, body.replace(b"</Body>", b"<d>" * 50_000 + b"</d>" * 50_000 + b"</Body>"))
    yield (
        "200 000 attributes",
        good.replace(b"<Title>", b"<Title " + b" ".join(b'a%d=""' % n for n in range(200_000)) + b">"),
    )
    yield (
        "20 000 namespaces",
        good.replace(b"<Title>", b"<Title " + b" ".join(b'xmlns:a%d="urn:%d"' % (n, n) for n in range(20_000)) + b">"),
    )
    yield "relative namespace", good.replace(b"<Title>", b'<Title><x xmlns="relative"/>')
    yield "text node of 11 MB", good.replace(b"<Title>", b"<Title>" + b"x" * 11_000_000)
    yield "21 MB", good.replace(b"</Minutes>", b" " * 21 * 1024**2 + b"</Minutes>")
    for share in (0, 1, 2, 3):
        yield f"cut at {share}/4", good[: len(good) * share // 4]
    yield "not UTF-8", good.replace("công".encode(), b"\xff\xfe", 1)
    yield "UTF-16 with a false label", head + rest.decode().encode("utf-16")
    yield "two roots", good + b"<Minutes/>"


def container_variants(good: bytes, kind: str = "application/vnd.etsi.asic-e+zip") -> Iterator[tuple[str, bytes]]:
    """Yield (attack, file) for a sealed container of a kind whose members are stored, ``trang.html`` among them."""
    for share in (1, 2, 3):
        yield f"cut at {share}/4", good[: len(good) * share // 4]
    yield "bytes before", b"#!/bin/sh\n" + good
    yield "bytes after", good + b"extra"
    yield "end record twice", good + good[good.rindex(b"PK\x05\x06") :]
    yield "another container after", good + good
    yield "mimetype changed", good.replace(b"asic-e+zip", b"asic-s+zip", 1)
    yield "local name changed", good.replace(b"trang.html", b"trang.exe_", 1)
    yield "central name changed", good[::-1].replace(b"trang.html"[::-1], b"trang.exe_"[::-1], 1)[::-1]
    yield "both names changed", _rezip(good, lambda name, data: [("khác.html" if name == "trang.html" else name, data)])
    yield "member changed", _rezip(good, lambda name, data: [(name, data + b" " if name == "trang.html" else data)])
    yield "member dropped", _rezip(good, lambda name, data: [] if name == "trang.html" else [(name, data)])
    yield (
        "member added",
        _rezip(good, lambda name, data: [(name, data), ("thêm.txt", b"x")] if name == "mimetype" else [(name, data)]),
    )
    yield (
        "member added in META-INF",
        _rezip(
            good, lambda name, data: [(name, data), ("META-INF/x.bin", b"x")] if name == "mimetype" else [(name, data)]
        ),
    )
    yield "signature dropped", _rezip(good, lambda name, data: [] if "signatures" in name else [(name, data)])
    yield "manifest dropped", _rezip(good, lambda name, data: [] if "manifest" in name else [(name, data)])
    yield "mimetype late", _late(good)
    yield "mimetype compressed", _rezip(good, lambda name, data: [(name, data)], deflate=True, also="mimetype")
    yield (
        "mimetype with a newline",
        _rezip(good, lambda name, data: [(name, data + b"\n" if name == "mimetype" else data)]),
    )
    yield "a name twice", _twice(good)
    yield "mimetype dropped", _rezip(good, lambda name, data: [] if name == "mimetype" else [(name, data)])
    yield (
        "manifest lies",
        _rezip(
            good,
            lambda name, data: [(name, data.replace(b"trang.html", b"trang2.html") if "manifest" in name else data)],
        ),
    )
    yield (
        "manifest names its type wrongly",
        _rezip(good, lambda name, data: [(name, data.replace(b"asic-e", b"asic-s") if "manifest" in name else data)]),
    )
    yield (
        "names in other case",
        _rezip(
            good, lambda name, data: [(name, data), ("TRANG.HTML", b"x")] if name == "trang.html" else [(name, data)]
        ),
    )
    yield (
        "traversal",
        _rezip(
            good, lambda name, data: [(name, data), ("../../etc/x", b"x")] if name == "mimetype" else [(name, data)]
        ),
    )
    yield (
        "backslash",
        _rezip(good, lambda name, data: [(name, data), ("..\\x", b"x")] if name == "mimetype" else [(name, data)]),
    )
    yield "decomposed names", _rezip(good, lambda name, data: [(_decomposed(name), data)])
    yield (
        "bomb",
        _rezip(
            good,
            lambda name, data: [(name, data), ("bomb", bytes(50_000_000))] if name == "mimetype" else [(name, data)],
            deflate=True,
        ),
    )
    yield (
        "1 001 members",
        _rezip(
            good,
            lambda name, data: (
                [(name, data), *((f"n{n}", b"") for n in range(1001))] if name == "mimetype" else [(name, data)]
            ),
        ),
    )
    yield (
        "signature file with more than signatures",
        _rezip(
            good,
            lambda name, data: [
                (name, data.replace(b"<ds:Signature ", b"<X/><ds:Signature ", 1) if "signatures" in name else data)
            ],
        ),
    )
    yield (
        "signature file with DOCTYPE",
        _rezip(
            good,
            lambda name, data: [
                (name, data.replace(b"<asic:", b"<!DOCTYPE a><asic:", 1) if "signatures" in name else data)
            ],
        ),
    )
    yield (
        "member URI doubly encoded",
        _rezip(good, lambda name, data: [(name, data.replace(b"%20", b"%2520") if "signatures" in name else data)]),
    )
    yield (
        "member URI with plus for space",
        _rezip(good, lambda name, data: [(name, data.replace(b"%20", b"+") if "signatures" in name else data)]),
    )
    yield "sizes lie", good.replace(struct.pack("<I", zlib.crc32(kind.encode())), b"\0\0\0\0")


def _decomposed(name: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFD", name)


def _late(good: bytes) -> bytes:
    """Write the mimetype last."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(good)) as source, zipfile.ZipFile(out, "w") as target:
        for info in (*source.infolist()[1:], source.infolist()[0]):
            target.writestr(zipfile.ZipInfo(info.filename), source.read(info))
    return out.getvalue()


def _twice(good: bytes) -> bytes:
    """Write one name twice, first with another content."""
    other = _rezip(
        good, lambda name, data: [("trang.htm_", b"x"), (name, data)] if name == "trang.html" else [(name, data)]
    )
    return other.replace(b"trang.htm_", b"trang.html")


def _rezip(good: bytes, change: object, *, deflate: bool = False, also: str = "") -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(good)) as source, zipfile.ZipFile(out, "w") as target:
        for info in source.infolist():
            for name, data in change(info.filename, source.read(info)):  # type: ignore[operator]
                fresh = zipfile.ZipInfo(name)
                fresh.compress_type = (
                    zipfile.ZIP_DEFLATED if deflate and (name != "mimetype" or also) else zipfile.ZIP_STORED
                )
                target.writestr(fresh, data)
    return out.getvalue()


def _between(data: bytes, start: bytes, end: bytes) -> bytes:
    first = data.index(start)
    return data[first : data.index(end, first) + len(end)]


def _drop(data: bytes, name: bytes) -> bytes:
    return data.replace(_between(data, b"<" + name, b"</" + name + b">"), b"", 1)


def _empty(data: bytes, name: bytes) -> bytes:
    return data.replace(
        _between(data, b"<xades:" + name, b"</xades:" + name + b">"), b"<xades:" + name + b"></xades:" + name + b">", 1
    )
