"""Text of scanned pages through the program ``tesseract`` with its Vietnamese data; nothing is sent anywhere."""

import os
import shutil
import struct
import subprocess
from functools import lru_cache

from ..errors import InputError, OurError
from ..platform import run_limited
from ..text import _

LANGUAGE = "vie"
SECONDS = 120
"""Longest time for one page."""
MEMORY = 2 * 1024**3
"""Bytes that the program may take for one page."""
PIXELS = 60_000_000
"""Largest page: A3 at 400 dots per inch is half of it."""


def recognise(image: bytes, name: str) -> str:
    """
    Return the text of one page.

    Args:
        image: PNG, JPEG, TIFF or PNM.
        name: file and page, for errors.

    Raises:
        OurError: the program or its Vietnamese data is missing.
        InputError: the picture is too large, damaged, or takes too long.
    """
    size = dimensions(image)
    if size is not None and size[0] * size[1] > PIXELS:
        raise InputError(
            _("Ảnh quá lớn để nhận dạng chữ ({width} × {height} điểm ảnh).").format(width=size[0], height=size[1]),
            where=name, advice=_("Quét lại ở 200–300 dpi, mỗi trang một ảnh."), code="congkhai-E673",
        )  # fmt: skip
    command = [_program(), "stdin", "stdout", "-l", LANGUAGE, "--psm", "4", "-c", "preserve_interword_spaces=1"]
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        done = run_limited(command, image, memory=MEMORY, seconds=SECONDS, environment=environment)
    except subprocess.TimeoutExpired as error:
        raise _failed(name) from error
    if done.returncode != 0:
        raise _failed(name)
    return done.stdout.decode("utf-8", errors="replace")


@lru_cache(1)
def _program() -> str:
    program = shutil.which("tesseract")
    known = ""
    if program is not None:
        # A fixed command without arguments of anybody's choosing.
        listed = subprocess.run(  # noqa: S603
            [program, "--list-langs"], capture_output=True, timeout=SECONDS, check=False
        )
        known = listed.stdout.decode("utf-8", errors="replace")
    if program is None or LANGUAGE not in known.split():
        raise OurError(
            _("Máy này chưa có phần mềm nhận dạng chữ tiếng Việt (tesseract)."),
            advice=_("Cài gói tesseract-ocr và tesseract-ocr-vie, hoặc đưa bản có lớp chữ (PDF, DOCX)."),
            code="congkhai-E676", exit_code=2,
        )  # fmt: skip
    return program


def available() -> bool:
    """Tell whether scans can be read on this machine."""
    try:
        _program()
    except OurError:
        return False
    return True


def dimensions(image: bytes) -> tuple[int, int] | None:
    """Return width and height that a PNG or JPEG claims, in pixels; None for other kinds."""
    if image.startswith(b"\x89PNG") and len(image) >= 24:
        width, height = struct.unpack(">II", image[16:24])
        return width, height
    if image.startswith(b"\xff\xd8"):
        index = 2
        while index + 9 < len(image) and image[index] == 0xFF:
            marker, length = image[index + 1], int.from_bytes(image[index + 2 : index + 4], "big")
            if marker in {0xC0, 0xC1, 0xC2, 0xC3}:
                height, width = struct.unpack(">HH", image[index + 5 : index + 9])
                return width, height
            index += 2 + length
    return None


def _failed(name: str) -> InputError:
    return InputError(
        _("Không nhận dạng được chữ trong ảnh."), where=name,
        advice=_("Quét lại rõ hơn, thẳng trang, ở 200–300 dpi."), code="congkhai-E676",
    )  # fmt: skip
