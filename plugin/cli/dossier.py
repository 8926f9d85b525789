"""``congkhai dossier``: every kind of dossier; its parts, papers, versions, export and filing."""

from contextlib import suppress
from pathlib import Path

import click
import sqlalchemy as sa

from ..dossier import lay_out
from ..dossier_staff import state_of
from ..dossier_versions import reopen as reopen_dossier
from ..dossier_waiver import waive as waive_dossier
from ..errors import InputError, NotAllowedError
from ..house import House
from ..kinds_matters import (
    FORMS,
    bring_document,
    bring_file,
    claims,
    decide_claim,
    kind_of,
    matter,
    open_matter,
    proposed,
)
from ..records import Dossier, Severity
from ..store import read
from ..store import tables as t
from ..text import _
from ..verification import clean
from ._acts import by_option, reason_option
from ._dossier_archive import KINDS, check_packages, export_packages
from ._open import as_json, json_option, opened

_WAYS = ("folder", "asice")


@click.group(help=_("Hồ sơ bốn loại: xem, xuất, nộp, lập lại; xếp văn bản vào đúng phần."))
def command() -> None:
    """Hold the sub-verbs together."""


def _all(house: House, connection: sa.Connection, *, versions: bool) -> list[Dossier]:
    """Read the dossiers of the agency, the newest version of each unless all are wanted."""
    mine = sa.or_(
        t.dossier.c.subject.in_(sa.select(t.disclosure.c.id).where(t.disclosure.c.agency == house.agency)),
        t.dossier.c.subject.in_(sa.select(t.staff_matter.c.id).where(t.staff_matter.c.agency == house.agency)),
    )
    query = sa.select(t.dossier.c.id, t.dossier.c.subject, t.dossier.c.version).where(mine)
    rows = connection.execute(query.order_by(t.dossier.c.kind, t.dossier.c.id)).all()
    newest = {row.subject: max(one.version for one in rows if one.subject == row.subject) for row in rows}
    return [
        read.dossier_by_id(connection, row.id) for row in rows if versions or row.version == newest[row.subject]
    ]  # fmt: skip


def _record(dossier: Dossier, volumes: tuple[str, ...]) -> dict[str, object]:
    return {
        "id": dossier.id, "kind": dossier.kind, "title": dossier.title, "subject": dossier.subject,
        "state": state_of(dossier.parts, dossier.findings) if not dossier.complete else "complete",
        "complete": dossier.complete, "version": dossier.version, "previous": dossier.previous,
        "sealed_at": dossier.sealed_at and dossier.sealed_at.isoformat(),
        "filed_at": dossier.filed_at and dossier.filed_at.isoformat(), "receipt": dossier.receipt,
        "path": dossier.path, "volumes": list(volumes),
        "parts": [
            {"key": part.key, "title": part.title, "state": part.state, "members": list(part.members),
             "note": part.note}
            for part in dossier.parts
        ],
        "findings": [
            {"id": one.id, "severity": one.severity.value, "where": one.where, "message": one.message,
             "advice": one.advice}
            for one in dossier.findings
        ],
    }  # fmt: skip


_STATES = {
    "complete": _("đầy đủ"), "incomplete": _("CHƯA ĐỦ"), "waiting": _("chờ đến kỳ"), "not_applicable": _("không lập"),
}  # fmt: skip


@command.command("list", help=_("Các hồ sơ và tình trạng; --missing: chỉ những hồ sơ chưa đủ."))
@click.option("--kind", default="", help=_("Chỉ một loại: disclosure, decision, consultation, supervision."))
@click.option("--missing", is_flag=True, help=_("Chỉ hồ sơ chưa đủ."))
@click.option("--versions", is_flag=True, help=_("Cả những phiên bản đã được thay thế."))
@json_option
@click.pass_obj
def show_all(ini: Path | None, kind: str, missing: bool, versions: bool, machine: bool) -> None:
    """Run ``dossier list``."""
    with opened(ini) as house, house.store.read() as connection:
        if kind:
            kind_of(house, kind)
        found = [
            _record(one, read.volumes(connection, one.id))
            for one in _all(house, connection, versions=versions)
            if kind in ("", one.kind) and not (missing and one.complete)
        ]
    if machine:
        as_json(found)
        return
    for one in found:
        where = _("đã nộp") if one["filed_at"] else _("đã niêm phong") if one["sealed_at"] else ""
        click.echo(clean(f"{one['id']}  {_STATES[str(one['state'])]:10}  {where:14}  {one['title']}"))


