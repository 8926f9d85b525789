"""
What ``congkhai check`` says of the trust folder: every anchor with its fingerprint, for what and when it is trusted.

A fingerprint is shown so that people can hold it against the one they were given another way; nothing is trusted on the
strength of what is printed here.

Source: TT 15/2025/TT-BKHCN Điều 6 (certificates are installed, shown and removed by their user).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .clock import ZONE
from .records import CheckResult
from .text import _
from .verification import clean

if TYPE_CHECKING:
    from congkhai.signing import Term, Trust, TrustSource

_GROUP = 4


def anchor_results(trust: "Trust", folder: Path) -> Iterator[CheckResult]:
    """
    Yield one result for each anchor, then one for the folder.

    Args:
        trust: what was loaded.
        folder: from where.
    """
    anchors = [one for one in trust.sources if one.kind == "anchor"]
    for one in anchors:
        yield CheckResult("trust", "ok", _anchor(one))
    others = ", ".join(
        f"{name} {sum(one.kind == kind for one in trust.sources)}"
        for kind, name in (("intermediate", _("chứng thư trung gian")), ("crl", "CRL"), ("ocsp", "OCSP"))
    )
    if not anchors:
        text = _("Thư mục {folder} chưa có chứng thư gốc ({others}).")
        yield CheckResult(
            "trust", "warn", text.format(folder=folder, others=others),
            _("Đặt chứng thư gốc mà cơ quan đã xác nhận dấu vân tay vào thư mục này."),
        )  # fmt: skip
        return
    text = _("Đọc được {count} chứng thư gốc trong {folder} ({others}).")
    yield CheckResult(
        "trust", "ok", text.format(count=len(anchors), folder=folder, others=others),
        _("Đối chiếu từng dấu vân tay SHA-256 với nguồn độc lập trước khi tin."),
    )  # fmt: skip


def fingerprint(sha256: str) -> str:
    """Return a digest in groups that people can compare."""
    upper = sha256.upper()
    return " ".join(upper[at : at + _GROUP] for at in range(0, len(upper), _GROUP))


def _anchor(one: "TrustSource") -> str:
    terms = "; ".join(_term(term) for term in one.terms) or _("mọi mục đích, mọi thời gian")
    text = _("Chứng thư gốc {file}: {subject}. SHA-256 {fingerprint}. Tin cho: {terms}.")
    return text.format(
        file=clean(one.file), subject=clean(one.subject), fingerprint=fingerprint(one.sha256), terms=terms
    )


def _term(term: "Term") -> str:
    names = {"signer": _("người ký"), "timestamp": _("dấu thời gian")}
    parts = [", ".join(names[one] for one in term.purposes)]
    if term.valid_from is not None:
        parts.append(_("từ {day}").format(day=f"{term.valid_from.astimezone(ZONE):%d/%m/%Y}"))
    if term.valid_until is not None:
        parts.append(_("đến hết {day}").format(day=f"{term.valid_until.astimezone(ZONE):%d/%m/%Y}"))
    if term.source:
        parts.append(clean(term.source))
    return " ".join(parts)
