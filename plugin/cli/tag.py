"""``congkhai tag``: JSON lines of documents in, JSON lines of tags out; the work list and what clerks corrected."""

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
from ..tagging.picture import draw
from ..text import _
from ._tag_review import VERBS

_SHARE = click.FloatRange(0.0, 1.0)


@click.group(
    name="tag",
    invoke_without_command=True,
    help=_("Gắn nội dung công khai cho văn bản: mỗi dòng JSON vào cho một dòng JSON ra."),
    commands={verb.name or "": verb for verb in VERBS},
)
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
@click.option("--picture", type=click.Path(path_type=Path), metavar="SVG", help=_("Vẽ kết quả đo vào tệp SVG."))
@click.option("--json", "as_json", is_flag=True, help=_("Kết quả đo ở dạng JSON; kết quả gắn luôn là JSON."))
@click.pass_context
def command(
    ctx: click.Context, regulation: str, auto_above: float, review_above: float, labelled: Path | None,
    picture: Path | None, *, as_json: bool,
) -> None:  # fmt: skip
    """Tag documents from stdin, or measure on a labelled file; a sub-verb works on the store instead."""
    if ctx.invoked_subcommand is not None:
        return
    rules = load_regulation(regulation)
    thresholds = Thresholds(auto_above, review_above)
    if labelled is not None:
        result = evaluate(labelled, rules, thresholds)
        if picture is not None:
            picture.write_text(draw(result), encoding="utf-8")
        _report(result, as_json=as_json)
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
        click.echo(answer(line, tag_line(line, rules, thresholds), rules))
    return good


_SHARES = ("strict", "lenient", "top_two", "macro_f1", "auto", "auto_lenient")


def _report(result: Evaluation, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_figures(result), ensure_ascii=False))
        return
    summary = _(
        "{count} văn bản; đúng chặt {strict:.1%}; đúng rộng {lenient:.1%}; đúng trong hai đề xuất đầu {two:.1%}; "
        "F1 trung bình {f1:.3f}"
    )
    click.echo(
        summary.format(
            count=result.documents, strict=result.strict, lenient=result.lenient, two=result.top_two, f1=result.macro_f1
        )
    )
    alone = _("không cần người xem {auto:.1%}, trong đó đúng rộng {right:.1%}")
    click.echo(alone.format(auto=result.auto, right=result.auto_lenient))
    click.echo(_("nội dung  chính xác  đầy đủ     F1  số văn bản"))
    for score in result.scores:
        click.echo(
            f"{score.name:>8}  {score.precision:9.3f}  {score.recall:6.3f}  {score.f1:5.3f}  {score.support:10d}"
        )
    click.echo(_("Nhầm lẫn (nhãn đúng → đã đoán: số lần):"))
    for label, got, count in result.confusion:
        click.echo(f"  {label} → {got}: {count}")
    click.echo(_("Độ tin cậy: trung bình → tỷ lệ đúng rộng (số đề xuất):"))
    for band in result.calibration:
        click.echo(f"  {band.confidence:.2f} → {band.right:.2f} ({band.count})")


def _figures(result: Evaluation) -> dict[str, object]:
    """Return the evaluation as JSON; shares from 0 to 1, rounded."""
    scores = {
        score.name: {
            "precision": round(score.precision, 4), "recall": round(score.recall, 4), "f1": round(score.f1, 4),
            "support": score.support,
        }
        for score in result.scores
    }  # fmt: skip
    return {
        "documents": result.documents, **{name: round(getattr(result, name), 4) for name in _SHARES},
        "categories": scores,
        "confusion": [{"label": label, "got": got, "count": count} for label, got, count in result.confusion],
        "calibration": [
            {"from": band.low, "count": band.count, "confidence": round(band.confidence, 4),
             "right": round(band.right, 4)}
            for band in result.calibration
        ],
    }  # fmt: skip
