"""
Vietnamese of the time before Unicode: TCVN3 (ABC), VNI and code page 1258 recognised and read.

Such text comes as bytes, or as Latin letters inside a modern file whose font is missing (``Céng hoµ x· héi``). Which
of them it is, the words decide: the reading that gives most ordinary Vietnamese words.
"""

import codecs
import contextlib
import re
import unicodedata

_TCVN3 = {
    0xA1: "Ă", 0xA2: "Â", 0xA3: "Ê", 0xA4: "Ô", 0xA5: "Ơ", 0xA6: "Ư", 0xA7: "Đ", 0xA8: "ă", 0xA9: "â", 0xAA: "ê",
    0xAB: "ô", 0xAC: "ơ", 0xAD: "ư", 0xAE: "đ", 0xB5: "à", 0xB6: "ả", 0xB7: "ã", 0xB8: "á", 0xB9: "ạ", 0xBB: "ằ",
    0xBC: "ẳ", 0xBD: "ẵ", 0xBE: "ắ", 0xC6: "ặ", 0xC7: "ầ", 0xC8: "ẩ", 0xC9: "ẫ", 0xCA: "ấ", 0xCB: "ậ", 0xCC: "è",
    0xCE: "ẻ", 0xCF: "ẽ", 0xD0: "é", 0xD1: "ẹ", 0xD2: "ề", 0xD3: "ể", 0xD4: "ễ", 0xD5: "ế", 0xD6: "ệ", 0xD7: "ì",
    0xD8: "ỉ", 0xDC: "ĩ", 0xDD: "í", 0xDE: "ị", 0xDF: "ò", 0xE1: "ỏ", 0xE2: "õ", 0xE3: "ó", 0xE4: "ọ", 0xE5: "ồ",
    0xE6: "ổ", 0xE7: "ỗ", 0xE8: "ố", 0xE9: "ộ", 0xEA: "ờ", 0xEB: "ở", 0xEC: "ỡ", 0xED: "ớ", 0xEE: "ợ", 0xEF: "ù",
    0xF1: "ủ", 0xF2: "ũ", 0xF3: "ú", 0xF4: "ụ", 0xF5: "ừ", 0xF6: "ử", 0xF7: "ữ", 0xF8: "ứ", 0xF9: "ự", 0xFA: "ỳ",
    0xFB: "ỷ", 0xFC: "ỹ", 0xFD: "ý", 0xFE: "ỵ",
}  # fmt: skip
# VNI writes the letter and then a sign for hat, breve and tone together.
_VNI_TONES = dict(zip("ùøûõï", "\u0301\u0300\u0309\u0303\u0323", strict=True))
_VNI_HATS = {"â": "\u0302", "á": "\u0302\u0301", "à": "\u0302\u0300", "å": "\u0302\u0309", "ã": "\u0302\u0303",
             "ä": "\u0302\u0323"}  # fmt: skip
_VNI_BREVES = {"ê": "\u0306", "é": "\u0306\u0301", "è": "\u0306\u0300", "ú": "\u0306\u0309", "ü": "\u0306\u0303",
               "ë": "\u0306\u0323"}  # fmt: skip
_VNI_ALONE = {"ô": "ơ", "ö": "ư", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "ñ": "đ"}
_COMMON = frozenset({
    "và", "của", "các", "cho", "được", "không", "với", "là", "theo", "trong", "tại", "về", "công", "khai", "ngày",
    "tháng", "năm", "căn", "cứ", "luật", "nghị", "định", "số", "biên", "bản", "niêm", "yết", "thời", "gian", "địa",
    "điểm", "ủy", "uỷ", "ban", "nhân", "dân", "xã", "chủ", "tịch", "cộng", "hòa", "hội", "nghĩa", "việt",
    "nam", "độc", "lập", "tự", "do", "hạnh", "phúc", "kế", "hoạch", "báo", "cáo", "quy", "chế", "thực", "hiện",
    "cơ", "sở", "quyết", "nơi", "nhận", "ý", "kiến",
})  # fmt: skip
_ENOUGH = 3


def decode(data: bytes) -> tuple[str, str]:
    """
    Decode the bytes of a text file.

    Returns:
        The text, and what it was written in: ``utf-8``, ``utf-16``, ``tcvn3``, ``vni``, ``cp1258``.

    Raises:
        UnicodeDecodeError: bytes that are no text in any of them.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16"), "utf-16"
    if b"\x00" in data:
        raise UnicodeDecodeError("utf-8", data[:1], 0, 1, "binary")
    try:
        return modern(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        pass
    readings = {"tcvn3": _tcvn3(data.decode("latin-1")), "vni": _vni(data.decode("latin-1"))}
    with contextlib.suppress(UnicodeDecodeError):
        readings["cp1258"] = unicodedata.normalize("NFC", data.decode("cp1258"))
    best = max(readings, key=lambda name: _words(readings[name]))
    if _words(readings[best]) < _ENOUGH:
        return data.decode("utf-8"), "utf-8"  # raises: nothing Vietnamese in it
    return readings[best], best


def modern(text: str) -> tuple[str, str]:
    """Return a text in Unicode: as it is, or read from old letters that a modern file carries."""
    if not re.search(r"[\u0080-\u00ff]", text):
        return text, "utf-8"
    readings = {"utf-8": text, "tcvn3": _tcvn3(text), "vni": _vni(text)}
    scores = {name: _words(reading) for name, reading in readings.items()}
    best = max(scores, key=lambda name: scores[name])
    if best != "utf-8" and scores[best] >= _ENOUGH and scores[best] > 2 * scores["utf-8"]:
        return readings[best], best
    return text, "utf-8"


def _tcvn3(text: str) -> str:
    return text.translate(_TCVN3)


def _vni(text: str) -> str:
    found: list[str] = []
    for letter in text:
        low, capital = letter.lower(), letter.isupper()
        before = found[-1] if found else ""
        marks = ""
        if before[:1].lower() in set("aeiouyơư"):
            hats = _VNI_HATS if before.lower() in {"a", "e", "o"} else {}
            breves = _VNI_BREVES if before.lower() == "a" else {}
            marks = _VNI_TONES.get(low) or hats.get(low) or breves.get(low) or ""
        if marks:
            found[-1] = unicodedata.normalize("NFC", before + marks)
        else:
            plain = _VNI_ALONE.get(low, low)
            found.append(plain.upper() if capital else plain)
    return "".join(found)


def _words(text: str) -> int:
    """Count ordinary Vietnamese words that carry a diacritic, each once."""
    words = set(re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", text).lower()))
    return len({word for word in words & _COMMON if not word.isascii()})