@command.command(help=_("Một hồ sơ: các thành phần, kết quả kiểm tra, văn bản chờ xếp, các phiên bản."))
@click.argument("id_", metavar="ID")
@json_option
@click.pass_obj
def show(ini: Path | None, id_: str, machine: bool) -> None:
    """Run ``dossier show``; ID names a dossier, a disclosure or a staff matter."""
    with opened(ini) as house, house.store.read() as connection:
        dossier = _found(connection, id_)
        record = _record(dossier, read.volumes(connection, dossier.id))
        held = claims(connection, dossier.subject)
    record["claims"] = [
        {"id": one.id, "part": one.part, "period": one.period, "state": one.state, "document": one.document,
         "name": one.name, "form": one.form, "why": list(one.why)}
        for one in held
    ]  # fmt: skip
    if machine:
        as_json(record)
        return
    click.secho(clean(dossier.title), bold=True)
    state = _STATES[str(record["state"])]
    click.echo(_("{id}, phiên bản {version}: {state}").format(id=dossier.id, version=dossier.version, state=state))
    marks = {"present": "✓", "missing": "✗", "waiting": "…", "not_applicable": "–"}
    for part in dossier.parts:
        click.echo(clean(f"  {marks[part.state]} {part.key}  {part.title}" + (f": {part.note}" if part.note else "")))
    for finding in dossier.findings:
        click.echo(clean(f"  [{finding.id}] {finding.where}: {finding.message}"))
    for one in held:
        click.echo(clean(f"  #{one.id} {one.part} {one.period} {one.state}: {one.document or one.name}"))


def _found(connection: sa.Connection, id_: str) -> Dossier:
    found = read.dossier(connection, id_)
    return found if found is not None else read.dossier_by_id(connection, id_)


@command.command(help=_("Xuất hồ sơ đã niêm phong: thư mục mở và tệp .asice, hoặc gói lưu trữ sip, aip, dip."))
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option(
    "--format", "form", type=click.Choice([*_WAYS, *KINDS]), default="folder", show_default=True,
    help=_("folder: tệp .asice và thư mục mở; asice: chỉ tệp .asice; sip, aip, dip: gói lưu trữ."),
)  # fmt: skip
@click.option(
    "--to", "folder", type=click.Path(path_type=Path, file_okay=False), required=True, help=_("Thư mục đích.")
)
@click.option(
    "--request", type=click.Path(path_type=Path, exists=True, dir_okay=False), help=_("Yêu cầu khai thác, cho gói dip.")
)
@json_option
@click.pass_context
def export(
    ctx: click.Context, ids: tuple[str, ...], form: str, folder: Path, request: Path | None, machine: bool
) -> None:  # fmt: skip
    """Run ``dossier export``; without an id every sealed dossier."""
    with opened(ctx.obj) as house:
        if form in KINDS:
            ctx.exit(export_packages(house, ids, form, folder, request=request, machine=machine))
        with house.store.read() as connection:
            chosen = [_found(connection, one) for one in ids] or _all(house, connection, versions=False)
        written = [path for one in chosen if one.sha256 or ids for path in _export(house, one, form, folder)]
    if machine:
        as_json([str(path) for path in written])
        return
    for path in written:
        click.echo(path)


def _export(house: House, dossier: Dossier, form: str, folder: Path) -> list[Path]:
    if not dossier.sha256:
        raise _unsealed(dossier)
    with house.store.read() as connection:
        volumes = read.volumes(connection, dossier.id) or (dossier.sha256,)
    folder.mkdir(parents=True, exist_ok=True)
    return lay_out(house, dossier.id, volumes, folder, unpacked=form == "folder")


