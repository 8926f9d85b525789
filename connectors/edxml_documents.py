"""
From a packet's bytes to a document that can be offered: the same way wherever packets come from, folder or axis.

What a packet is decides about is decided here: which paper a recall means, what must be held for a person, and which
files it carries. Where the packet lies and how it ends is the connector's.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace

from congkhai.plugin.clock import Clock, local_date
from congkhai.plugin.errors import InputError
from congkhai.plugin.interfaces import Known
from congkhai.plugin.records import AttachmentRef, Direction, PulledDocument

from .edxml_attachments import open_part
from .edxml_mime import LoosePart, is_mime, split_mime
from .edxml_packet import Packet, read_packet
from .edxml_parse import parse_tree
from .edxml_reasons import packet_error
from .edxml_settings import PacketSettings

_LOG = logging.getLogger("congkhai.connectors.edxml")


class PacketReader:
    """Reads packets by the limits and declarations of one source."""

    def __init__(self, settings: PacketSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._limits = settings.limits
        self._own = frozenset(name.casefold() for name in settings.agency_ids)

    def parse(self, data: bytes) -> Packet:
        """Read a packet of either form. Raises PacketError."""
        loose: tuple[LoosePart, ...] = ()
        if is_mime(data):
            data, loose = split_mime(data, self._limits)
        root, junk = parse_tree(data, self._limits, trim=self._settings.trim_leading_junk)
        packet = read_packet(root, self._limits, loose, local_date(self._clock.now()))
        return replace(packet, marks=(*packet.marks, "leading-junk-trimmed")) if junk else packet

    def document(self, packet: Packet, digest: str, raw: bytes, ref: str) -> PulledDocument:
        """
        Make the document of a packet.

        Args:
            digest: SHA-256 of the packet's bytes, which is the document's fingerprint.
            ref: the connector's own handle.
        """
        ours = packet.sender_id.casefold() in self._own
        marks = list(packet.marks)
        if not ours and not any(receiver.casefold() in self._own for receiver in packet.receivers):
            marks.append("receiver-not-us")
        if not packet.sender:
            marks.append("issuer-missing")
        if packet.unknown:
            _LOG.info("edxml packet %s: %d unknown elements", digest[:16], packet.unknown)
        return PulledDocument(
            remote_id=packet.identifier or f"packet-{digest}",
            direction=Direction.OUT if ours else Direction.IN,
            type=packet.type,
            number=packet.number,
            issued=packet.issued,
            arrived=None if ours else local_date(self._clock.now()),
            issuer=packet.sender or packet.sender_id,
            subject=packet.subject,
            fingerprint=digest,
            secrecy=None,
            signer=packet.signer,
            identifier=packet.identifier,
            urgency=packet.urgency,
            page_amount=packet.page_amount,
            act=packet.act,
            targets=packet.named,
            marks=tuple(marks),
            raw=raw,
            ref=ref,
        )

    def aimed(self, document: PulledDocument, known: Known) -> PulledDocument:
        """
        Decide which paper a recall or update means when the packet names two (edXML reference, section 3).

        ``Bussiness/DocumentId`` comes first; the header's own id counts when only that one is held here.

        Raises:
            PacketError: ``target_ambiguous`` when both are held.
        """
        if document.act not in {"recall", "update"} or len(document.targets) < 2:
            return document
        held = [target for target in document.targets if known.fingerprint(target) is not None]
        if len(held) > 1:
            if self._settings.source_is_plain:
                raise packet_error("target_ambiguous")
            return document
        return replace(document, targets=tuple(held) or document.targets[:1])

    def check_hold(
        self, document: PulledDocument, packet: Packet, known: Known, offered: Mapping[str, str]
    ) -> None:  # fmt: skip
        """
        Hold what a person must decide; only asked of a plain source, elsewhere the secrecy gate comes first.

        Args:
            offered: fingerprints of what this run has offered already, by remote id.

        Raises:
            PacketError: with the reason.
        """
        if packet.hold:
            raise packet_error(packet.hold)
        if document.act in {"new", "replace"}:
            held = known.fingerprint(document.remote_id) or offered.get(document.remote_id, document.fingerprint)
            if held != document.fingerprint:
                raise packet_error("same_id_other_content")

    def attachments(self, packet: Packet, ref: str) -> tuple[AttachmentRef, ...]:
        """
        Name the files of a packet, with the type that their bytes show; what cannot be opened is named all the same.

        A recall has none: what such a packet carries is the recalled paper again (section 3).
        """
        if packet.act == "recall":
            return ()
        refs = []
        for part in packet.parts:
            try:
                opened = open_part(part, self._limits, keep_active=self._settings.keep_active_attachments)
                found, size = opened.media_type, len(opened.content)
            except InputError:
                found, size = "application/octet-stream", None
            refs.append(AttachmentRef(part.ordinal, part.name, found, f"{ref}#{part.ordinal}", size))
        return tuple(refs)

    def open(self, packet: Packet, ordinal: str) -> bytes:
        """Return one file, out of its transport zip. Raises InputError; `code` is the reason."""
        part = next(part for part in packet.parts if str(part.ordinal) == ordinal)
        return open_part(part, self._limits, keep_active=self._settings.keep_active_attachments).content
