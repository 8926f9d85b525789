"""What the tests of channels share: a vault in memory, a context, a notice, a clock."""

import hashlib
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from congkhai.plugin.clock import FixedClock
from congkhai.plugin.errors import StoreError
from congkhai.plugin.interfaces import Context
from congkhai.plugin.records import FilingFile, Notice

NOW = datetime(2026, 7, 6, 1, tzinfo=UTC)
"""Monday 6 July 2026, eight in the morning in Vietnam."""
TITLE = "Kế hoạch công khai năm 2026 <của> xã Mẫu Sơn & các thôn"
BODY = "UBND xã Mẫu Sơn công khai theo Điều 6.2.\nThời gian công khai: ít nhất 20 ngày liên tục."


class Vault:
    """Bytes by digest, as the house lends them."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}

    def put(self, content: bytes, name: str, media_type: str = "application/pdf") -> FilingFile:
        sha256 = hashlib.sha256(content).hexdigest()
        self.blobs[sha256] = content
        return FilingFile(name, media_type, sha256, len(content))

    def open(self, sha256: str) -> BinaryIO:
        if sha256 not in self.blobs:
            raise StoreError("không có", code="congkhai-E414")
        return io.BytesIO(self.blobs[sha256])


class Bench:
    """A context with its clock and vault, and notices to publish."""

    def __init__(self, folder: Path) -> None:
        self.vault = Vault()
        self.clock = FixedClock(NOW)
        self.context = Context("kenh", "main", self.clock, self.vault.open, folder / "plugin")
        self.pdf = self.vault.put(b"%PDF-1.7 mot", "Kế hoạch số 15/KH-UBND ngày 06.7.pdf")
        self.trap = self.vault.put(b"<script>alert(1)</script>", "../../etc/passwd.html", "text/html")

    def notice(self, key: str = "k1", disclosure: str = "c0123456789abcde") -> Notice:
        return Notice(key, disclosure, TITLE, BODY, (self.pdf, self.trap))
