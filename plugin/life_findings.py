"""What a dossier says about the life of its disclosure: early ends, gaps, overstays, missing forms, wide exemptions."""

from collections.abc import Iterator

import sqlalchemy as sa

from .house import House
from .periods import is_suspended
from .planning import missing_forms
from .publish import last_moment_of
from .records import Break, Disclosure, Finding, Posting, Severity
from .regulation_records import DurationKind
from .store import read
from .store import tables as t
from .text import _

_KINDS = {"gap": "L06", "change": "L07", "correction": "L08", "pause": "L09"}


def life_findings(house: House, matter: Disclosure) -> tuple[Finding, ...]:
    """
    Return the findings on the life of a disclosure.

    Ids: L02 an end before its time on the head's word, L03 a form that is owed and not used, L04 an exact time
    exceeded, L05 an exemption wider than the Law, L06 a gap, L07 other content, L08 a corrected paper, L09 a pause.
    A gap that is not over, or whose cost was not yet paid, is an error; one that was made good is a warning.
    """
    with house.store.read() as connection:
        return tuple(_findings(house, connection, matter))


def _findings(house: House, connection: sa.Connection, matter: Disclosure) -> Iterator[Finding]:
    for title in missing_forms(house, matter.key):
        yield Finding(
            "L03", Severity.WARN, matter.id, _("Chưa dùng hình thức công khai bắt buộc: {title}.").format(title=title),
            _("Cấu hình kênh cho hình thức này, hoặc ghi rõ lý do trong báo cáo."),
        )  # fmt: skip
    for posting in matter.postings:
        yield from _ends(house, posting)
        yield from _exemption(connection, posting)
        breaks = read.breaks(connection, posting.id)
        for one in breaks:
            yield _interruption(posting, one, unpaid=is_suspended((one,)))


def _ends(house: House, posting: Posting) -> Iterator[Finding]:
    for proof in posting.evidence:
        if proof.kind == "early_end":
            message = _("Kết thúc công khai sớm theo lệnh của {by}: {reason}").format(by=proof.by, reason=proof.note)
            yield Finding("L02", Severity.ERROR, posting.channel, message, _("Niêm yết lại cho đủ thời gian."))
    exact = posting.kind == DurationKind.EXACT and posting.close_from is not None
    if exact and posting.posted_to is not None and posting.posted_to > last_moment_of(house, posting):
        message = _("Thời gian công khai đúng {days} ngày nhưng gỡ muộn.").format(days=posting.required_days)
        yield Finding("L04", Severity.WARN, posting.channel, message, _("Ghi rõ lý do gỡ muộn trong báo cáo."))


def _exemption(connection: sa.Connection, posting: Posting) -> Iterator[Finding]:
    row = connection.execute(sa.select(t.exemption).where(t.exemption.c.posting == posting.id)).one_or_none()
    if row is None:
        return
    if row.effective:
        message = _("Được miễn thời gian công khai theo {source}: {notice}.")
        yield Finding(
            "L05", Severity.INFO, posting.channel, message.format(source=row.source, notice=row.notice),
            _("Kèm bản thông báo bằng văn bản vào hồ sơ."),
        )  # fmt: skip
        return
    message = _("Miễn thời gian công khai ({source}) rộng hơn Luật nên không có hiệu lực; vẫn phải công khai đủ.")
    advice = _("Đề nghị sửa quy chế theo khoản 1 Điều 48 Luật 10/2022/QH15.")
    yield Finding("L05", Severity.WARN, posting.channel, message.format(source=row.source), advice)


def _interruption(posting: Posting, one: Break, *, unpaid: bool) -> Finding:
    words = {
        "gap": _("Nội dung đã có lúc không còn hiển thị."),
        "change": _("Nội dung đã có lúc khác với bản đã đăng."),
        "correction": _("Văn bản được thay bằng bản đã sửa trong thời gian công khai."),
        "pause": _("Việc công khai đã có lúc tạm dừng."),
    }[one.kind]
    calm = one.kind in ("pause", "correction")
    severity = Severity.ERROR if unpaid else Severity.INFO if calm else Severity.WARN
    advice = _("Xem khoảng gián đoạn và cách tính trong biên bản kết thúc.")
    return Finding(_KINDS[one.kind], severity, posting.channel, words, advice)
