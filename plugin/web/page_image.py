"""
Pictures of PDF pages, drawn by ourselves in a process with limits: documents from outside are hostile.

``python -m congkhai.plugin.web.page_image PAGE WIDTH`` reads a PDF on standard input and writes the number of pages on
one line and then a PNG on standard output.
"""

import struct
import subprocess
import sys
import zlib

from ..errors import InputError
from ..text import _

WIDTH = 900
"""Width of a preview in pixels."""
_SECONDS = 20
_MEMORY = 1024 * 1024 * 1024
_TALLEST = 4  # times the width: a longer page is cut by scaling it down


def page_image(data: bytes, number: int, *, width: int = WIDTH) -> tuple[bytes, int]:
    """
    Draw one page of a PDF.

    Args:
        number: of the page, from 1.
        width: in pixels.

    Returns:
        PNG bytes, and how many pages the file has.

    Raises:
        InputError: it is no PDF that can be drawn, it has no such page, or it asks for too much time or memory.
    """
    command = [sys.executable, "-m", "congkhai.plugin.web.page_image", str(number), str(width)]
    try:
        # A fixed program with two numbers; the file goes in as bytes, never as a name.
        done = subprocess.run(command, input=data, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise _undrawable() from error
    head, mark, picture = done.stdout.partition(b"\n")
    if done.returncode or not mark or not head.isdigit() or not picture.startswith(b"\x89PNG"):
        raise _undrawable()
    return picture, int(head)


def _undrawable() -> InputError:
    return InputError(
        _("Không xem trước được trang này."), code="congkhai-E728", advice=_("Tải tệp về rồi mở bằng phần mềm khác."),
    )  # fmt: skip


def _limit() -> None:
    try:
        import resource  # POSIX only; elsewhere the time limit alone holds
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _png(rows: bytes, width: int, height: int, stride: int) -> bytes:
    """Pack grey pixels as a PNG (ISO/IEC 15948)."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    lines = b"".join(b"\x00" + rows[place * stride : place * stride + width] for place in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines, 6)) + chunk(b"IEND", b"")


def _draw(data: bytes, number: int, width: int) -> bytes:
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    page = document[number - 1]
    across, down = page.get_size()
    scale = min(width / across, _TALLEST * width / down)
    bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False)
    picture = _png(bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride)
    return b"%d\n" % len(document) + picture


def main() -> None:
    """Draw the page that the command line names."""
    _limit()
    number, width = int(sys.argv[1]), int(sys.argv[2])
    sys.stdout.buffer.write(_draw(sys.stdin.buffer.read(), number, width))


if __name__ == "__main__":
    main()
