"""``congkhai init``: a few questions, then a commented ini and an empty store."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from ..config.load import Configuration, find_ini, load
from ..config.setup import Answers, missing_keys, write_ini
from ..config.values import is_path
from ..errors import CongkhaiError, UsageError
from ..host import Host
from ..regulation import load_regulation
from ..regulation_derive import LAW, derive, offers
from ..regulation_report import regulation_report
from ..store import create_store
from ..text import _

_KINDS = ("xa", "so", "trung_tam", "van_phong")
_NONE = "none"
_TRIAL = {"name": "Cơ quan Mẫu", "code": "MAU", "kind": "xa"}


@dataclass(frozen=True, slots=True)
class _Given:
    """What the command line said already, and whether the rest may be asked."""

    options: Mapping[str, str | None]
    ask: bool

    def answer(self, key: str, question: str, default: str | None, choices: tuple[str, ...] = ()) -> str:
        """Return the option, or ask for it; without questions the default."""
        said = self.options.get(key)
        if said is not None:
            return said
        if not self.ask:
            return default or ""
        kind = click.Choice(choices) if choices else None
        answer: str = click.prompt(question, default=default, type=kind)
        return answer


@click.command("init", help=_("Hỏi vài câu, viết tệp congkhai.ini có chú thích đầy đủ và tạo kho dữ liệu rỗng."))
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path, file_okay=False), default=Path(), help=_("Thư mục đặt tệp ini.")
)
@click.option("--yes", is_flag=True, help=_("Không hỏi; dùng giá trị mặc định cho những gì không được cho."))
@click.option("--name", help=_("Tên cơ quan."))
@click.option("--code", help=_("Mã định danh của cơ quan."))
@click.option("--kind", type=click.Choice(_KINDS), help=_("Loại cơ quan."))
@click.option("--regulation", help=_("Quy chế: tên hoặc đường dẫn."))
@click.option("--derive", metavar="NAME", help=_("Viết quy chế riêng regulations/NAME.ini, chép từ quy chế đã chọn."))
@click.option("--list-regulations", "listing", is_flag=True, help=_("Chỉ liệt kê các quy chế có sẵn."))
@click.option("--connector", metavar="KIND", help=_("Loại hệ thống văn bản bên ngoài; none: chưa nối."))
@click.option("--store", metavar="FOLDER", help=_("Thư mục làm việc."))
@click.option("--dossiers", metavar="FOLDER", help=_("Thư mục chứa hồ sơ; bỏ trống: trong thư mục làm việc."))
@click.option(
    "--set", "settings", nargs=3, multiple=True, metavar="SECTION KEY VALUE", help=_("Đặt thêm một khóa bất kỳ.")
)
@click.option("--force", is_flag=True, help=_("Ghi đè tệp ini đang có."))
@click.option("--keep", is_flag=True, help=_("Giữ tệp ini đang có; chỉ tạo hoặc nâng cấp kho dữ liệu."))
@click.option("--no-store", is_flag=True, help=_("Chỉ viết tệp ini, không tạo kho dữ liệu."))
@click.option("--simulated-clock", metavar="ISO", help=_("Tạo kho thử với giờ mô phỏng bắt đầu từ thời điểm này."))
def command(
    *, folder: Path, yes: bool, force: bool, keep: bool, no_store: bool, simulated_clock: str | None, listing: bool,
    settings: tuple[tuple[str, str, str], ...], **options: str | None,
) -> None:  # fmt: skip
    """Hỏi vài câu, viết tệp congkhai.ini có chú thích đầy đủ và tạo kho dữ liệu rỗng."""
    if listing:
        for line in offers(options["kind"] or ""):
            click.echo(line)
        return
    ini = folder.absolute() / "congkhai.ini"
    moment = _moment(simulated_clock)
    if keep:
        _make_store(load(find_ini(ini), Host()), moment)
        return
    if ini.exists() and not force:
        raise UsageError(
            _("Tệp {file} đã có.").format(file=ini),
            advice=_("Sửa tệp đó, chọn thư mục khác bằng --dir, thêm --force để viết lại, hoặc --keep để giữ."),
            code="congkhai-E121",
        )  # fmt: skip
    host = Host()
    given = _Given(options, ask=not yes)
    answers, own = _answers(given, host, settings, ini.parent)
    written = _derive(ini.parent, own, answers["agency"]) if own else None
    try:
        configuration = write_ini(ini, host, answers, overwrite=force)
    except CongkhaiError:
        if written is not None:
            written.unlink()  # so that the same command can be given again
        raise
    click.echo(_("Đã viết {file}.").format(file=ini))
    if answers["agency"]["name"] == _TRIAL["name"]:
        click.echo(_("Tên và mã cơ quan là giá trị mẫu: sửa mục [agency] trước khi dùng thật."))
    if not no_store:
        _make_store(configuration, moment)
    click.echo(_("Bước tiếp theo: xem lại tệp, rồi chạy congkhai -c {file} check").format(file=ini))


def _answers(
    given: _Given, host: Host, settings: tuple[tuple[str, str, str], ...], folder: Path
) -> tuple[Answers, str]:  # fmt: skip
    """Gather what the ini shall say, questions first, ``--set`` last; and the name of a regulation to write."""
    trial = {} if given.ask else _TRIAL
    agency = {
        "name": given.answer("name", _("Tên cơ quan"), trial.get("name")),
        "code": given.answer("code", _("Mã định danh của cơ quan"), trial.get("code")),
        "kind": given.answer("kind", _("Loại cơ quan"), trial.get("kind"), _KINDS),
    }
    agency["regulation"], own = _regulation(given, agency["kind"], folder)
    kinds = (_NONE, *host.connectors)
    kind = given.answer("connector", _("Hệ thống văn bản bên ngoài"), _NONE, kinds)
    if kind not in kinds:
        raise UsageError(
            _("Không có loại hệ thống '{kind}'.").format(kind=kind),
            advice=_("Các loại: {kinds}.").format(kinds=", ".join(kinds)), code="congkhai-E121",
        )  # fmt: skip
    answers: Answers = {"agency": agency, "store": {"folder": given.answer("store", _("Thư mục làm việc"), "data")}}
    dossiers = given.answer("dossiers", _("Thư mục chứa hồ sơ (bỏ trống: trong thư mục làm việc)"), "")
    if dossiers:
        answers["dossier"] = {"folder": dossiers}
    if kind != _NONE:
        answers[f"connector:{kind}"] = {"type": kind}
    for section, key, value in settings:
        answers.setdefault(section, {})[key] = value
    _ask_missing(given, host, answers)
    return answers, own


def _regulation(given: _Given, kind: str, folder: Path) -> tuple[str, str]:
    """Pick a regulation, and perhaps a name for a copy: the shipped ones are listed, those of the same kind marked."""
    if given.ask and given.options.get("regulation") is None:
        click.echo(_("Các quy chế có sẵn (* cùng loại cơ quan):"))
        for line in offers(kind):
            click.echo(line)
    chosen = given.answer("regulation", _("Quy chế (tên, hoặc đường dẫn)"), LAW)
    load_regulation(_at(folder, chosen))  # a wrong name or file is told now, not by the first check
    asked = _("Tên tệp quy chế riêng, chép từ quy chế này để sửa (bỏ trống: dùng nguyên)")
    return chosen, given.answer("derive", asked, "")


def _at(folder: Path, regulation: str) -> str:
    """Resolve a path as the ini will: from its own folder."""
    return str((folder / Path(regulation).expanduser()).absolute()) if is_path(regulation) else regulation


def _derive(folder: Path, name: str, agency: dict[str, str]) -> Path:
    """Write the agency's own regulation beside the ini, and say what it drops or narrows against the Law."""
    base = _at(folder, agency["regulation"])
    own = derive(base, folder / "regulations", name, agency=agency["name"], kind=agency["kind"])
    agency["regulation"] = f"regulations/{name}.ini"
    click.echo(_("Đã viết {file}: sửa số khoản theo quy chế của cơ quan.").format(file=agency["regulation"]))
    for finding in regulation_report(own):
        click.echo(f"  {finding.id} {finding.where}: {finding.message}")
    return folder / agency["regulation"]


