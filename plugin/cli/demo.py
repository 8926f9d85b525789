"""``congkhai demo``: a simulated commune over ten weeks of compressed time, its dossiers filed and verified."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import click
import sqlalchemy as sa
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.table import Table

from ..clock import ZONE, SystemClock
from ..demo.accounts import sign_ins
from ..demo.drive import FINISHED
from ..demo.outside import started
from ..demo.place import Place, furnish, prepare
from ..demo.result import Line, lines, totals
from ..demo.scenario import DEFAULT, Scenario, load_scenario
from ..errors import OurError
from ..host import Host
from ..house import House, open_house
from ..platform import on_stop
from ..records import DisclosureState
from ..store import tables as t
from ..text import _
from ._open import as_json, json_option

_WIDTH = 150  # columns of the table where there is no terminal to ask
_SUBJECT = 64
_PORT = 8080


@click.command(help=_("Trình diễn: một xã mô phỏng trong mười tuần nén lại; hồ sơ được lập, ký, nộp và kiểm tra."))
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("congkhai-demo"),
    show_default=True,
    help=_("Thư mục của bản trình diễn."),
)
@click.option(
    "--port", type=int, help=_("Cổng của trang web trên máy này; mặc định 8080, hoặc cổng khác khi 8080 đang bận.")
)
@click.option("--no-serve", is_flag=True, help=_("Không mở trang web sau khi xong."))
@json_option
def command(folder: Path, port: int | None, no_serve: bool, machine: bool) -> None:
    """Run the verb; exit code 1 when there is no dossier, or one that does not verify."""
    begun = time.monotonic()
    scenario = load_scenario()
    place = prepare(folder)
    console = Console(stderr=machine)
    with started(Host(), place.outside, DEFAULT) as simulators:
        furnish(place, scenario, simulators["ioffice"].url, simulators["edxml"].folder)
        house = open_house(place.ini)
        try:
            _live(house, place, scenario, console)
            rows = list(lines(house, place.trust, SystemClock().now()))
            result = totals(house, rows, time.monotonic() - begun)
        finally:
            house.close()
    if machine:
        as_json(result)
    else:
        _show(console, place, rows, result)
    sealed = [row for row in rows if row.path]
    if not sealed or any(row.verdict != "TOTAL_PASSED" for row in sealed):
        raise OurError(
            what=_("Bản trình diễn không cho ra hồ sơ nào, hoặc có hồ sơ không hợp lệ."), code="congkhai-E449",
            where=str(place.folder),
            advice=_("Xem việc bị vướng: congkhai -c {ini} work list").format(ini=place.ini),
        )  # fmt: skip
    if not no_serve:
        _serve(place, port, console)


def _serve(place: Place, port: int | None, console: Console) -> None:
    """Open the page over what the demo made, until Ctrl-C or SIGTERM."""
    from ..web.server import free_port, serving  # the web server is loaded only when the page is wanted

    stop = threading.Event()
    on_stop(stop.set)
    house = open_house(place.ini)
    try:
        with serving(house, port=free_port(_PORT) if port is None else port) as address:
            console.print(_("Trang web: {address} (Ctrl-C để dừng)").format(address=address))
            for one in sign_ins(house):
                console.print(
                    _("Đăng nhập một lần với vai {name} ({person}): {address}/mot-lan#{secret}").format(
                        name=one.name, person=one.person, address=address, secret=one.secret
                    ),
                    soft_wrap=True,
                )
            stop.wait()
    finally:
        house.close()


def _live(house: House, place: Place, scenario: Scenario, console: Console) -> None:
    """Run the daemon process over the simulated weeks, kill it once in the middle, and show how far it is."""
    middle = scenario.start + (scenario.end - scenario.start) / 2
    killed = False
    span = (scenario.end - scenario.start).total_seconds()
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[counts]}"))
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(scenario.name, total=span, counts="")
        process = _daemon(place)
        week = ""
        while True:
            try:
                code = process.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                code = None
            now = house.clock.now()
            local = now.astimezone(ZONE)
            description = f"{local:%d/%m/%Y %H:%M}"
            bar.update(
                task, completed=(now - scenario.start).total_seconds(), description=description, counts=_counts(house)
            )
            if not console.is_terminal and f"{local:%V}" != week:
                week = f"{local:%V}"
                console.print(_("Tuần {day}: {counts}").format(day=f"{local:%d/%m/%Y}", counts=_counts(house)))
            if not killed and now >= middle:
                process.kill()
                process.wait()
                killed = True
                console.print(_("{when}: tiến trình bị ngắt giữa chừng và khởi động lại.").format(when=description))
                process = _daemon(place)
            elif code is not None:
                _check_end(house, code)
                return


def _daemon(place: Place) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "congkhai.plugin.demo.drive", str(place.folder)]
    return subprocess.Popen(command)  # noqa: S603 - our own module, started with our own arguments


def _check_end(house: House, code: int) -> None:
    with house.store.read() as connection:
        finished = connection.scalar(sa.select(t.meta.c.value).where(t.meta.c.name == FINISHED))
    if code or not finished:
        raise OurError(
            what=_("Tiến trình trình diễn dừng giữa chừng (mã {code}).").format(code=code), code="congkhai-E448",
            advice=_("Xem dòng lỗi phía trên, rồi chạy lại congkhai demo."),
        )  # fmt: skip


def _counts(house: House) -> str:
    with house.store.read() as connection:

        def count(table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
            return int(connection.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0)

        return _("{documents} văn bản, {matters} nội dung công khai, {signatures} chữ ký, {filed} hồ sơ đã nộp").format(
            documents=count(t.document), matters=count(t.disclosure), signatures=count(t.signature),
            filed=count(t.dossier, t.dossier.c.filed_at.is_not(None)),
        )  # fmt: skip


def _verdict(row: Line) -> str:
    """Say in Vietnamese what an inspector would read, or what a matter without a dossier waits for."""
    if row.verdict:
        words = {"TOTAL_PASSED": _("hợp lệ"), "TOTAL_FAILED": _("không hợp lệ")}
        return words.get(row.verdict, _("chưa kết luận được"))
    if row.waits_for:
        return _("chờ ký: {roles}").format(roles=row.waits_for)
    states = {
        DisclosureState.POSTED: _("đang công khai"),
        DisclosureState.CLOSING: _("đang kết thúc"),
        DisclosureState.CLOSED: _("đã kết thúc"),
        DisclosureState.EXCLUDED: _("không công khai"),
        DisclosureState.WITHDRAWN: _("đã gỡ"),
        DisclosureState.SUPERSEDED: _("đã thay thế"),
    }
    return states.get(DisclosureState(row.state), row.state)


def _show(console: Console, place: Place, rows: list[Line], result: dict[str, object]) -> None:
    if not console.is_terminal:
        console.width = max(console.width, _WIDTH)
    table = Table(title=_("Hồ sơ công khai"), show_lines=False)
    table.add_column(_("Nội dung"), no_wrap=True, overflow="ellipsis", max_width=_SUBJECT)
    for head in (_("Khoản"), _("Công khai"), _("Kết thúc"), _("Hồ sơ"), _("Kiểm tra chữ ký")):
        table.add_column(head, no_wrap=True)
    for row in rows:
        dossier = row.dossier if row.path else ""
        table.add_row(row.matter, row.category, row.published, row.closed, dossier, _verdict(row))
    console.print(table)
    console.print(
        _("{documents} văn bản, {refused} văn bản bị từ chối vì độ mật, {disclosures} nội dung công khai, "
          "{minutes} biên bản, {signatures} chữ ký; {seconds} giây.").format(**result)
    )  # fmt: skip
    for row in rows:
        if row.waits_for:
            console.print(_("Còn mở vì thiếu chữ ký {roles}: {matter}").format(roles=row.waits_for, matter=row.matter))
    console.print(_("Hồ sơ: {path}").format(path=place.dossiers))
    console.print(
        _("Kiểm tra lại bất cứ lúc nào: congkhai verify {dossiers} --trust {trust}").format(
            dossiers=place.dossiers, trust=place.trust
        )
    )
    console.print(_("Việc đang chờ: congkhai -c {ini} status").format(ini=place.ini))
