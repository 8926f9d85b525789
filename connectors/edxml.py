"""
Connector ``edxml``: QCVN 102:2016/BTTTT packets from a drop folder, without side effects on any outside system.

The older SOAP form with MIME attachments is read too. A status packet changes nothing here; one that asks something of
people (a refusal, a request to take a paper back, the refusal of such a request) is shown to them.

How a packet ends (edXML reference section 10, rule 11):

- accepted, or the same packet again: in the processed folder, after intake's commit;
- refused for secrecy: stays where the sender put it, and is not read again while the house has it refused;
- held (a person must decide) or quarantined (unreadable or hostile): in the held or rejected folder, with its reason.

A document's `remote_id` is its ``DocumentId``, opaque; its `fingerprint` is the digest of the packet's bytes. So the
same id with the same digest is a repetition, and the same id with another digest is held unless the packet says that
it recalls or updates that very paper.
"""

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from urllib.parse import quote_from_bytes, unquote_to_bytes

from congkhai.plugin.errors import NotAllowedError, OutsideError
from congkhai.plugin.hooks import RegisterConnector, RegisterSimulator, hookimpl
from congkhai.plugin.interfaces import Context, Known
from congkhai.plugin.records import (
    AttachmentRef,
    CheckResult,
    Filing,
    Outcome,
    Pulled,
    PulledDocument,
    PulledProblem,
    Receipt,
)
from congkhai.plugin.text import _

from .doubts import doubts
from .edxml_documents import PacketReader
from .edxml_folder import CODE, Arrival, DropFolder, Reason, Refusals, folder_problems, shown_name
from .edxml_packet import Packet
from .edxml_reasons import STATUS_FOR_PEOPLE, PacketError, packet_error, status_problem
from .edxml_settings import EdxmlSettings
from .read_back import NothingFiled

_LOG = logging.getLogger(__name__)


