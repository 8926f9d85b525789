"""What is uploaded, typed or downloaded runs nowhere, names no file of ours, fills no disk and calls nobody."""

import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from congkhai.connectors.mail_message import base_message
from congkhai.plugin.errors import InputError
from congkhai.plugin.web import app, page_image
from congkhai.plugin.web.downloads import download
from congkhai.plugin.web.fields import sniffed

from .guarded import EVERYBODY, guarded, inside, rows_of
from .inside import Inside

__all__ = ["inside"]


# ------------------------------------------------------------------ uploads and downloads


def test_uploads_that_are_too_large_too_many_or_malformed_are_refused(inside: Inside) -> None:
    most = inside.office.house.configuration.web.upload_limit
    client = inside.visitor()
    one = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n'
    field = b'--b\r\nContent-Disposition: form-data; name="f"\r\n\r\n'
    kinds = {
        "files": one * 51 + b"--b--\r\n", "fields": (field + b"x\r\n") * 2001 + b"--b--\r\n",
        "headers": b"--b\r\n" + b"X-A: b\r\n" * 5000 + b"\r\nx\r\n--b--\r\n", "cut": one[:40], "nothing": b"",
        "header": b"--b\r\nX: " + b"y" * 200_000 + b"\r\n\r\nx\r\n--b--\r\n",
        "field": field + b"x" * 2_000_000 + b"\r\n--b--\r\n", "noise": bytes(range(256)) * 10,
    }  # fmt: skip
    for name, body in kinds.items():
        answer = client.post("/kiem-tra", content=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
        assert (answer.status_code, name) == (400, name)
        guarded(answer)
    for sent in ("multipart/form-data", "multipart/form-data; boundary=", "text/plain", "application/json", "x"):
        assert client.post("/kiem-tra", content=one, headers={"Content-Type": sent}).status_code == 400
    told = client.post("/kiem-tra", content=b"", headers={"Content-Length": str(most + 1)})
    assert (told.status_code, "quá lớn" in told.text) == (400, True)
    sent_ = []

    def pieces() -> Iterator[bytes]:
        yield one[: one.index(b"\r\n\r\n") + 4]
        for number in range(2 * most >> 20):
            sent_.append(number)
            yield bytes(1 << 20)

    told = client.post("/kiem-tra", content=pieces(), headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert (told.status_code, "quá lớn" in told.text) == (400, True)
    assert len(sent_) <= (most >> 20) + 2


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "C:\\a\\b.xml", 'a"\r\nX-Y: z', "\u202egpj.exe", "đơn thư.html", "a" * 500, "", "..", "\x00"],
)
def test_a_download_is_saved_under_a_harmless_name_and_never_run(name: str) -> None:
    answer = download(b"<script>alert(1)</script>", name, "text/html", inline=True)
    disposition = answer.headers["content-disposition"]
    assert re.fullmatch(r"attachment; filename=\"[A-Za-z0-9._ -]+\"; filename\*=UTF-8''[A-Za-z0-9._~%-]*", disposition)
    assert "/" not in disposition.replace("UTF-8''", "")
    assert not re.search(r'filename="\.', disposition)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_a_label_does_not_decide_what_an_upload_is() -> None:
    for data in (b"<html>", b"<?xml?>", b"GIF89a", b"MZ", b"PK\x03\x04", b"", b"%PDF-1.7", b"<svg xmlns='x'/>"):
        assert sniffed(data) == ""
    assert sniffed(b"%PDF-1.7", scan=True) == "application/pdf"


