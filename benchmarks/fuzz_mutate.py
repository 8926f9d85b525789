"""Mutations of bytes, of JSON values and of XML text: what dirty systems send, and what an attacker would."""

import json
import random
import re
from typing import Any

_BYTES = (
    b"\x00", b"\xff", b"<", b">", b"&", b'"', b"{", b"}", b"[", b"]", b"\\u0000", b"\\ud800", b"&#x0;", b"&#55296;",
    b"\xef\xbb\xbf", b"\xed\xa0\x80", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"<![CDATA[", b"]]>", b"<!--", b"-->",
    b"<?xml version='1.1'?>", b"xmlns:a='urn:b'", b"=", b"====", b"\r\n--", b"9" * 400, b"-0", b"1e999", b"NaN",
    "m\u1eadt".encode(), "MA\u0323\u0302T".encode(), "\u202e".encode(), b"../../etc/passwd", b"CON.pdf", b"PK\x03\x04",
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**400, 1.5e308, -0.0, float("nan"), "", " ", "null", "{rỗng}", "Mật", "Tuyệt mật", [],
    {}, [[]], {"": {}}, [None] * 50, "31/02/2025", "00/00/0000", "0001-01-01", "9999-12-31", "2090-05-06",
    "1/1/1 1:1:1", "\ud800", "\x00", "a" * 5000, "ơ̂" * 300, "../../etc/passwd", "CON.pdf", "a\u202efdp.exe",
    "9" * 5000, "-1", "1e9", {"id": {"id": {"id": 1}}}, "<script>", "٣١/٠٢/٢٠٢٥", "²", "१२",
)  # fmt: skip
_TAG = re.compile(rb"<[^>]{1,200}>")
_ELEMENT = re.compile(rb"<([A-Za-z][\w:.-]*)[^>]*>[^<]*</\1>")
_MOST = 1 << 20
"""Longest mutated input, bytes; size limits have tests of their own."""


def mutated(data: bytes, dice: random.Random, others: list[bytes]) -> bytes:
    """Return `data` changed in one to a few ways, chosen by its kind."""
    for _turn in range(dice.choice((1, 1, 1, 2, 3, 6))):
        head = data[:64].lstrip()
        kind = dice.random()
        if head.startswith((b"{", b"[")) and kind < 0.65:
            data = _json(data, dice)
        elif b"<" in data[:400] and kind < 0.5:
            data = _xml(data, dice, others)
        else:
            data = _bytes(data, dice, others)
        if len(data) > _MOST:
            return data[:_MOST]
    return data


def _bytes(data: bytes, dice: random.Random, others: list[bytes]) -> bytes:
    at = dice.randrange(len(data) + 1)
    end = min(len(data), at + int(dice.expovariate(1 / 12)) + 1)
    how = dice.randrange(8)
    if how == 0:
        return data[:at] + bytes([dice.randrange(256)]) + data[at + 1 :]
    if how == 1:
        return data[:at] + data[end:]
    if how == 2:
        return data[:at] + dice.choice(_BYTES) + data[at:]
    if how == 3:
        return data[:at] + data[at:end] * dice.choice((2, 3, 50, 1000)) + data[end:]
    if how == 4:
        return data[:at]
    if how == 5:
        other = dice.choice(others)
        return data[:at] + other[dice.randrange(len(other) + 1) :]
    if how == 6:
        return data[:at] + dice.randbytes(dice.randrange(1, 40)) + data[at:]
    return data[:at] + dice.choice(_BYTES) + data[end:]


def _json(data: bytes, dice: random.Random) -> bytes:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return data[: dice.randrange(len(data) + 1)]
    how = dice.random()
    if how < 0.03:  # deeper than any parser likes
        deep = dice.choice((500, 5000, 100_000))
        return b"[" * deep + (b"]" * deep if dice.random() < 0.5 else b"")
    places = list(_places(value))
    if not places:
        return json.dumps(dice.choice(_VALUES), ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")
    holder, key = dice.choice(places)
    if how < 0.75:
        holder[key] = dice.choice(_VALUES)
    elif how < 0.85 and isinstance(holder, dict):
        holder[dice.choice((key.upper(), key + " ", "", "id", "data"))] = holder.pop(key)
    elif how < 0.93:
        del holder[key]
    else:
        holder[key] = {"data": holder[key]} if dice.random() < 0.5 else [holder[key]] * dice.choice((0, 2, 200))
    return json.dumps(value, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")


def _places(value: Any) -> "list[tuple[Any, Any]]":
    found, left = [], [value]
    while left:
        one = left.pop()
        keys = list(one) if isinstance(one, dict) else range(len(one)) if isinstance(one, list) else ()
        for key in keys:
            found.append((one, key))
            left.append(one[key])
    return found


def _xml(data: bytes, dice: random.Random, others: list[bytes]) -> bytes:
    elements = list(_ELEMENT.finditer(data, 0, 40_000))
    how = dice.randrange(7)
    if not elements or how == 0:
        tags = list(_TAG.finditer(data, 0, 40_000))
        if not tags:
            return _bytes(data, dice, others)
        tag = dice.choice(tags)
        return data[: tag.start()] + (tag[0] * dice.choice((0, 2, 40, 400))) + data[tag.end() :]
    one = dice.choice(elements)
    if how == 1:
        return data[: one.start()] + data[one.end() :]
    if how == 2:
        return data[: one.end()] + one[0] * dice.choice((1, 10, 1000)) + data[one.end() :]
    if how == 3:
        other = dice.choice(elements)
        return data[: one.start()] + other[0] + data[one.end() :]
    open_, close = b"<" + one[1] + b">", b"</" + one[1] + b">"
    if how == 4:
        words = str(dice.choice(_VALUES)).encode("utf-8", "replace").replace(b"<", b"&lt;")
        return data[: one.start()] + open_ + words + close + data[one.end() :]
    if how == 5:
        deep = dice.choice((20, 40, 5000))
        return data[: one.start()] + open_ * deep + close * deep + data[one.end() :]
    inside = dice.choice(_BYTES)
    return data[: one.start()] + open_ + inside + close + data[one.end() :]
