"""What the life of a disclosure asks of people: to release, to restore, to resume, to replace, to answer."""

import sqlalchemy as sa

from .clock import ZONE
from .house import House
from .records import Break, Disclosure, DisclosureState, Posting, PostingState
from .store import read
from .supply import supplies
from .text import _

_PUBLIC = (DisclosureState.DUE, DisclosureState.POSTED, DisclosureState.FILED)


def is_held(posting: Posting) -> bool:
    """Tell whether a posting waits for a person's leave, not for a person's hands."""
    return posting.state is PostingState.WAITING and posting.mode == "release"


def life_waiting(house: House, connection: sa.Connection, matter: Disclosure) -> list[dict[str, str]]:
    """Return what waits for people on the postings of one matter, with the next step for each."""
    if matter.state not in _PUBLIC:
        return []
    base = {"id": matter.id, "title": matter.title}
    found: list[dict[str, str]] = []
    for posting in matter.postings:
        if is_held(posting):
            step = _("Cho phép đăng lên {place}: congkhai disclosure release {id}.").format(
                place=posting.place, id=posting.id
            )
            found.append({**base, "what": "release", "subject": posting.id, "next": step})
        if posting.state is PostingState.UP:
            lasting = [one for one in read.breaks(connection, posting.id) if one.ended is None]
            found += [
                {**base, "what": one.kind, "subject": posting.id, "next": _next(house, posting, one)} for one in lasting
            ]
    return found


def _next(house: House, posting: Posting, one: Break) -> str:
    channel = house.channels.get(posting.channel)
    attended = channel is None or channel.attended
    if one.kind == "pause":
        words = _("Đang tạm dừng tại {place}: cho hiển thị lại bằng congkhai disclosure resume {id}.")
    elif one.kind == "correction" and attended:
        words = _("Thay bằng bản đã sửa tại {place} rồi xác nhận: congkhai disclosure posted {id}.")
    elif one.kind == "correction":
        words = _("Đang đăng lại bản đã sửa tại {place}.")
    elif attended:
        words = _("Không còn thấy tại {place}: niêm yết lại rồi xác nhận bằng congkhai disclosure seen {id}.")
    else:
        words = _("Nội dung tại {place} bị gián đoạn: khôi phục; congkhai tự nhận ra khi có lại ({id}).")
    return words.format(place=posting.place, id=posting.id)


def supply_waiting(house: House, connection: sa.Connection) -> list[dict[str, str]]:
    """Return the requests for information that nobody has answered yet."""
    step = _("Trả lời yêu cầu số {number} trước {due}: congkhai disclosure answer {number}.")
    return [
        {
            "id": one.disclosure, "title": one.wanted, "what": "supply", "subject": str(one.id),
            "next": step.format(number=one.id, due=f"{one.due.astimezone(ZONE):%H:%M %d/%m/%Y}"),
        }
        for one in supplies(connection, house.agency, open_only=True)
    ]  # fmt: skip
