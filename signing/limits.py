"""Limits against hostile input; the verifier checks them before it parses or inflates."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """
    Limits of one verification.

    Attributes:
        xml_bytes: size of one XML file; depth and single text nodes are limited by the parser itself.
        attributes: attributes of one element; canonicalisation sorts them in quadratic time.
        namespaces: namespace declarations in scope at one place; they are searched for every element.
        signatures: ``ds:Signature`` elements per file or container.
        references: references per signature.
        transforms: transforms per reference.
        certificates: certificates per signature.
        members: members per container.
        container_bytes: uncompressed bytes of all members together.
        ratio: uncompressed to compressed bytes, checked once `ratio_from` bytes are out.
        ratio_from: bytes that are inflated without asking for the ratio.
        folder_files: files looked at in one folder.
    """

    xml_bytes: int = 20 * 1024**2
    attributes: int = 256
    namespaces: int = 256
    signatures: int = 64
    references: int = 1000
    transforms: int = 4
    certificates: int = 64
    members: int = 1000
    container_bytes: int = 8 * 1024**3
    ratio: int = 100
    ratio_from: int = 1_000_000
    folder_files: int = 100_000


DEFAULT_LIMITS = Limits()
