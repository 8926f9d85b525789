"""
Connector ``vxp``: edXML packets from the national document axis, with a system id of our own; opt-in, reads only.

The queue of a system id belongs to whoever holds it: this connector never shares the e-office's, and never tells the
axis that a packet was taken in unless ``confirm`` asks for it. So what was seen is remembered here, in the cursor: a
digest of each packet's id while the axis still lists it, with the house's ticket for those that were refused.

How a packet ends: taken in, or shown with its reason and left where it is. One that cannot be used is not asked for
again; one that was refused is asked for again only when the house no longer refuses it.
"""

import hashlib
import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping, Sequence

from congkhai.plugin.errors import CongkhaiError, NotAllowedError, OutsideError
from congkhai.plugin.hooks import RegisterConnector, RegisterSimulator, hookimpl
from congkhai.plugin.interfaces import Context, Known
from congkhai.plugin.records import (
    AttachmentRef,
    CheckResult,
    CursorMark,
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
from .edxml_packet import Packet
from .edxml_reasons import STATUS_FOR_PEOPLE, PacketError, packet_error, status_problem
from .ioffice_reply import Declined
from .read_back import NothingFiledOverHttp
from .vxp_client import VxpClient
from .vxp_settings import VxpSettings

log = logging.getLogger("congkhai.connectors.vxp")

_ID = re.compile(r"[\x21-\x7e]{1,200}")
_PATH = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,998}[\x21-\x7e])?")  # a header begins and ends with no space


