"""
Files in the very form that we write, read as bytes: no tree is built, no canonicaliser runs.

`document = [declaration] <Root xmlns="…"> <Body Id="…" …> inner </Body> signature* </Root> [newline]`, with nothing
between these parts. A file that is not proven to be of this form is none of ours: the answer is then None, and the
general reader (`xmlsafe.parse`, `canonical`) judges it. Nothing is refused here, and nothing is accepted that it would
refuse; tests hold both readers to each other.

Why the digest may be taken over the bytes. Put between the body's start tag, as canonicalisation writes it, and its end
tag, `inner` makes a text of which it is known that

1. expat reads it, so that it is one well-formed element with all prefixes declared, which ends where the body ends;
   what stands before it leaves no room for a DOCTYPE, another encoding or XML 1.1;
2. it holds no comment, processing instruction, CDATA section, carriage return, and no reference but ``&amp;``,
   ``&lt;``, ``&gt;``; every ``>`` ends a tag;
3. no tag in it has white space or a slash before its end, so that there are no empty-element tags; an attribute, if
   any, stands in double quotes after one space, without prefix, references or white space that would be normalised;
   none declares a namespace or could be taken for an id.

So all that exclusive canonicalisation changes in it is the order of attributes, which is put right here; in the body's
start tag it writes the root's default namespace before them. The signatures behind it are those that `signature_text`
would write, byte for byte.

Source: Exclusive XML Canonicalization 1.0 section 3, Canonical XML 1.0 section 2.3.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import ClassVar

# Only asks whether bytes are well-formed; what it reads cannot have a DOCTYPE, hence no entities to blow up.
from xml.parsers import expat

from ._own_signature import OwnSignature, read_own

LONGEST = 256 * 1024
"""Bytes; longer files go to the general reader, which knows all limits."""
_MOST_TAGS = 480
"""Start and end tags together; fewer than the parser's largest depth can come of them."""
_MOST_EQUALS = 200
_NONE: tuple[OwnSignature, ...] = ()

_NAME = rb"[A-Za-z_][\w.-]*"
_ATTRIBUTE = rb' (?!xmlns=|[Ii][Dd]=)%b="[^"<&\t\n\r]*+"' % _NAME
_HEAD = re.compile(
    rb"""(?:<\?xml version=(?:"1\.0"|'1\.0') encoding=(?:"UTF-8"|'UTF-8')\?>\n?)?"""
    rb"""<([A-Za-z]\w*) xmlns="(urn(?::[\w.-]+)+|https?://[\w.-]+(?:/[\w.-]*)*#?)">"""
    rb"""<([A-Za-z]\w*) Id="(%b)"((?:%b)*)>""" % (_NAME, _ATTRIBUTE)
)
"""Root, namespace, body, its id, its other attributes."""
_ORDINARY = bytes(set(range(256)) - set(b"<>&!?=\r"))
_LOOSE_END = re.compile(rb">(?<=[\s/]>)")
_TAGS = re.compile(rb"(?:[^<]*+<(?:/%b|%b(?:%b)*)>)*+[^<]*" % (_NAME, _NAME, _ATTRIBUTE))
_SEVERAL = re.compile(rb"(<%b)((?:%b){2,})(?=>)" % (_NAME, _ATTRIBUTE))
_ATTRIBUTES = re.compile(rb'( %b)(="[^"]*")' % _NAME)


@dataclass(frozen=True, slots=True)
class Head:
    """
    What stands before the body's content.

    Attributes:
        namespace: of root and body.
        body: local name of the body.
        body_id: its ``Id``.
        opening: its start tag in canonical form.
        body_end: its end tag.
        root_end: end tag of the root.
        ids: its ``Id`` alone.
    """

    namespace: str
    body: str
    body_id: str
    opening: bytes
    body_end: bytes
    root_end: bytes
    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class LeanFile:
    """
    A file of this form.

    Attributes:
        head: its beginning.
        sha256: digest of the body's exclusive canonical form.
        end: where the root's end tag begins.
        signatures: all signatures beside the body, in file order.
        ids: every id in the file.
        outside, beside, remarks: something stands beside the root; something but signatures beside the body; comments
            or processing instructions in the body. Never in this form.
    """

    head: Head
    sha256: bytes
    end: int
    signatures: tuple[OwnSignature, ...]
    ids: frozenset[str]
    outside: ClassVar[bool] = False
    beside: ClassVar[bool] = False
    remarks: ClassVar[bool] = False


