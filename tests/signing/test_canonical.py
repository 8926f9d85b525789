"""Inclusive canonical forms of a part of a document, held to what the standard says, letter by letter."""

import pytest
from lxml import etree

from congkhai.signing.xmlsafe import canonical, parse

CASES = {
    "a default namespace declared anew": (
        b'<Body xmlns="urn:b"><S xmlns="urn:s"><I><M/><R URI=""><T><U/></T></R></I></S></Body>',
        b'<I xmlns="urn:s"><M></M><R URI=""><T><U></U></T></R></I>',
    ),
    "prefixes in scope that nobody uses": (
        b'<Body xmlns="urn:b" xmlns:x="urn:x"><s:S xmlns:s="urn:s"><s:I><s:M/></s:I></s:S></Body>',
        b'<s:I xmlns="urn:b" xmlns:s="urn:s" xmlns:x="urn:x"><s:M></s:M></s:I>',
    ),
    "no default namespace inside one that has it": (
        b'<Body xmlns="urn:b"><S xmlns=""><I><M><N/></M></I></S></Body>', b"<I><M><N></N></M></I>",
    ),
    "a default namespace that comes back": (
        b'<Body xmlns="urn:b"><S xmlns="urn:s"><I><M xmlns=""><N xmlns="urn:s"><P/></N></M></I></S></Body>',
        b'<I xmlns="urn:s"><M xmlns=""><N xmlns="urn:s"><P></P></N></M></I>',
    ),
    "white space, letters and references": (
        '<S xmlns="urn:s"><I a="&#10;&#9;&quot;">Ý &amp; &lt;1>&#13;\n<!-- x --><M/> </I> t</S>'.encode(),
        '<I xmlns="urn:s" a="&#xA;&#x9;&quot;">Ý &amp; &lt;1&gt;&#xD;\n<M></M> </I>'.encode(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(CASES))
def test_a_part_of_a_document_has_the_form_of_the_standard(case: str) -> None:
    document, expected = CASES[case]
    (part,) = [one for one in parse(document).root.iter(etree.Element) if etree.QName(one).localname == "I"]
    assert canonical(part, exclusive=False) == expected