def test_no_uploaded_file_and_nothing_typed_makes_us_call_anybody(inside: Inside) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        far = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        hostile = (
            f'<!DOCTYPE a [<!ENTITY e SYSTEM "{far}"> %p;]><a xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            f'xsi:noNamespaceSchemaLocation="{far}"><?xml-stylesheet href="{far}"?>&e;'
            '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo><Reference URI="'
            + far
            + '"/></SignedInfo>'
            f'<KeyInfo><RetrievalMethod URI="{far}"/></KeyInfo></Signature></a>'
        )
        answer = inside.visitor().post("/kiem-tra", files={"file": ("a.xml", hostile.encode(), "text/xml")})
        assert answer.status_code in (200, 400)
        assert "TOTAL_PASSED" not in answer.text
        posting = inside.office.posting("bang-tin").id
        inside.signed_in(EVERYBODY).post(f"/niem-yet/{posting}/da-xem", data={"address": far, "remark": far})
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_pages_and_interface_have_no_way_out_but_the_one_to_the_provider_of_the_ini() -> None:
    folder = Path(app.__file__).parents[1]
    ways = re.compile(r"^\s*(?:import|from) (?:requests|httpx|urllib\.request|http\.client|aiohttp|ftplib)\b", re.M)
    found = {
        file.name for part in ("web", "api") for file in (folder / part).glob("*.py") if ways.search(file.read_text())
    }
    assert found == {"oidc.py"}


def test_a_preview_gives_the_file_as_bytes_to_a_fixed_program(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[tuple[list[str], dict[str, Any]]] = []

    def run(command: list[str], **more: Any) -> Any:
        called.append((command, more))
        raise page_image.subprocess.TimeoutExpired(command, 1)

    monkeypatch.setattr(page_image.subprocess, "run", run)
    with pytest.raises(InputError):
        page_image.page_image(b"; rm -rf / $(id)", 1)
    ((command, more),) = called
    assert command == [sys.executable, "-m", "congkhai.plugin.web.page_image", "1", "900"]
    assert more["input"] == b"; rm -rf / $(id)"
    assert not more.get("shell")
    assert more["timeout"] <= 60


def test_what_people_typed_makes_no_header(inside: Inside) -> None:
    typed = "a\r\nBcc: x@khac.example\r\n\r\nnội dung"
    message = base_message(
        key="k", sender="a@example.vn", recipient="b@example.vn", subject=typed, at=inside.office.now, list_name="x"
    )
    assert message["Bcc"] is None
    assert b"\nBcc" not in message.as_bytes()
    sent = inside.visitor().get("/dang-nhap", params={"next": f"/{typed}"})
    assert "bcc" not in str(sent.headers).lower()


# ------------------------------------------------------------------ what is typed


def test_quotes_in_what_is_asked_for_find_nothing_and_break_nothing(inside: Inside) -> None:
    client, before = inside.signed_in(EVERYBODY), rows_of(inside)
    title = inside.office.matter().title
    for evil in ("' OR '1'='1", "'; DROP TABLE account; --", "%\\", "\x00{0.__class__}"):
        for path, names in (
            ("/cong-khai", ("tim", "trang-thai", "khoan", "don-vi", "sau")), ("/ho-so", ("tim", "sau")),
        ):  # fmt: skip
            for name in names:
                answer = client.get(path, params={name: evil})
                assert answer.status_code in (200, 400), (path, name, evil)
                if name in ("trang-thai", "khoan") and path == "/cong-khai":
                    assert title not in answer.text
        assert inside.visitor().post("/dang-nhap", data={"name": evil, "password": "x"}).status_code in (401, 400)
        for path in (f"/cong-khai/{quote(evil, safe='')}", f"/dang-cong-khai/{quote(evil, safe='')}"):
            assert client.get(path).status_code in (400, 404)
    changed = {name for name, rows in rows_of(inside).items() if rows != before[name]}
    assert changed <= {"attempt", "journal", "journal_head", "session"}


def test_fields_that_a_form_does_not_have_change_nothing(inside: Inside) -> None:
    client, matter = inside.signed_in("van-thu", anew=True), inside.office.matter()
    holder = inside.holder("van-thu")
    extra = {"id": "x", "agency": "x", "state": "closed", "rights": "admin", "role": "head", "account": "x", "key": "x"}
    client.post("/xac-nhan", data={"password": "sai", **extra})
    client.post("/tai-khoan/phien", data={"session": "x", **extra})
    client.post(f"/dang-cong-khai/{matter.id}/y-kien", data={"text": "ý kiến", **extra})
    assert inside.holder("van-thu") == holder
    assert inside.office.matter().state == matter.state