class VxpConnector(NothingFiledOverHttp):
    """One system id as a source of documents; see the module."""

    def __init__(self, settings: VxpSettings, context: Context) -> None:
        self._settings = settings
        self._context = context
        self._reader = PacketReader(settings, context.clock)
        self._client = VxpClient(settings, context.name, context.folder)
        self.web = self._client.web
        self._open: tuple[str, Packet] | None = None
        self._paths: dict[str, str] = {}

    def plain(self, secrecy: str | None) -> bool:
        """Tell whether a missing marking means "not secret": only a declaration can, edXML has no such field."""
        return secrecy is None and self._settings.source_is_plain

    def pull(self, cursor: str | None, known: Known) -> Iterator[Pulled]:
        """Offer what the axis lists and was not seen yet, oldest first. Raises OutsideError, AccessError."""
        before = _seen(cursor)
        rows = [row for kind in ("edoc", "status") for row in self._client.received(kind)]
        listed = {str(row.get("docId", "")): row for row in rows}
        self._paths = {id_: _path(row.get("filePath") or row.get("data")) for id_, row in listed.items()}
        seen = {mark: before[mark] for mark in map(_mark, listed) if mark in before}
        offered: dict[str, str] = {}
        for id_ in sorted(listed, key=lambda one: (str(listed[one].get("created_time", "")), one)):
            mark = _mark(id_)
            if mark in seen and not (seen[mark] and not known.refused_ticket(seen[mark])):
                continue
            if not _ID.fullmatch(id_):
                yield PulledProblem(ref=f"vxp-{mark}", code="row-without-id",
                                    message=_("Một dòng của trục liên thông không có mã gói tin dùng được."),
                                    advice=_("Gửi mã lỗi này cho đơn vị vận hành trục."))  # fmt: skip
                continue
            document, gone = None, False
            for item in self._offer(id_, mark, known, offered):
                document = item if isinstance(item, PulledDocument) else document
                gone = gone or (isinstance(item, PulledProblem) and item.code == "gone")
                yield item
            if gone:
                continue  # told once, and asked for again at the next run
            refused = document is not None and known.refused(document.remote_id)
            seen[mark] = known.ticket(document.remote_id) if refused and document is not None else ""
            yield CursorMark(json.dumps({"v": 1, "seen": seen}, sort_keys=True))
        yield CursorMark(json.dumps({"v": 1, "seen": seen}, sort_keys=True))

    def _offer(
        self, id_: str, mark: str, known: Known, offered: dict[str, str]
    ) -> Iterator[PulledDocument | PulledProblem]:  # fmt: skip
        ref = f"vxp-{mark}"
        try:
            data = self._client.packet(id_, self._paths.get(id_, ""))
        except Declined as error:
            code = "limit_packet_size" if error.code == "too-long" else "gone"
            yield PulledProblem(
                ref=ref, code=code, message=_("Trục liên thông không giao gói tin ({code}).").format(code=error.code),
                advice=_("Hỏi đơn vị vận hành trục, hoặc đề nghị nơi gửi gửi lại."),
            )  # fmt: skip
            return
        digest = hashlib.sha256(data).hexdigest()
        try:
            if len(data) > self._settings.max_packet:
                raise packet_error("limit_packet_size")
            packet = self._reader.parse(data)
            if packet.act == "status":
                if packet.status in STATUS_FOR_PEOPLE:
                    yield status_problem(packet.status, ref, digest)
                return
            document = self._reader.document(packet, digest, data, id_)
            if known.refused(document.remote_id) or known.fingerprint(document.remote_id) == digest:
                return
            document = self._reader.aimed(document, known)
            if self.plain(None):
                self._reader.check_hold(document, packet, known, offered)
        except PacketError as error:
            log.warning("vxp packet %s: %s", digest[:16], error.code)
            yield PulledProblem(ref, error.code, error.what, error.advice, digest)
            return
        offered.setdefault(document.remote_id, digest)
        self._open = (id_, packet)
        if self.plain(None):
            yield from doubts(document, ref)
        yield document

    def list_attachments(self, document: PulledDocument) -> Sequence[AttachmentRef]:
        """Name the files of a packet; a recall has none. Raises OutsideError."""
        if document.act == "recall":
            return ()
        return self._reader.attachments(self._packet(document.ref), document.ref)

    def open_attachment(self, attachment: AttachmentRef) -> bytes:
        """Return one file, out of its transport zip. Raises InputError, OutsideError."""
        ref, _hash, ordinal = attachment.ref.rpartition("#")
        return self._reader.open(self._packet(ref), ordinal)

    def _packet(self, id_: str) -> Packet:
        if self._open is None or self._open[0] != id_:
            try:
                self._open = (id_, self._reader.parse(self._client.packet(id_, self._paths.get(id_, ""))))
            except Declined as error:
                raise self._client.outside(error) from error
        return self._open[1]

    def settle(self, document: PulledDocument, outcome: Outcome, reason: str) -> None:  # noqa: ARG002 - a code only
        """Confirm a packet that was taken in, where ``confirm`` asks for it; never one that was refused."""
        self._open = None
        if self._settings.confirm and outcome in {Outcome.ACCEPTED, Outcome.DUPLICATE}:
            try:
                self._client.confirm(document.ref)
            except OutsideError:  # it is taken in all the same, and stays listed at the axis: nothing is lost
                log.warning("vxp packet %s: not confirmed", _mark(document.ref))

    def file_dossier(self, filing: Filing) -> Receipt:
        """Refuse: dossiers do not travel over the axis. Raises NotAllowedError."""
        raise NotAllowedError(
            what=_("Trục liên thông chỉ để nhận văn bản, không nhận hồ sơ."), where=filing.key,
            advice=_("Khai một nơi nộp hồ sơ khác, ví dụ type = handover."), code="congkhai-E546",
        )  # fmt: skip

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Check the settings; with `live` also the queue and the clocks. What is unconfirmed is a warning."""
        name, settings = self._context.name, self._settings
        results = [
            CheckResult(
                f"{name}-wire", "warn", _("Cách ký HMAC của VXP đọc từ SDK, chưa thử với trục thật."),
                _("Hỏi đơn vị vận hành trục thứ tự tiêu đề khi ký (header-order) trước khi dùng thật."),
            )
        ]  # fmt: skip
        if settings.confirm:
            what = _("congkhai báo đã nhận cho trục; chỉ đúng khi system-id không dùng chung với phần mềm QLVB.")
            results.append(CheckResult(f"{name}-confirm", "warn", what, _("Xác nhận lại với đơn vị vận hành trục.")))
        if not settings.source_is_plain:
            what = _("Gói tin edXML không ghi độ mật, nên mọi gói tin từ nguồn này đều bị từ chối.")
            advice = _("Nếu nguồn không có văn bản mật, khai source-is-plain = yes và source-is-plain-basis.")
            results.append(CheckResult(f"{name}-secrecy", "warn", what, advice))
        if not live:
            return (*results, CheckResult(f"{name}-live", "skipped", _("Chưa thử kết nối trục liên thông.")))
        try:
            waiting = len(self._client.received("edoc"))
            results.append(CheckResult(f"{name}-list", "ok", _("Có {count} gói tin đang chờ.").format(count=waiting)))
        except CongkhaiError as error:
            results.append(CheckResult(f"{name}-live", "fail", str(error), error.advice))
        skew = self._client.web.skew
        if skew is not None and abs(skew) > settings.max_clock_skew:
            what = _("Đồng hồ máy lệch {seconds} giây so với trục; chữ ký có thể bị từ chối.").format(
                seconds=round(abs(skew.total_seconds()))
            )
            results.append(CheckResult(f"{name}-clock", "warn", what, _("Đồng bộ đồng hồ máy (NTP).")))
        return results


def _mark(id_: str) -> str:
    """Return what stands for a packet in cursor, problems and logs: its id may hold number and date of a paper."""
    return hashlib.sha256(id_.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _path(raw: object) -> str:
    """Return where the axis keeps a packet; empty for what no header can carry: the packet's id alone must then do."""
    return raw if isinstance(raw, str) and _PATH.fullmatch(raw) else ""


def _seen(cursor: str | None) -> Mapping[str, str]:
    try:
        kept = json.loads(cursor or "")
        if kept["v"] == 1:
            return {str(mark): str(ticket) for mark, ticket in kept["seen"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        pass  # the first run, or a cursor of another version: everything listed is looked at, repetitions are known
    return {}


@hookimpl
def register_connectors(register: RegisterConnector) -> None:
    """Offer ``type = vxp``."""
    register("vxp", VxpSettings, VxpConnector)


@hookimpl
def register_simulators(register: RegisterSimulator) -> None:
    """Offer the simulated axis."""
    register("vxp", [sys.executable, "-m", "congkhai.connectors.simulators.vxp"])