def _unsealed(dossier: Dossier) -> NotAllowedError:
    lacking = "; ".join(
        [f"{part.key} {part.note}" for part in dossier.parts if part.state in ("missing", "waiting")]
        + [finding.message for finding in dossier.findings if finding.severity is Severity.ERROR]
    )
    return NotAllowedError(
        what=_("Hồ sơ chưa đầy đủ nên chưa được niêm phong: {lacking}").format(lacking=lacking or _("chờ xét")),
        where=dossier.id, code="congkhai-E697", advice=_("Bổ sung phần thiếu; congkhai tự niêm phong khi đủ."),
    )  # fmt: skip


@command.command(help=_("Đọc lại gói lưu trữ và báo chỗ sai."))
@click.argument("paths", type=click.Path(path_type=Path, exists=True), nargs=-1, required=True)
@json_option
@click.pass_context
def check(ctx: click.Context, paths: tuple[Path, ...], machine: bool) -> None:
    """Run ``dossier check``."""
    ctx.exit(check_packages(paths, machine=machine))


@command.command(help=_("Nộp một hồ sơ đã niêm phong mà chưa nộp, ngay khi tiến trình nền rảnh."))
@click.argument("id_", metavar="ID")
@by_option
@click.pass_obj
def file(ini: Path | None, id_: str, by: str) -> None:
    """Run ``dossier file``."""
    with opened(ini) as house, house.store.write(house.agency, by) as tx:
        dossier = _found(tx.connection, id_)
        if not dossier.sha256:
            raise _unsealed(dossier)
        if dossier.filed_at is not None:
            click.echo(_("Hồ sơ này đã nộp: {receipt}").format(receipt=dossier.receipt))
            return
        head = tx.journal("dossier.asked", dossier.id)
        tx.enqueue("file", f"{dossier.id}:{head.seq}", dossier=dossier.id, disclosure=dossier.disclosure)
    click.echo(_("Sẽ nộp ngay khi tiến trình nền chạy."))


@command.command(help=_("Lập phiên bản mới của một hồ sơ đã niêm phong; phiên bản cũ được giữ và được dẫn lại."))
@click.argument("id_", metavar="ID")
@by_option
@reason_option()
@click.pass_obj
def reopen(ini: Path | None, id_: str, by: str, reason: str) -> None:
    """Run ``dossier reopen``."""
    with opened(ini) as house:
        with house.store.read() as connection:
            dossier = _found(connection, id_)
        click.echo(_("Phiên bản mới: {id}").format(id=reopen_dossier(house, dossier.id, by, reason)))


@command.command(help=_("Kết thúc một hồ sơ sẽ không bao giờ đủ, bằng quyết định ký số của người đứng đầu."))
@click.argument("id_", metavar="ID")
@click.option("--signer", required=True, help=_("TÊN của [signer:TÊN] của người đứng đầu hoặc người ký thay."))
@click.option("--decision", default="", help=_("Số, ký hiệu, ngày của quyết định bằng văn bản, nếu có."))
@reason_option()
@click.pass_obj
def waive(ini: Path | None, id_: str, signer: str, decision: str, reason: str) -> None:
    """Run ``dossier waive``; the key is used here, at its holder's desk."""
    with opened(ini) as house:
        found = waive_dossier(house, id_, signer, reason, decision)
    click.echo(_("Đã ký quyết định; hồ sơ {id} được niêm phong như hiện có và không tính là đầy đủ.").format(id=found))


