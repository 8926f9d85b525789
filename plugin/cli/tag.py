"""``congkhai tag``: JSON lines of documents in, JSON lines of tags out."""

import json
import sys
from pathlib import Path

import click

from ..errors import InputError
from ..regulation import load_regulation
from ..regulation_records import Regulation
from ..tagging.decide import Thresholds
from ..tagging.evaluate import Evaluation, evaluate
from ..tagging.lines import answer, parse_line, tag_line
from ..text import _

_SHARE = click.FloatRange(0.0, 1.0)


@click.command(name="tag", help=_("Gắn nội dung công khai cho văn bản: mỗi dòng JSON vào cho một dòng JSON ra."))
@click.option(
    "--regulation", default="dong-son-2024", show_default=True, metavar="NAME", help=_("Tên hoặc đường dẫn quy chế.")
)
@click.option(
    "--auto-above", type=_SHARE, default=0.85, show_default=True, help=_("Độ tin cậy để không cần người xem.")
)
@click.option("--review-above", type=_SHARE, default=0.4, show_default=True, help=_("Mức nghi ngờ để người xem lại."))
@click.option(
    "--evaluate", "labelled", type=click.Path(path_type=Path), metavar="FILE", help=_("Đo trên tệp đã có nhãn.")
)
@click.option("--json", "as_json", is_flag=True, help=_("Kết quả đo ở dạng JSON; kết quả gắn luôn là JSON."))
def command(regulation: str, auto_above: float, review_above: float, labelled: Path | None, *, as_json: bool) -> None:
    """Tag documents from stdin, or measure on a labelled file."""
    rules = load_regulation(regulation)
    thresholds = Thresholds(auto_above, review_above)
    if labelled is not None:
        _report(evaluate(labelled, rules, thresholds), as_json=as_json)
        return
    if not _tag_lines(rules, thresholds):
        raise click.exceptions.Exit(2)


def _tag_lines(rules: Regulation, thresholds: Thresholds) -> bool:
    """Answer each line of stdin as it comes; tell whether all of them could be read."""
    good = True
    for number, raw in enumerate(sys.stdin.buffer, 1):
        if not raw.strip():
            continue
        try:
            line = parse_line(raw)
        except InputError as error:
            good = False
            click.echo(
                _("dòng {number}: {what} ({code})").format(number=number, what=error.what, code=error.code), err=True
            )
            continue
        click.echo(answer(line, tag_line(line, rules, thresholds)))
    return good


def _report(result: Evaluation, *, as_json: bool) -> None:
    if as_json:
        scores = {
            score.name: {
                "precision": round(score.precision, 4), "recall": round(score.recall, 4), "f1": round(score.f1, 4),
                "support": score.support,
            }
            for score in result.scores
        }  # fmt: skip
        shares = {"strict": result.strict, "lenient": result.lenient, "auto": result.auto}
        rounded = {name: round(share, 4) for name, share in shares.items()}
        click.echo(json.dumps({"documents": result.documents, **rounded, "categories": scores}, ensure_ascii=False))
        return
    summary = _("{count} văn bản; đúng chặt {strict:.1%}; đúng rộng {lenient:.1%}; không cần người xem {auto:.1%}")
    click.echo(summary.format(count=result.documents, strict=result.strict, lenient=result.lenient, auto=result.auto))
    click.echo(_("nội dung  chính xác  đầy đủ     F1  số văn bản"))
    for score in result.scores:
        click.echo(
            f"{score.name:>8}  {score.precision:9.3f}  {score.recall:6.3f}  {score.f1:5.3f}  {score.support:10d}"
        )
