"""Draw an evaluation as one SVG picture: F1 of each answer, and how far confidence can be trusted."""

from xml.sax.saxutils import escape

from ..text import _
from .evaluate import Evaluation

_WIDTH, _HEIGHT, _MARGIN, _BAR = 900, 420, 50, 22


def draw(result: Evaluation) -> str:
    """Return the picture as SVG text: bars on the left, calibration on the right."""
    summary = _("{count} văn bản; đúng chặt {strict:.1%}; đúng rộng {lenient:.1%}").format(
        count=result.documents, strict=result.strict, lenient=result.lenient
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        f'font-size="13">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        _words(_MARGIN, 24, summary),
        *_bars(result),
        *_calibration(result),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _words(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _bars(result: Evaluation) -> list[str]:
    met = [score for score in result.scores if score.support]
    parts = [_words(_MARGIN, 50, _("F1 theo nội dung (số văn bản)"))]
    for row, score in enumerate(met):
        top = 62 + row * _BAR
        parts += [
            _words(_MARGIN + 36, top + 14, score.name, "end"),
            f'<rect x="{_MARGIN + 44}" y="{top}" width="{280 * score.f1:.1f}" height="{_BAR - 6}" fill="#4477aa"/>',
            _words(_MARGIN + 332, top + 14, f"{score.f1:.2f} ({score.support})"),
        ]
    return parts


def _calibration(result: Evaluation) -> list[str]:
    left, top, side = 520, 70, 300
    parts = [
        _words(left, 50, _("Độ tin cậy (ngang) và tỷ lệ đúng rộng (dọc)")),
        f'<rect x="{left}" y="{top}" width="{side}" height="{side}" fill="none" stroke="black"/>',
        f'<line x1="{left}" y1="{top + side}" x2="{left + side}" y2="{top}" stroke="gray" stroke-dasharray="4"/>',
    ]
    most = max((band.count for band in result.calibration), default=1)
    for band in result.calibration:
        x, y = left + side * band.confidence, top + side * (1 - band.right)
        size = 3 + 9 * (band.count / most) ** 0.5
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}" fill="#cc6677" fill-opacity="0.8"/>')
    parts += [
        _words(left, top + side + 18, "0"), _words(left + side, top + side + 18, "1", "end"),
        _words(left - 6, top + side, "0", "end"), _words(left - 6, top + 10, "1", "end"),
    ]  # fmt: skip
    return parts
