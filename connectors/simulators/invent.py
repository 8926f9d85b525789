"""
Papers invented from a seed, for a simulator that is started without a scenario: the same seed gives the same papers.

They are made up from end to end; names, numbers and places belong to nobody. Beside ordinary ones there are those that
real systems hold too: secret, unmarked, without number, with an impossible date, with a file whose name is an attack.
"""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2025, 7, 1, 1, 0, tzinfo=UTC)
_KINDS = (
    ("Quyết định", "QĐ-UBND", "Phê duyệt {thing}"),
    ("Kế hoạch", "KH-UBND", "Triển khai {thing}"),
    ("Báo cáo", "BC-UBND", "Kết quả thực hiện {thing}"),
    ("Thông báo", "TB-UBND", "Kết luận về {thing}"),
    ("Công văn", "UBND-VX", "V/v {thing}"),
    ("Giấy mời", "GM-UBND", "Họp bàn {thing}"),
)
_THINGS = (
    "dự toán thu, chi ngân sách năm 2025", "quy hoạch đất ở khu trung tâm", "tuyển dụng công chức",
    "công tác phòng cháy, chữa cháy", "mua sắm tài sản công", "quy chế làm việc của cơ quan",
    "kết quả giải quyết đơn thư", "chuyển đổi số trong cơ quan", "an toàn lao động mùa mưa",
)  # fmt: skip
_PLACES = ("UBND tỉnh Mẫu", "Sở Tài chính tỉnh Mẫu", "Sở Nội vụ tỉnh Mẫu", "UBND xã Mẫu Một")
_SIGNERS = ("Nguyễn Văn Mẫu", "Trần Thị Thử", "Lê Văn Ví Dụ")
HOSTILE_NAMES = ("../../etc/passwd", "CON.pdf", "Phụ lục " + "ố" * 300 + ".pdf", "a\u202efdp.exe.pdf", "..\\..\\x.docx")
_ODD = (
    ({"secrecy": "Mật"}, 3), ({"secrecy": ""}, 2), ({"number": ""}, 2), ({"subject": ""}, 1),
    ({"issued": "0001-01-01"}, 1), ({"issued": "2090-05-06"}, 1), ({"fault": "decomposed"}, 3),
    ({"fault": "bad_date"}, 2), ({"fault": "duplicate"}, 2), ({"hostile": True}, 3),
)  # fmt: skip
ODD_SHARE = 0.2
"""How many of the invented papers have something odd about them."""


def invented(via: str, papers: int, seed: int) -> dict[str, Any]:
    """
    Return a scenario of `papers` papers that one simulator shows, an hour apart.

    Args:
        via: the simulator, e.g. ``ioffice``.
        seed: what they are drawn from.
    """
    draw = random.Random(seed)  # noqa: S311 - made-up papers that can be made again
    entries = [_entry(via, number, draw) for number in range(1, papers + 1)]
    end = START + timedelta(hours=papers + 1)
    return {
        "name": f"invented-{via}-{seed}", "start": START.isoformat(), "end": end.isoformat(),
        "agency": {"name": "UBND xã Mẫu Một", "code": "000.00.01.TT1"}, "entries": entries,
    }  # fmt: skip


def _entry(via: str, number: int, draw: random.Random) -> dict[str, Any]:
    at = START + timedelta(hours=number)
    type_, notation, words = draw.choice(_KINDS)
    subject = words.format(thing=draw.choice(_THINGS))
    issued = (at - timedelta(days=draw.randrange(4))).date().isoformat()
    symbol, issuer, signer = f"{number}/{notation}", draw.choice(_PLACES), draw.choice(_SIGNERS)
    text = f"{issuer.upper()}\nSố: {symbol}\n\n{type_.upper()}\n{subject}\n\nNgười ký: {signer}"
    names = [f"{number}-{notation.replace('Đ', 'D')}.pdf", *(["phu-luc.docx"] if draw.random() < 0.3 else [])]
    entry: dict[str, Any] = {
        "id": f"{via[:2]}-{number:05d}", "at": at.isoformat(), "via": via,
        "direction": "in" if draw.random() < 0.7 else "out", "type": type_, "number": symbol, "issued": issued,
        "issuer": issuer, "subject": subject, "secrecy": "Thường", "signer": signer, "urgency": "Thường",
        "files": [{"name": name, "text": text} for name in names],
    }  # fmt: skip
    if draw.random() < ODD_SHARE:
        kinds, weights = zip(*_ODD, strict=True)
        odd = dict(draw.choices(kinds, weights)[0])
        if odd.pop("hostile", False):
            entry["files"] = [{"name": name, "text": text} for name in HOSTILE_NAMES]
        entry |= odd
    return entry
