"""
The second verifier for signatures made elsewhere that stay in a file of their own: signxml, certificate pinned.

Like `_recheck` it judges mathematics and references only, and compares what it says was signed with what we believe was
signed. XAdES properties are references like any other here; the first verifier has judged what they say.
"""

import hashlib
from datetime import datetime
from typing import Any

from lxml import etree

from ._recheck import _refused as refused_by_second
from ._text import _
from .algorithms import BY_NAME, DIGESTS
from .errors import RecheckError, SigningError
from .keys.certificates import load_certificate
from .xmlsafe import SIGNED_PROPERTIES_TYPE, apart, canonical, ds, parse


def recheck_returned(document: bytes, certificate: bytes, *, body_sha256: str, at: datetime) -> None:
    """
    Verify the one signature inside a body, as the file lies where it was written.

    Args:
        document: a body with one signature in it.
        certificate: the only certificate that may have made it, DER.
        body_sha256: what we believe was signed, from `body_digest`.
        at: moment at which the certificate must be within its dates, with zone.

    Raises:
        RecheckError: signxml refuses it, or says that something else was signed.
    """
    from signxml.algorithms import DigestAlgorithm, SignatureMethod
    from signxml.exceptions import InvalidDigest, InvalidInput, InvalidSignature, SignXMLException
    from signxml.verifier import SignatureConfiguration, XMLVerifier

    class Apart(XMLVerifier):
        """signxml over lxml whose inclusive form of a part of a document is wrong (`xmlsafe.apart`)."""

        def _c14n(self, nodes: Any, *more: Any, **options: Any) -> bytes:
            alone = apart(nodes) if isinstance(nodes, etree._Element) and nodes.getparent() is not None else nodes
            form: bytes = super()._c14n(alone, *more, **options)
            return form

    try:
        (element,) = parse(document).root.iterchildren(ds("Signature"))
        info = element.find(ds("SignedInfo"))
        references = [] if info is None else list(info.iterchildren(ds("Reference")))
        config = SignatureConfiguration(
            location="./", expect_references=len(references), verification_time=at,
            signature_methods=frozenset(SignatureMethod(spec.uri) for spec in BY_NAME.values()),
            digest_algorithms=frozenset(DigestAlgorithm(uri) for uri, (_name, weak) in DIGESTS.items() if not weak),
        )  # fmt: skip
        results: Any = Apart().verify(document, x509_cert=load_certificate(certificate), expect_config=config)
    except (
        SignXMLException, InvalidDigest, InvalidInput, InvalidSignature, SigningError, etree.LxmlError, ValueError,
        NotImplementedError,
    ) as error:  # fmt: skip
        raise refused_by_second("", error) from error
    listed = results if isinstance(results, list) else [results]
    seen = {
        _content(one.signed_data)
        for one, reference in zip(listed, references, strict=True)
        if reference.get("Type") != SIGNED_PROPERTIES_TYPE
    }
    if body_sha256 not in seen:
        raise RecheckError(
            what=_("Nội dung mà bộ kiểm tra thứ hai thấy được ký không phải nội dung cần ký."), code="congkhai-S502"
        )


def _content(signed: bytes) -> str:
    """Return the digest of the exclusive canonical form of what was signed, whatever form it was signed in."""
    try:
        return hashlib.sha256(canonical(parse(signed).root)).hexdigest()
    except SigningError:
        return ""
