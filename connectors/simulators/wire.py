"""What passes between a simulator and its callers, as records, and how a simulator writes files."""

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """
    One HTTP request as it came.

    Attributes:
        path: as sent, still percent-encoded, without the query.
        headers: names in lower case.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Parse the body as JSON; an empty body is an empty object. Raises ValueError."""
        return json.loads(self.body) if self.body.strip() else {}


@dataclass(frozen=True, slots=True)
class Reply:
    """
    One HTTP answer, faults of the wire included.

    Attributes:
        reset: break the connection instead of answering.
        delay_ms: wait this long before answering.
        cut: send only this many bytes of the body, then break the connection.
        drip: send the body slowly, this many bytes a second; 0 sends it at once.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    reset: bool = False
    delay_ms: int = 0
    cut: int | None = None
    drip: int = 0


def json_reply(value: Any, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """Make an answer of a JSON value, UTF-8, unescaped."""
    return Reply(status=status, body=json.dumps(value, ensure_ascii=False).encode("utf-8"), headers=headers)


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file atomically, beside its place and then over it."""
    write_bytes(path, json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file atomically: nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{threading.get_ident()}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