def _ask_missing(given: _Given, host: Host, answers: Answers) -> None:
    """Ask for required keys of plugin sections; without questions they are an error that names them."""
    lacking = list(missing_keys(host, answers))
    if lacking and not given.ask:
        names = ", ".join(f"[{section}] {info.name}" for section, info in lacking)
        raise UsageError(
            _("Còn thiếu: {names}.").format(names=names), advice=_("Thêm --set MỤC KHÓA GIÁ-TRỊ cho mỗi khóa."),
            code="congkhai-E121",
        )  # fmt: skip
    for section, info in lacking:
        file = f"{{file secrets/{section.replace(':', '-')}-{info.name}}}"
        answers[section][info.name] = click.prompt(
            f"[{section}] {info.name} – {info.help}", default=file if info.secret else None
        )


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise UsageError(
            _("--simulated-clock cần một thời điểm có múi giờ."), advice=_("Ví dụ 2024-02-01T08:00:00+07:00."),
            code="congkhai-E121",
        )  # fmt: skip
    return moment


def _make_store(configuration: Configuration, moment: datetime | None) -> None:
    store = configuration.store
    create_store(store.folder, database=store.database, simulated=moment)
    click.echo(_("Kho dữ liệu sẵn sàng trong {folder}.").format(folder=store.folder))