def read_lean(document: bytes) -> LeanFile | None:
    """
    Read a file of this form.

    Args:
        document: the file.

    Returns:
        What it holds; None when it is of another form, however good or bad.
    """
    found = _HEAD.match(document)
    head = None if found is None or len(document) > LONGEST else _head(found[0])
    if found is None or head is None:
        return None
    start, end = found.end(), len(document) - len(head.root_end) - document.endswith(b"\n")
    if not document.startswith(head.root_end, end):
        return None
    after, signatures, ids = end, _NONE, head.ids
    if not document.startswith(head.body_end, max(start, end - len(head.body_end))):
        after = document.find(head.body_end, start) + len(head.body_end)
        own = None if after < start else read_own(document[after:end], head.body_id)
        if own is None:
            return None
        signatures, ids = own, head.ids.union(*(one.ids for one in own))
        if len(ids) != 1 + sum(len(one.ids) for one in own):
            return None
    inner = _canonical(document[start : after - len(head.body_end)])
    if inner is None:
        return None
    body = b"".join((head.opening, inner, head.body_end))
    if not _is_one_element(body):
        return None
    return LeanFile(head, sha256(body).digest(), end, signatures, ids)


@lru_cache(maxsize=64)  # the files of one kind all begin alike
def _head(text: bytes) -> Head | None:
    """Read what stands before the body's content; None when root and body have one name, or for many attributes."""
    match = _HEAD.fullmatch(text)
    if match is None or match[1] == match[3] or match[5].count(b"=") > _MOST_EQUALS:
        return None
    root, namespace, body, body_id, more = match.groups()
    attributes = _in_order(b' Id="%b"%b' % (body_id, more))
    return Head(
        namespace.decode(), body.decode(), body_id.decode(), b'<%b xmlns="%b"%b>' % (body, namespace, attributes),
        b"</%b>" % body, b"</%b>" % root, frozenset((body_id.decode(),)),
    )  # fmt: skip


def _canonical(inner: bytes) -> bytes | None:
    """Return the canonical form of a text if conditions 2 and 3 hold, given that it is well-formed; else None."""
    signs = inner.translate(None, _ORDINARY)
    tags = len(signs) // 2
    if tags > _MOST_TAGS:
        return None
    if signs == b"<>" * tags:  # then no tag has attributes, and white space can only stand before its end
        return inner if _LOOSE_END.search(inner) is None else None
    if signs.count(b"<") != signs.count(b">") or b"\r" in signs or b"<!" in signs or b"<?" in signs:
        return None
    if b"&" in signs and inner.count(b"&") != sum(map(inner.count, (b"&amp;", b"&lt;", b"&gt;"))):
        return None
    if b"=" not in signs:
        return inner if _LOOSE_END.search(inner) is None else None
    if signs.count(b"=") > _MOST_EQUALS or _TAGS.fullmatch(inner) is None:
        return None
    return _SEVERAL.sub(lambda tag: tag[1] + _in_order(tag[2]), inner)


def _in_order(attributes: bytes) -> bytes:
    """Put attributes without prefixes in the order of their names."""
    return b"".join(name + value for name, value in sorted(_ATTRIBUTES.findall(attributes)))


def _is_one_element(body: bytes) -> bool:
    parser = expat.ParserCreate(namespace_separator=" ")
    try:
        parser.Parse(body, True)
    except expat.ExpatError:
        return False
    return True
