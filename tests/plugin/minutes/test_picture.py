"""
A printed page looks as somebody once looked at and found right.

The pictures in ``files/`` were reviewed by eye at full size against NĐ 30/2020/NĐ-CP, Phụ lục I. To replace one after a
deliberate change: run ``python -m tests.plugin.minutes.test_picture``, look at what it wrote, and commit it.

Tolerance: both pictures are softened by one pixel, since renderers smooth edges differently; then at most 5 pixels in
10,000 may differ by more than a quarter of the way from black to white.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageFilter

from congkhai.plugin.minutes import SHIPPED, MinutesContent, minutes_pdf, minutes_xml

from .papers import ballot_minutes, posting_minutes

FILES = Path(__file__).parent / "files"
MADE = datetime(2024, 2, 26, 2, 0, tzinfo=UTC)
LOOK = replace(
    SHIPPED, fonts=("Liberation Serif",), verify="https://congkhai.mauson.example.vn/kiem-tra/d0123456789abcdef"
)
SCALE = 1.0  # pixels in a point: a page is 596 by 842 pixels
MOST = 0.0005
PAGES = (("posting", 0), ("posting", 1), ("ballot", 1))


def _contents() -> dict[str, MinutesContent]:
    return {"posting": posting_minutes(), "ballot": ballot_minutes()}


def _page(content: MinutesContent, number: int) -> Image.Image:
    document = pypdfium2.PdfDocument(minutes_pdf(content, minutes_xml(content), MADE, LOOK))
    try:
        return document[number].render(scale=SCALE).to_pil().convert("L")
    finally:
        document.close()


def _reviewed(name: str, number: int) -> Path:
    return FILES / f"{name}-page-{number + 1}.png"


def _differing(one: Image.Image, other: Image.Image) -> float:
    """Return the share of pixels that differ by more than 64 of 255, both pictures softened."""
    assert one.size == other.size
    blurred = (each.convert("L").filter(ImageFilter.BoxBlur(1)) for each in (one, other))
    counts = ImageChops.difference(*blurred).histogram()
    return sum(counts[65:]) / sum(counts)


@pytest.mark.parametrize(("name", "number"), PAGES)
def test_a_page_looks_like_its_reviewed_picture(name: str, number: int) -> None:
    with Image.open(_reviewed(name, number)) as reviewed:
        assert _differing(_page(_contents()[name], number), reviewed) <= MOST


def test_a_page_that_looks_otherwise_is_noticed() -> None:
    with Image.open(_reviewed("posting", 0)) as reviewed:
        without_number = replace(posting_minutes(), number="")
        assert _differing(_page(without_number, 0), reviewed) > 100 * MOST
        elsewhere = replace(posting_minutes(), place="Nhà văn hóa thôn Mẫu Thượng")
        assert _differing(_page(elsewhere, 0), reviewed) > MOST


if __name__ == "__main__":
    for name, number in PAGES:
        _page(_contents()[name], number).quantize(16).save(_reviewed(name, number), optimize=True)
