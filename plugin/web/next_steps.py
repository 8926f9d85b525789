"""What a matter waits for, in one sentence each, with the page where it is done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..disclosures import STOPPED
from ..house import House
from ..life_status import is_held
from ..records import Disclosure, DisclosureState, Dossier, Minutes, PostingState
from ..status import left_up
from ..text import _
from .words import moment_words, paper_words

_S = DisclosureState


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is waited for: what, and the path of the page for it; empty where nobody has to do anything."""

    words: str
    path: str


def next_steps(
    house: House, matter: Disclosure, papers: Sequence[Minutes], dossier: Dossier | None, closes: datetime | None
) -> list[Step]:  # fmt: skip
    """
    Return what a matter waits for, the first thing first.

    Args:
        closes: the lawful moment from which it may be ended, if any.
    """
    return list(_steps(house, matter, papers, dossier, closes))


def _steps(
    house: House, matter: Disclosure, papers: Sequence[Minutes], dossier: Dossier | None, closes: datetime | None
) -> Iterator[Step]:  # fmt: skip
    if matter.state in (_S.PROPOSED, _S.REVIEW):
        yield Step(
            _("Xem đề xuất rồi đồng ý, đổi nhóm, hoặc không công khai kèm lý do."), f"/nhan/{matter.documents[0]}"
        )
    stopped = matter.state in STOPPED
    down = left_up(house, matter) if stopped or matter.state is _S.CLOSING else []
    for one in matter.postings:
        path = f"/niem-yet/{one.id}"
        if one.state is PostingState.WAITING and matter.state is _S.DUE:
            words = _("Cho phép đăng lên {place}.") if is_held(one) else _("Niêm yết tại {place} rồi xác nhận.")
            yield Step(words.format(place=one.place), path)
        elif one.state is PostingState.UNSURE:
            yield Step(_("Kiểm tra trên {place} xem đã đăng chưa rồi xác nhận.").format(place=one.place), path)
        elif one in down:
            yield Step(_("Gỡ khỏi {place} rồi xác nhận.").format(place=one.place), path)
    titles = {rule.role: rule.title for rule in house.regulation.signers}
    for paper in papers:
        if paper.missing:
            who = ", ".join(titles.get(role) or role for role in paper.missing)
            yield Step(_("{paper}: chờ ký: {who}.").format(paper=paper_words(paper.kind), who=who), f"/ky/{paper.id}")
    if dossier is not None and not dossier.sha256:
        yield Step(_("Bổ sung những phần hồ sơ còn thiếu."), f"/ho-so/{dossier.id}")
    if matter.state is _S.POSTED and closes is not None:
        yield Step(_("Để hiển thị ít nhất đến {moment}; khi đó hệ thống lập biên bản kết thúc.").format(
            moment=moment_words(closes)), "")  # fmt: skip
