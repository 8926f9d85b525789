"""The portal's Atom feed (RFC 4287), with tombstones for what was taken down (RFC 6721)."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from lxml import etree
from lxml.builder import ElementMaker

from congkhai.plugin.clock import ZONE

from .portal_pages import FEED, Site
from .portal_record import PortalRecord

_ATOM = "http://www.w3.org/2005/Atom"
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_A = ElementMaker(namespace=_ATOM, nsmap={None: _ATOM, "at": _TOMBSTONES})
_T = ElementMaker(namespace=_TOMBSTONES)
LONGEST = 100
"""How many entries the feed holds; older ones are in the pages."""


def feed(site: Site, records: Sequence[PortalRecord], now: datetime) -> bytes:
    """
    Write the feed.

    Args:
        records: those changed last first.
        now: what an empty feed says of its last change.
    """
    shown = records[:LONGEST]
    root = _A.feed(
        {"{http://www.w3.org/XML/1998/namespace}lang": "vi"},
        _A.id(_id(site.base_url or site.title)), _A.title(_plain(site.title)),
        _A.updated(_moment(shown[0].touched if shown else now)), _A.author(_A.name(_plain(site.title))),
        _A.link(rel="self", type="application/atom+xml", href=f"{site.base_url}{FEED}"),
        _A.link(rel="alternate", type="text/html", href=site.base_url or "index.html"),
    )  # fmt: skip
    for record in shown:
        entry = _id(record.disclosure)
        if record.withdrawn is not None:
            root.append(_T("deleted-entry", ref=entry, when=_moment(record.withdrawn)))
            continue
        root.append(
            _A.entry(
                _A.id(entry), _A.title(_plain(record.title) or record.disclosure),
                _A.updated(_moment(record.published)), _A.published(_moment(record.published)),
                _A.link(rel="alternate", type="text/html", href=f"{site.base_url}{record.path}"),
                *(
                    _A.link(rel="enclosure", type=file.media_type, length=str(file.size), title=_plain(file.name),
                            href=f"{site.base_url}{record.path}{file.stored}")
                    for file in record.files
                ),
                _A.summary(_plain(record.body), type="text"),
            )
        )  # fmt: skip
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _id(name: str) -> str:
    """Return an identifier that never changes, whatever the address does (RFC 4287 section 4.2.6)."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"urn:congkhai:{name}").urn


def _moment(moment: datetime) -> str:
    return moment.astimezone(ZONE).isoformat(timespec="seconds")


def _plain(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() or letter.isspace() else "" for letter in text).split())
