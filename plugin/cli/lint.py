"""``congkhai lint``: the paper checks on papers made elsewhere, on a dossier folder or a container."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from congkhai.schedules import Calendar

from ..clock import SystemClock, local_date
from ..host import Host
from ..interfaces import Check
from ..lint.gather import Gathered, gather
from ..lint.records import Paper, PaperSet
from ..lint.run import gravest_first, look
from ..records import Finding, Severity
from ..regulation import load_regulation
from ..regulation_records import Regulation
from ..text import _
from ..verification import clean

_SEVERITIES = (Severity.ERROR, Severity.WARN, Severity.INFO)


@click.command(
    name="lint",
    help=_("Soát văn bản đã lập (chữ, PDF, DOCX, bản quét), hồ sơ hoặc gói hồ sơ; mỗi tệp một văn bản, cả bộ một lần."),
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option(
    "--regulation", default="dong-son-2024", show_default=True, metavar="NAME", help=_("Tên hoặc đường dẫn quy chế.")
)
@click.option("--json", "as_json", is_flag=True, help=_("In kết quả dạng JSON."))
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], regulation: str, *, as_json: bool) -> None:
    """Read, look, print; exit with 0 nothing grave, 1 an error finding, 2 something could not be read."""
    rules = load_regulation(regulation)
    host = Host()
    for problem in host.problems:
        click.echo(
            _("Plugin {name} không dùng được: {error}").format(name=problem.plugin, error=problem.error), err=True
        )
    checks = [kind.check for kind in host.checks.values()]
    with _progress() as told:
        gathered = gather(paths, told)
    findings = list(findings_of(gathered, checks, rules))
    if as_json:
        click.echo(json.dumps(_figures(gathered, findings, checks), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_lines(gathered, findings, checks)))
    for error in gathered.unreadable:
        if not as_json:
            click.echo(clean(error.explain()), err=True)
    grave = any(finding.severity is Severity.ERROR for finding in findings)
    ctx.exit(2 if gathered.unreadable else 1 if grave else 0)


def findings_of(gathered: Gathered, checks: Sequence[Check], rules: Regulation) -> Iterator[Finding]:
    """Yield the findings on all papers as one set, then on each dossier and its papers."""
    today = local_date(SystemClock().now())
    if gathered.papers:
        yield from look(PaperSet(gathered.papers, rules, Calendar(), today), checks)
    for case, papers in gathered.dossiers:
        yield from look(case, checks)
        yield from look(PaperSet(papers, rules, Calendar(), today, of_dossier=True), checks)


def _figures(gathered: Gathered, findings: Sequence[Finding], checks: Sequence[Check]) -> dict[str, object]:
    sources = {check.id: check.source for check in checks}
    return {
        "findings": [
            {"id": one.id, "severity": one.severity.value, "where": one.where, "message": one.message,
             "advice": one.advice, "source": sources.get(one.id, "")}
            for one in findings
        ],
        "papers": [
            {"file": paper.file, "kind": paper.kind.value, "title": paper.title,
             "number": paper.number.text if paper.number else None,
             "date": paper.dated.isoformat() if paper.dated else None, "medium": paper.text.medium}
            for paper in _papers(gathered)
        ],
        "unreadable": [
            {"code": error.code, "where": error.where, "message": error.what, "advice": error.advice}
            for error in gathered.unreadable
        ],
    }  # fmt: skip


def _papers(gathered: Gathered) -> list[Paper]:
    return [*gathered.papers, *(paper for _case, papers in gathered.dossiers for paper in papers)]


def _lines(gathered: Gathered, findings: Sequence[Finding], checks: Sequence[Check]) -> Iterator[str]:
    """Yield the result for people: papers with the gravest findings first, and within a paper the gravest first."""
    sources = {check.id: check.source for check in checks}
    papers = {paper.file: paper for paper in _papers(gathered)}
    groups: dict[str, list[Finding]] = {}
    for finding in gravest_first(findings):
        groups.setdefault(_file_of(finding.where, papers), []).append(finding)
    for file, group in groups.items():
        paper = papers.get(file)
        scanned = (
            _(" (nhận dạng chữ từ bản quét: đối chiếu với bản giấy)") if paper and paper.text.medium == "ocr" else ""
        )
        yield clean(f"{file}{scanned}" if file else _("Cả hồ sơ"))
        for one in group:
            place = one.where[len(file) :].lstrip(":") if file else one.where
            shown = f"{place} – " if place else ""
            yield clean(f"  {_word(one.severity)} {one.id}: {shown}{one.message}")
            if one.advice:
                yield clean(f"      → {one.advice}")
            if sources.get(one.id):
                yield f"      {sources[one.id]}"
        yield ""
    counts = {severity: sum(one.severity is severity for one in findings) for severity in _SEVERITIES}
    yield _("{papers} văn bản: {errors} lỗi, {warnings} cảnh báo, {notes} thông tin.").format(
        papers=len(papers), errors=counts[Severity.ERROR], warnings=counts[Severity.WARN], notes=counts[Severity.INFO]
    )


def _word(severity: Severity) -> str:
    return {Severity.ERROR: _("lỗi"), Severity.WARN: _("cảnh báo"), Severity.INFO: _("thông tin")}[severity]


def _file_of(where: str, papers: dict[str, Paper]) -> str:
    """Return the paper that a place names; empty for a part or channel of a dossier."""
    fitting = [file for file in papers if where == file or where.startswith(f"{file}:")]
    return max(fitting, key=len, default="")


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None] | None]:
    """Show a bar on stderr while files are read, only where somebody watches; scans take seconds a page."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(_("Đang đọc"), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
