"""Honest files to start from: minutes with parallel signers, containers, and a trust folder."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from congkhai.signing import (
    FileKey,
    Member,
    Prepared,
    Trust,
    complete,
    complete_container,
    load_pkcs12,
    member_from_bytes,
    prepare,
    prepare_container,
    write_container,
)

from .pki import NOW, Identity, Pki

NS = "urn:congkhai:minutes:1"
TEXT = "Biên bản niêm yết công khai: “Quyết định số 15/QĐ-UBND” & phụ lục <1>; đồng ý \u0110ông Sơn"


def minutes_xml(roles: Sequence[str] = (), text: str = TEXT) -> bytes:
    """Return minutes without signatures whose body requires the given roles."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    required = "".join(f'<Role key="{role}" order="{order}">Vai trò</Role>' for order, role in enumerate(roles, 1))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Minutes xmlns="{NS}"><Body Id="body"><Title>{escaped}</Title>'
        f"<RequiredRoles>{required}</RequiredRoles></Body></Minutes>\n"
    ).encode()


def file_key(identity: Identity, folder: Path, algorithm: str | None = None) -> FileKey:
    """Return an identity as a key loaded from a PKCS#12 file."""
    path = folder / f"{identity.certificate.serial_number:x}.p12"
    return load_pkcs12(identity.pkcs12(path), "mat-khau", algorithm=algorithm)


def sign(
    document: bytes,
    key: FileKey,
    *,
    role: str | None = None,
    at: dt.datetime = NOW - dt.timedelta(hours=1),
    place: str | None = None,
) -> bytes:
    """Sign minutes in one go."""
    prepared = prepare(
        document, certificate=key.certificate_der, algorithm=key.algorithm, signing_time=at, role=role, place=place,
        chain=key.chain,
    )  # fmt: skip
    return complete(document, prepared, key.sign(prepared.octets))


def members(*, minutes: bytes | None = None) -> list[Member]:
    """Return the data files of a small container."""
    return [
        member_from_bytes("Biên bản/biên bản niêm yết.xml", "application/xml", minutes or minutes_xml()),
        member_from_bytes("kế hoạch + phụ lục.pdf", "application/pdf", b"%PDF-1.7\n" + bytes(range(256)) * 20),
        member_from_bytes("trang.html", "text/html", b"<!DOCTYPE html><html><body>trang</body></html>"),
    ]


def container_signature(parts: Sequence[Member], key: FileKey, at: dt.datetime = NOW - dt.timedelta(hours=1)) -> bytes:
    """Return one signature file over all members."""
    prepared: Prepared = prepare_container(
        parts, certificate=key.certificate_der, algorithm=key.algorithm, signing_time=at, role="seal", chain=key.chain
    )
    return complete_container(parts, prepared, key.sign(prepared.octets))


def sealed(path: Path, key: FileKey, parts: Sequence[Member] | None = None) -> Path:
    """Write a sealed container and return its path."""
    parts = members(minutes=sign(minutes_xml(), key)) if parts is None else parts
    write_container(path, parts, [container_signature(parts, key)])
    return path


def trust_of(pki: Pki, folder: Path, *, crls: bool = True) -> Trust:
    """Return the trust that a folder with this PKI gives."""
    return Trust.load(pki.trust_folder(folder, crls=crls))
