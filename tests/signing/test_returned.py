"""What comes back from other signing programs is read in one of three forms, and never anything else."""

from pathlib import Path

import pytest
from lxml import etree

from congkhai.signing import FormatError, body_alone, body_digest, merge_returned, read_returned, signature_ids
from congkhai.signing.returned import LARGEST

from .pki import Pki
from .samples import file_key, minutes_xml, sign

DS = "{http://www.w3.org/2000/09/xmldsig#}"


def signed_pair(pki: Pki, folder: Path) -> tuple[bytes, bytes]:
    """Return minutes without a signature, and the same with one beside the body."""
    document = minutes_xml(("head",))
    return document, sign(document, file_key(pki.issuing.issue("Nguyễn Văn Mẫu"), folder), role="head")


def test_the_body_alone_is_what_everybody_signs() -> None:
    document = minutes_xml(("head",))
    alone = body_alone(document)
    assert etree.fromstring(alone).tag.endswith("Body")
    assert body_digest(alone) == body_digest(document)
    with pytest.raises(FormatError):
        body_alone(b"<a/>")


def test_a_whole_file_and_a_bare_signature_give_the_same_to_merge(pki: Pki, tmp_path: Path) -> None:
    document, signed = signed_pair(pki, tmp_path)
    (element,) = etree.fromstring(signed).iterchildren(f"{DS}Signature")
    bare = etree.tostring(element, with_tail=False)
    for data in (signed, bare):
        found = read_returned(data, document)
        assert found.merged
        assert signature_ids(found.document) == (found.signature_id,)
        assert found.document.startswith(document[: document.rindex(b"</")])
        with pytest.raises(FormatError):  # its id is there already
            merge_returned(found.document, found.signature)
    with pytest.raises(FormatError):
        read_returned(signed, signed)


def test_size_encoding_and_strange_roots_are_refused(pki: Pki, tmp_path: Path) -> None:
    document, signed = signed_pair(pki, tmp_path)
    wide = etree.tostring(etree.fromstring(signed), encoding="UTF-16", xml_declaration=True)
    other = signed.replace("Biên bản".encode(), b"Bien ban")
    for data in (b" " * (LARGEST + 1), wide, b"<a/>", b"<?pi?>" + body_alone(document).partition(b"\n")[2], other):
        with pytest.raises(FormatError):
            read_returned(data, document)
