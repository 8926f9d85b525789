"""``congkhai dossier export --format sip|aip|dip`` and ``dossier check``: archive packages, written and read back."""

import configparser
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import click

from ..archive import KINDS as KINDS
from ..archive import Exported, Request, Shelf, check_package, export_dossier, export_many, sealed_ids
from ..errors import InputError
from ..house import House
from ..text import _
from ..verification import clean
from ._open import as_json

_REQUEST = ("id", "day", "purpose", "content")


def export_packages(
    house: House, ids: Sequence[str], kind: str, folder: Path, *, request: Path | None = None, machine: bool = False
) -> int:  # fmt: skip
    """
    Export sealed dossiers as archive packages and say what came of it.

    Args:
        ids: dossiers; empty: all sealed ones of the agency.
        kind: one of `KINDS`.
        folder: where the packages shall lie; made when missing.
        request: ini file with a ``[request]`` section; only a DIP has one, and then of one dossier.
        machine: print JSON.

    Returns:
        The exit code: 0, or 1 when a dossier was refused.

    Raises:
        CongkhaiError: as `congkhai.plugin.archive.export_many`; a DIP also as `read_request`.
    """
    shelf = Shelf(house.store, house.agency, house.configuration.archive)
    if kind == "dip":
        if request is None or len(ids) != 1:
            raise InputError(
                what=_("Gói DIP lập cho một hồ sơ và một yêu cầu khai thác."), code="congkhai-E772",
                advice=_("Viết: congkhai dossier export MÃ --format dip --request TỆP.ini"),
            )  # fmt: skip
        _tell([export_dossier(shelf, ids[0], kind, folder, request=read_request(request))], machine=machine)
        return 0
    wanted = list(ids) or sealed_ids(house.store, house.agency)
    if len(wanted) > 1 and not machine:
        return _many(shelf, wanted, kind, folder)
    seen: list[Exported] = []
    _written, _present, refused = export_many(shelf, wanted, kind, folder, done=seen.append)
    _tell(seen, machine=machine)
    return 1 if refused else 0


def _many(shelf: Shelf, ids: Sequence[str], kind: str, folder: Path) -> int:
    """Export many with a bar on stderr; only what was refused and what must be looked at is said, nothing is kept."""
    notes: dict[str, None] = {}
    with _bar(len(ids)) as step:

        def done(one: Exported) -> None:
            step()
            if one.state == "refused":
                click.echo(clean("\n".join(one.notes)), err=True)
            else:
                notes.update(dict.fromkeys(one.notes))

        written, present, refused = export_many(shelf, ids, kind, folder, done=done)
    for note in notes:
        click.echo(clean(_("Lưu ý: {note}").format(note=note)))
    click.echo(
        _("{written} gói tin đã lập, {present} đã có sẵn, {refused} không lập được; thư mục {folder}").format(
            written=written, present=present, refused=refused, folder=folder
        )
    )
    return 1 if refused else 0


def _tell(seen: Sequence[Exported], *, machine: bool) -> None:
    if machine:
        rows = ({"dossier": one.dossier, "state": one.state, "path": one.path and str(one.path), "sha256": one.sha256,
                 "notes": list(one.notes), "code": one.code} for one in seen)  # fmt: skip
        as_json(list(rows))
        return
    for one in seen:
        words = {"written": _("đã lập"), "present": _("đã có sẵn"), "refused": _("không lập được")}[one.state]
        click.echo(clean(f"{one.dossier}: {words}  {one.path or ''}".rstrip()))
        for note in one.notes:
            click.echo(clean(f"    {note}"), err=one.state == "refused")


@contextmanager
def _bar(total: int) -> Iterator[Callable[[], None]]:
    """Show how far the export is on stderr; where nobody watches, say it in a line now and then."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(_("Lập gói tin")), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)


def read_request(path: Path) -> Request:
    """
    Read what a user of the archive asked for.

    Args:
        path: ini with ``[request]``: ``id``, ``day`` (YYYY-MM-DD), ``purpose`` (01 to 03), ``content``, and where there
            are any ``fee`` (01 to 10), ``topic``, ``description``.

    Raises:
        InputError: the file cannot be read, or something is missing (code ``congkhai-E772``).
    """
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
        values = dict(parser["request"])
        values |= {name: values[name] for name in _REQUEST}  # a KeyError names what is missing
        day = date.fromisoformat(values.pop("day"))
        known = {name: values.get(name, "") for name in ("id", "purpose", "content", "fee", "topic", "description")}
    except (OSError, UnicodeDecodeError, configparser.Error, KeyError, ValueError) as error:
        raise InputError(
            what=_("Yêu cầu khai thác không dùng được: {error}").format(error=str(error).splitlines()[0]),
            where=str(path), code="congkhai-E772",
            advice=_("Tệp ini có mục [request] với id, day (2026-09-01), purpose (01, 02, 03), content."),
        ) from error  # fmt: skip
    return Request(day=day, **known)


def check_packages(paths: Sequence[Path], *, machine: bool) -> int:
    """
    Read packages back, say what they are and what is wrong with them.

    Returns:
        The exit code: 0 when all are sound, 1 when one is not.

    Raises:
        InputError: a file is no package, or one made to harm.
    """
    reports = [check_package(path) for path in paths]
    if machine:
        as_json([
            {"path": str(one.path), "objid": one.objid, "kind": one.kind, "title": one.title, "software": one.software,
             "files": one.files, "bytes": one.size, "papers": one.papers, "valid_descriptions": one.valid_schemas,
             "sound": one.sound,
             "findings": [{"id": finding.id, "severity": finding.severity.value, "where": finding.where,
                           "message": finding.message} for finding in one.findings]}
            for one in reports
        ])  # fmt: skip
    else:
        for one in reports:
            verdict = _("đạt") if one.sound else _("KHÔNG ĐẠT")
            click.echo(clean(f"{one.path}: {verdict}"))
            told = _("  {kind} {objid}: {title}; {papers} văn bản, {files} tệp, {bytes} byte; lập bởi {software}")
            click.echo(
                clean(
                    told.format(
                        kind=one.kind, objid=one.objid, title=one.title, papers=one.papers, files=one.files,
                        bytes=one.size, software=one.software,
                    )
                )
            )  # fmt: skip
            for finding in one.findings:
                click.echo(clean(f"  {finding.id} {finding.where}: {finding.message}"))
    return 0 if all(one.sound for one in reports) else 1