@command.command("open", help=_("Mở hồ sơ của một việc bàn và quyết định, tham gia ý kiến hoặc giám sát."))
@click.option("--kind", required=True, help=_("decision, consultation hoặc supervision."))
@click.option("--title", required=True, help=_("Tên việc."))
@click.option("--year", required=True, type=click.IntRange(2000, 2999), help=_("Năm."))
@click.option("--number", default="", help=_("Số của việc trong Điều 49 hoặc 53 của Luật."))
@click.option("--fact", "facts", multiple=True, metavar="TÊN=yes|no", help=_("Ví dụ by_ballot=yes."))
@by_option
@click.pass_obj
def open_(ini: Path | None, kind: str, title: str, year: int, number: str, facts: tuple[str, ...], by: str) -> None:
    """Run ``dossier open``."""
    known = {}
    for one in facts:
        name, sign, value = one.partition("=")
        if not sign or value not in ("yes", "no"):
            raise InputError(
                what=_("Không hiểu “{fact}”.").format(fact=one), where="--fact", code="congkhai-E690",
                advice=_("Viết TÊN=yes hoặc TÊN=no."),
            )  # fmt: skip
        known[name] = value
    with opened(ini) as house:
        click.echo(open_matter(house, kind, title, year, by, number=number, facts=known))


@command.command("claims", help=_("Các văn bản đang chờ xác nhận có thuộc một phần của hồ sơ hay không."))
@json_option
@click.pass_obj
def waiting(ini: Path | None, machine: bool) -> None:
    """Run ``dossier claims``."""
    with opened(ini) as house, house.store.read() as connection:
        found = [
            {"id": one.id, "subject": one.subject, "part": one.part, "period": one.period, "document": one.document,
             "paper": read.document(connection, one.document).subject if one.document else one.name,
             "why": list(one.why)}
            for one in proposed(connection, house.agency)
        ]  # fmt: skip
    if machine:
        as_json(found)
        return
    for row in found:
        click.echo(clean(f"#{row['id']}  {row['subject']}  {row['part']} {row['period']}  {row['paper']}"))


@command.command(help=_("Xác nhận một văn bản thuộc phần được đề xuất."))
@click.argument("number", type=int)
@by_option
@click.pass_obj
def confirm(ini: Path | None, number: int, by: str) -> None:
    """Run ``dossier confirm``."""
    with opened(ini) as house:
        decide_claim(house, number, by, confirmed=True)
    click.echo(_("Đã ghi."))


@command.command(help=_("Bác một văn bản khỏi phần của hồ sơ; văn bản vẫn được lưu."))
@click.argument("number", type=int)
@by_option
@reason_option()
@click.pass_obj
def refuse(ini: Path | None, number: int, by: str, reason: str) -> None:
    """Run ``dossier refuse``."""
    with opened(ini) as house:
        decide_claim(house, number, by, confirmed=False, reason=reason)
    click.echo(_("Đã ghi."))


@command.command(help=_("Đưa một văn bản đã có, hoặc một tệp, vào một phần của hồ sơ."))
@click.argument("subject", metavar="ID")
@click.argument("part", metavar="PHẦN")
@click.option("--document", default="", help=_("Mã văn bản đã có trong congkhai."))
@click.option("--file", "path", type=click.Path(path_type=Path, exists=True, dir_okay=False), help=_("Tệp đưa vào."))
@click.option(
    "--form", type=click.Choice(FORMS), default="plain_scan", show_default=True,
    help=_("Tệp là văn bản ký số, bản sao y ký số, hay bản quét (không bao giờ được tính là ký số)."),
)  # fmt: skip
@click.option("--period", default="", help=_("Kỳ, ví dụ 6 tháng."))
@by_option
@click.pass_obj
def bring(
    ini: Path | None, subject: str, part: str, document: str, path: Path | None, form: str, period: str, by: str
) -> None:  # fmt: skip
    """Run ``dossier bring``; the file is read as a stream."""
    if bool(document) == (path is not None):
        raise click.UsageError(_("cần đúng một trong --document và --file"))
    with opened(ini) as house:
        with house.store.read() as connection:
            with suppress(InputError):
                subject = _found(connection, subject).subject
            held = matter(connection, subject)
            if held is None and not subject.startswith("year:"):
                read.disclosure(connection, subject)
        kind = held.kind if held else "disclosure"
        if path is None:
            number = bring_document(house, subject, kind, part, document, by, period)
        else:
            with path.open("rb") as stream:
                media_type = "application/pdf" if path.suffix.lower() == ".pdf" else "application/octet-stream"
                number = bring_file(house, subject, kind, part, stream, path.name, media_type, form, by, period)
    click.echo(f"#{number}")
