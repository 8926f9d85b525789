"""``congkhai sign``: shows what waits for a signer, and signs it with their key."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from ..errors import ConfigurationError, UsageError
from ..house import House
from ..interfaces import Signer
from ..minutes import read_minutes, read_report
from ..minuting import REPORT
from ..records import Minutes
from ..signer_check import checked_signer
from ..signer_keys import Asking
from ..signing_desk import sign_by_person, waiting_for
from ..signing_return import accept, body_file, level_words, paper_of
from ..signing_turns import turns
from ..text import _
from ._open import as_json, json_option, opened


@click.command(help=_("Xem những gì đang chờ một người ký, rồi ký bằng khoá của người đó."))
@click.argument("signer_name", metavar="SIGNER")
@click.option("--all", "everything", is_flag=True, help=_("Ký tất cả những gì đang chờ, sau khi đã xem."))
@click.option("--id", "only", multiple=True, help=_("Chỉ ký biên bản mang mã này (dùng được nhiều lần)."))
@click.option(
    "--body", "bodies", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help=_("Ghi phần thân của các văn bản đang chờ vào thư mục này, để ký bằng chương trình khác."),
)  # fmt: skip
@click.option(
    "--return", "returned", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help=_("Nhận chữ ký đã làm bằng chương trình khác: phần thân đã ký, hoặc riêng ds:Signature (XML, base64)."),
)  # fmt: skip
@json_option
@click.pass_obj
def command(
    ini: Path | None, signer_name: str, everything: bool, only: tuple[str, ...], bodies: Path | None,
    returned: Path | None, machine: bool,
) -> None:  # fmt: skip
    """Run the verb; without ``--all`` or ``--id`` it only shows."""
    if everything and only:
        raise click.UsageError(_("--all và --id không dùng cùng nhau"))
    if sum((everything, bodies is not None, returned is not None)) > 1 or (returned is not None and len(only) > 1):
        raise click.UsageError(_("--all, --body và --return không dùng cùng nhau; --return nhận một --id"))
    signed: list[str] = []
    with opened(ini) as house:
        signer = house.signers.get(signer_name)
        if signer is None:
            raise ConfigurationError(
                what=_("Không có [signer:{name}] trong cấu hình.").format(name=signer_name),
                where=str(house.configuration.path), code="congkhai-E118",
                advice=_("Các khoá hiện có: {names}.").format(names=", ".join(house.signers)),
            )  # fmt: skip
        if returned is not None:
            _take_back(house, signer, returned.read_bytes(), only, machine=machine)
            return
        papers = waiting_for(house, signer.role)
        if not machine:
            for paper in papers:
                _show(house.store.vault.read(paper.file_sha256), paper)
        _all_wait(only, papers)
        if bodies is not None:
            _write_bodies(house, [paper for paper in papers if not only or paper.id in only], bodies, machine=machine)
            return
        chosen = [paper for paper in papers if everything or paper.id in only]
        if chosen:
            _introduce(signer, house.configuration.trust.folder, house.clock.now())
        for paper in chosen:
            try:
                sign_by_person(house, paper.id, signer)
            except Exception:
                # What is signed stays signed: the person must know that before they read what went wrong.
                _result(signer, papers, signed, paper.id, machine=machine)
                raise
            signed.append(paper.id)
    _result(signer, papers, signed, "", machine=machine)


def _all_wait(only: Sequence[str], papers: Sequence[Minutes]) -> None:
    """Refuse an id that waits for nobody before anything is signed. Raises UsageError."""
    strange = [one for one in only if one not in {paper.id for paper in papers}]
    if strange:
        raise UsageError(
            what=_("Không có biên bản {ids} đang chờ người này ký; chưa ký gì.").format(ids=", ".join(strange)),
            where="--id", code="congkhai-E661",
            advice=_("Đang chờ: {ids}.").format(ids=", ".join(paper.id for paper in papers) or _("không có gì")),
        )  # fmt: skip


def _write_bodies(house: House, papers: Sequence[Minutes], folder: Path, *, machine: bool) -> None:
    """Write what other programs are handed to sign, one file for each paper."""
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / f"{paper.id}.xml" for paper in papers]
    for paper, file in zip(papers, written, strict=True):
        file.write_bytes(body_file(house, paper))
    if machine:
        as_json({"written": [str(file) for file in written]})
    for file in () if machine else written:
        click.echo(file)


def _take_back(house: House, signer: Signer, data: bytes, only: Sequence[str], *, machine: bool) -> None:
    """Take a signature that was made elsewhere, and say how it is kept."""
    minutes = only[0] if only else paper_of(house, data, turns(house, signer.role))
    done = accept(house, minutes, signer.role, data, signer.person)
    if machine:
        facts = {"signed": [done.minutes], "role": done.role, "level": done.level, "merged": done.merged}
        as_json(facts | {"certificate": done.status})
        return
    click.echo(_("{person}: đã nhận chữ ký trên {id}.").format(person=done.signer, id=done.minutes))
    click.echo(f"    {level_words(done.level)}")
    if done.status != "good":
        click.secho("    " + _("kiểm tra chứng thư: {status}").format(status=_("chưa kết luận được trạng thái")),
                    fg="yellow", err=True)  # fmt: skip


def _result(signer: Signer, papers: list[Minutes], signed: list[str], failed: str, *, machine: bool) -> None:
    """Say what was signed, what waits, and at which paper it stopped."""
    waiting = [paper.id for paper in papers if paper.id not in signed]
    if machine:
        as_json({"waiting": waiting, "signed": signed, **({"failed": failed} if failed else {})})
    elif failed:
        text = _("Ký số không thành công ở {failed}. Đã ký {n} biên bản, còn chờ: {waiting}.")
        click.echo(text.format(failed=failed, n=len(signed), waiting=", ".join(waiting)), err=True)
    else:
        _say(signer, papers, signed)


def _introduce(signer: Signer, trust: Path, now: datetime) -> None:
    """Show whose certificate it is and what its check found, before anybody is asked; then let the holder be asked."""
    check = checked_signer(signer, trust, now)
    facts = check.facts
    click.echo(_("Chứng thư của {subject}").format(subject=facts.subject), err=True)
    click.echo(
        _("    cấp bởi {issuer}, hiệu lực đến {end:%d/%m/%Y}").format(issuer=facts.issuer, end=facts.valid_to), err=True
    )
    status = {"good": _("còn hiệu lực, không bị thu hồi")}.get(check.status, _("chưa kết luận được trạng thái"))
    click.echo(_("    kiểm tra chứng thư: {status}").format(status=status), err=True)
    for warning in facts.warnings:
        click.secho(f"    {warning}", fg="yellow", err=True)
    if isinstance(signer, Asking):
        signer.ask_with(_asked)


def _asked(label: str) -> str:
    """Ask the holder at the terminal; what is typed is not shown."""
    typed: str = click.prompt(label, hide_input=True, err=True, default="", show_default=False)
    return typed


def _show(xml: bytes, paper: Minutes) -> None:
    """Show what the XML itself says, with the digest that the signature will cover."""
    content = read_report(xml) if paper.kind == REPORT else read_minutes(xml)
    click.secho(f"{paper.id}  {content.subject or paper.kind}", bold=True)
    for document in content.documents:
        click.echo(f"    {document.type} {document.number}: {document.subject}")
    for channel in content.channels:
        click.echo(f"    {channel.place}: {channel.posted_from.isoformat() if channel.posted_from else ''}")
    click.echo(f"    SHA-256 {paper.body_sha256}")


def _say(signer: Signer, papers: list[Minutes], signed: list[str]) -> None:
    if signed:
        click.echo(_("{person}: ký số thành công {n} biên bản.").format(person=signer.person, n=len(signed)))
    elif papers:
        click.echo(_("Đang chờ {n} biên bản; ký bằng --all hoặc --id MÃ.").format(n=len(papers)))
    else:
        click.echo(_("Không có gì chờ {person} ký.").format(person=signer.person))
