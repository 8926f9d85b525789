"""
One XML file, judged: its signatures, what they cover, and the roles that are still missing.

Signatures are looked for only where the format allows them; one anywhere else is refused, because a reader of another
program might take it for valid.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lxml import etree

from ._text import _
from .errors import FormatError
from .existence import Existence
from .limits import Limits
from .parallel import beside, content_digest, find_body, is_body_alone, is_parallel, required_roles
from .references import Surroundings
from .report import FileReport, Indication, ReportFinding, SignatureReport, SubIndication, main_indication, worst
from .signature import Judged, judge_signature
from .trust import Trust
from .xmlsafe import ParsedXml, ds, parse, xades


@dataclass(frozen=True, slots=True)
class BesideFile:
    """A signature file that lies beside its minutes (``minutes.sig-ROLE.xml``): name and bytes."""

    name: str
    data: bytes


def carries_signature(parsed: ParsedXml) -> bool:
    """Tell whether a parsed file has signatures, or is of a kind that must have some."""
    return is_parallel(parsed) or next(parsed.root.iter(ds("Signature")), None) is not None


def find_signatures(parsed: ParsedXml, limits: Limits) -> tuple[list[etree._Element], int]:
    """
    Return the signatures to judge, in file order, and the number of countersignatures among their unsigned properties.

    Raises:
        FormatError: too many, or one hidden inside another.
    """
    found = list(parsed.root.iter(ds("Signature")))
    if len(found) > limits.signatures:
        raise FormatError(
            what=_("Tệp có {count} chữ ký, quá giới hạn {limit}.").format(count=len(found), limit=limits.signatures),
            code="congkhai-S301",
        )
    outer = [one for one in found if next(one.iterancestors(ds("Signature")), None) is None]
    inner = [one for one in found if one not in outer]
    if any(next(one.iterancestors(xades("CounterSignature")), None) is None for one in inner):
        raise FormatError(what=_("Có chữ ký giấu bên trong chữ ký khác."), code="congkhai-S307")
    return outer, len(inner)


def failed_file(path: str, kind: str, what: str) -> FileReport:
    """Return the report of a file that is refused as a whole."""
    return FileReport(path, kind, Indication.FAILED, (), (ReportFinding("V01", "error", path, what),))


def judge_xml(
    data: bytes,
    path: str,
    trust: Trust,
    existence: Existence,
    limits: Limits,
    *,
    companions: Sequence[BesideFile] = (),
) -> FileReport:
    """
    Judge one XML file.

    Args:
        data: the file.
        path: for the report.
        trust: what is trusted.
        existence: when its signatures are taken to have existed.
        limits: of this verification.
        companions: signature files that lie beside it.

    Returns:
        Its report; hostile input ends as TOTAL_FAILED, never as an exception.
    """
    try:
        parsed = parse(data, limits=limits)
        signatures, counter = find_signatures(parsed, limits)
        body = find_body(parsed) if is_parallel(parsed) else None
        around = Surroundings(parsed)
        judged = [judge_signature(one, around, trust, existence, limits, body=body) for one in signatures]
        findings: list[ReportFinding] = []
        if body is not None and not is_body_alone(parsed):
            digest = content_digest(body)
            for one in companions:
                more, found = _companion(one, digest, trust, existence, limits)
                judged += more
                findings += found
            findings += _missing_roles(body, judged, path)
    except FormatError as error:
        return failed_file(path, "xml", error.what)
    if counter:
        findings.append(
            ReportFinding(
                "V06",
                "info",
                path,
                _("Có {count} chữ ký xác nhận (countersignature), không được đánh giá.").format(count=counter),
            )
        )
    findings += cover_findings(judged, path)
    return conclude(path, "xml", judged, findings)


def cover_findings(judged: Sequence[Judged], path: str) -> list[ReportFinding]:
    """Return what is to be said when there is no signature, or one that covers only a part."""
    if not judged:
        return [ReportFinding("V02", "error", path, _("Tệp không có chữ ký số."))]
    return [
        ReportFinding(
            "V03", "error", path,
            _("Chữ ký {id} chỉ bảo vệ một phần: {scope}. Không được coi là đã ký toàn bộ tệp.").format(
                id=one.report.id or "?", scope=", ".join(one.report.scope) or _("không có gì")
            ),
        )
        for one in judged
        if one.report.covers != "FULL"
    ]  # fmt: skip


def conclude(path: str, kind: str, judged: Sequence[Judged], findings: Sequence[ReportFinding]) -> FileReport:
    """Return the file's report: the worst of its signatures, and at best INDETERMINATE when a finding is an error."""
    verdicts = [one.report.indication for one in judged]
    if any(finding.severity == "error" for finding in findings):
        verdicts.append(Indication.INDETERMINATE)
    return FileReport(path, kind, worst(verdicts), tuple(one.report for one in judged), tuple(findings))


def _missing_roles(body: etree._Element, judged: Sequence[Judged], path: str) -> list[ReportFinding]:
    signed = {one.report.role for one in judged if one.report.covers == "FULL"}
    return [
        ReportFinding(
            "V04", "error", path, _("Thiếu chữ ký của vai trò “{role}”.").format(role=role),
            _("Đề nghị người giữ vai trò này ký, hoặc bổ sung tệp chữ ký đi kèm."),
        )
        for role in required_roles(body)
        if role not in signed
    ]  # fmt: skip


def _companion(
    one: BesideFile, digest: str, trust: Trust, existence: Existence, limits: Limits
) -> tuple[list[Judged], list[ReportFinding]]:
    """Judge a signature file beside the minutes; it counts only when it signs the very same body."""
    try:
        parsed = parse(one.data, limits=limits)
        signatures, _counter = find_signatures(parsed, limits)
        if not is_body_alone(parsed):
            wrong = _("Tệp chữ ký đi kèm không có phần thân biên bản làm phần tử gốc.")
            return [], [ReportFinding("V05", "error", one.name, wrong)]
        same = content_digest(parsed.root) == digest
        around = Surroundings(parsed)
        judged = [judge_signature(found, around, trust, existence, limits) for found in signatures]
    except FormatError as error:
        return [], [ReportFinding("V05", "error", one.name, error.what)]
    if not judged:
        return [], [ReportFinding("V05", "error", one.name, _("Tệp chữ ký đi kèm không có chữ ký số."))]
    split = beside(one.name)
    role = split[1] if split else ""
    findings = [
        ReportFinding(
            "V05", "error", one.name,
            _("Vai trò trong chữ ký (“{claimed}”) khác vai trò trong tên tệp (“{role}”).").format(
                claimed=found.report.role, role=role
            ),
        )
        for found in judged
        if found.report.role not in {"", role}
    ]  # fmt: skip
    note = _("Chữ ký nằm ở tệp đi kèm {name}.").format(name=one.name)
    return [Judged(_adopted(found.report, role, note, same=same), found.coverage) for found in judged], findings


def _adopted(report: SignatureReport, role: str, note: str, *, same: bool) -> SignatureReport:
    if not same:
        sub = SubIndication.HASH_FAILURE
        return replace(
            report, indication=main_indication(sub), sub_indication=sub, covers="PARTIAL", integrity="changed",
            messages=(_("Nội dung được ký không phải phần thân của biên bản này."), note, *report.messages),
        )  # fmt: skip
    return replace(report, role=report.role or role, messages=(*report.messages, note))