class EdxmlConnector(NothingFiled):
    """Connector to one drop folder; see the module for how packets end."""

    def __init__(self, settings: EdxmlSettings, context: Context) -> None:
        self._settings = settings
        self._context = context
        self._reader = PacketReader(settings, context.clock)
        settle = settings.settle_time if settings.complete_when == "settled" else None
        self._folder = DropFolder(settings.places, context.folder, settings.packet_names, settle)
        self._refusals = Refusals(context.folder / "refused.json")
        self._arrivals: dict[str, tuple[Arrival, str]] = {}
        self._open: tuple[str, Packet] | None = None

    def plain(self, secrecy: str | None) -> bool:
        """Tell whether a missing marking means "not secret": only a declaration can, edXML has no such field."""
        return secrecy is None and self._settings.source_is_plain

    def pull(self, cursor: str | None, known: Known) -> Iterator[Pulled]:  # noqa: ARG002 - a folder needs no cursor
        """
        Offer the packets that have fully arrived, oldest first.

        Packets that end here (repetitions, status packets, unusable ones) are moved as soon as the caller asks for the
        next one: a problem is therefore recorded before its packet leaves the inbox, and offered again after a crash.

        Raises:
            OutsideError: one of the folders failed.
        """
        arrivals = self._folder.arrivals()
        self._refusals.keep_only(arrivals)
        self._arrivals.clear()
        offered: dict[str, str] = {}
        for arrival in arrivals:
            ticket = self._refusals.ticket(arrival)
            if ticket is None or not known.refused_ticket(ticket):
                yield from self._offer(arrival, known, offered)

    def look_again(self) -> timedelta | None:
        """Say when a packet that was still being written at the last pull will have been quiet long enough."""
        return self._folder.soon

    def _offer(self, arrival: Arrival, known: Known, offered: dict[str, str]) -> Iterator[Pulled]:
        data, digest = self._folder.read(arrival, self._settings.max_packet)
        if not digest:
            return  # it changed or went away while it was read: the next pass sees what became of it
        try:
            if data is None:
                raise packet_error("limit_packet_size")
            packet = self._reader.parse(data)
            if packet.act == "status":
                _LOG.info("edxml packet %s: status %s, moved away", digest[:16], packet.status[:2])
                if packet.status in STATUS_FOR_PEOPLE:
                    yield status_problem(packet.status, shown_name(arrival.name), digest)
                self._folder.finish(arrival.name, digest)
                return
            document = self._reader.document(packet, digest, data, _reference(arrival.name, digest))
            if known.refused(document.remote_id):
                self._refusals.remember(arrival, known.ticket(document.remote_id))
                return
            if known.fingerprint(document.remote_id) == digest:
                _LOG.info("edxml packet %s: held already, moved away", digest[:16])
                self._folder.finish(arrival.name, digest)
                return
            document = self._reader.aimed(document, known)
            if self.plain(None):
                self._reader.check_hold(document, packet, known, offered)
        except PacketError as error:
            yield self._problem(arrival, digest, error)
            self._set_aside(arrival.name, digest, arrival.size, error)
            return
        offered.setdefault(document.remote_id, digest)
        self._arrivals[document.ref] = arrival, known.ticket(document.remote_id)
        self._open = (document.ref, packet)
        if self.plain(None):
            yield from doubts(document, shown_name(arrival.name))
        yield document

    def _problem(self, arrival: Arrival, digest: str, error: PacketError) -> PulledProblem:
        _LOG.warning("edxml packet %s: %s %s", digest[:16], "held" if error.held else "quarantined", error.code)
        return PulledProblem(shown_name(arrival.name), error.code, error.what, error.advice, digest)

    def _set_aside(self, name: str, digest: str, size: int, error: PacketError) -> None:
        places = self._settings.places
        reason = Reason(error.code, error.what, error.advice, digest, size, self._context.clock.now())
        self._folder.set_aside(name, digest, places.held if error.held else places.rejected, reason)

    def list_attachments(self, document: PulledDocument) -> Sequence[AttachmentRef]:
        """Name the files of a packet; a recall has none. Raises OutsideError: the packet is gone."""
        if document.act == "recall":
            return ()
        return self._reader.attachments(self._packet(document.ref, document.raw), document.ref)

    def open_attachment(self, attachment: AttachmentRef) -> bytes:
        """
        Return one file, out of its transport zip.

        Raises:
            InputError: it is not what it says; `code` is the reason (``zip_mismatch``, ``zip_ratio`` …).
            OutsideError: the packet is gone.
        """
        ref, _hash, ordinal = attachment.ref.rpartition("#")
        return self._reader.open(self._packet(ref, None), ordinal)

    def _packet(self, ref: str, raw: bytes | None) -> Packet:
        if self._open and self._open[0] == ref:
            return self._open[1]
        name, digest = _split(ref)
        data = raw if raw is not None else self._folder.find(name, digest)
        if data is None:
            raise OutsideError(
                what=_("Gói tin không còn trong thư mục."),
                where=digest[:16],
                advice=_("Đưa gói tin lại vào thư mục nhận; congkhai sẽ đọc lại."),
                code=CODE,
            )
        self._open = (ref, self._reader.parse(data))
        return self._open[1]

    def settle(self, document: PulledDocument, outcome: Outcome, reason: str) -> None:  # noqa: ARG002 - may hold packet text
        """
        Move the packet where intake's outcome sends it; a refused one is only remembered.

        May be called again: a packet that is not in the inbox any more, or another one under its name, is left alone.
        """
        name, digest = _split(document.ref)
        if outcome is Outcome.REFUSED:
            if document.ref in self._arrivals:
                self._refusals.remember(*self._arrivals[document.ref])
        elif outcome is Outcome.HELD:
            self._set_aside(name, digest, len(document.raw or b""), packet_error("held_by_house"))
        else:
            self._folder.finish(name, digest)
        self._open = None
        _LOG.info("edxml packet %s: %s", digest[:16], outcome.value)

    def file_dossier(self, filing: Filing) -> Receipt:
        """Refuse: dossiers do not travel through a packet drop folder. Raises NotAllowedError."""
        raise NotAllowedError(
            what=_("Thư mục edXML chỉ để nhận văn bản, không nhận hồ sơ."),
            where=filing.key,
            advice=_("Khai một nơi nộp hồ sơ khác, ví dụ type = handover."),
        )

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Check the settings; with `live` also the folders and how many packets wait in them."""
        prefix = f"connector:{self._context.name}"
        results = [self._check_plain(f"{prefix}:source-is-plain")]
        if not live:
            return (*results, CheckResult(f"{prefix}:folder", "skipped", _("Chưa thử thư mục (dùng --live).")))
        advice = _("Tạo thư mục, cấp quyền cho tài khoản chạy congkhai, đặt cả bốn trên cùng ổ đĩa.")
        problems = [
            CheckResult(f"{prefix}:folder", "fail", what, advice) for what in folder_problems(self._settings.places)
        ]
        if problems:
            return (*results, *problems)
        waiting = len(self._folder.arrivals())
        return (
            *results,
            CheckResult(f"{prefix}:folder", "ok", _("Có {count} gói tin đang chờ.").format(count=waiting)),
        )

    def _check_plain(self, key: str) -> CheckResult:
        if self._settings.source_is_plain:
            basis = self._settings.source_is_plain_basis
            return CheckResult(key, "ok", _("Nguồn được khai là không có văn bản mật: {basis}").format(basis=basis))
        return CheckResult(
            key,
            "warn",
            _("Gói tin edXML không ghi độ mật, nên mọi gói tin từ nguồn này đều bị từ chối."),
            _("Nếu nguồn không có văn bản mật, khai source-is-plain = yes và source-is-plain-basis."),
        )


def _reference(name: str, digest: str) -> str:
    return f"{digest}/{quote_from_bytes(os.fsencode(name), safe='')}"


def _split(ref: str) -> tuple[str, str]:
    """Return file name and digest of a document's `ref`."""
    digest, _slash, name = ref.partition("/")
    return os.fsdecode(unquote_to_bytes(name)), digest


@hookimpl
def register_connectors(register: RegisterConnector) -> None:
    """Offer ``type = edxml``."""
    register("edxml", EdxmlSettings, EdxmlConnector)


@hookimpl
def register_simulators(register: RegisterSimulator) -> None:
    """Offer the simulated packet sender."""
    register("edxml", (sys.executable, "-m", "congkhai.connectors.simulators.edxml"))
