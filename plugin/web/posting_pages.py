"""One place of publication: printing its sheet, confirming it with evidence, pausing, looking, taking it down."""

from starlette.responses import Response

from ..confirmation import confirm, evidence_fields
from ..continuity import confirm_seen, open_break
from ..desk import confirm_taken_down, release_posting
from ..errors import InputError
from ..exemptions import CONDITIONS, exempt_posting, is_effective, rule_of
from ..guards import may_end
from ..interfaces import Printable
from ..pausing import pause_posting, resume_posting
from ..privacy_guard import HELD
from ..probing import act_of
from ..publish import channel_of, notice_of
from ..records import Disclosure, DisclosureState, Posting, PostingState
from ..store import read
from ..text import _
from .downloads import download
from .fields import moment_field, picture, require_newest, sniffed, stamp
from .render import page
from .rights import Right
from .routes import Page
from .visit import Visit, redirect

_CONFIRMED = (PostingState.WAITING, PostingState.UNSURE)


def _present(visit: Visit) -> tuple[Posting, Disclosure]:
    """Read the posting of the address. Raises InputError when it is not one of this agency."""
    with visit.house.store.read() as connection:
        posting = read.posting(connection, visit.path("posting"))
        matter = read.disclosure(connection, posting.disclosure)
    if matter.agency != visit.house.agency:
        raise InputError(_("Không có lần công khai nào mang mã này."), where=posting.id, code="congkhai-E140")
    return posting, matter


def show(visit: Visit) -> Response:
    """Show a posting with what can be done about it now."""
    house = visit.house
    posting, matter = _present(visit)
    channel = house.channels.get(posting.channel)
    with house.store.read() as connection:
        lasting = open_break(read.breaks(connection, posting.id))
        looks = read.looks(connection, posting.id)[-5:]
    attended = channel is None or channel.attended
    waits = posting.state in _CONFIRMED and matter.state is DisclosureState.DUE
    replaced = posting.state is PostingState.UP and attended and lasting is not None and lasting.kind == "correction"
    acts = {
        "release": waits and posting.mode == "release",
        "privacy": waits and posting.mode == HELD,
        "confirm": replaced or (waits and posting.mode not in ("release", HELD)),
        "down": posting.state is PostingState.UP and attended,
        "pause": posting.state is PostingState.UP and lasting is None and matter.state is not DisclosureState.CLOSING,
        "resume": posting.state is PostingState.UP and lasting is not None and lasting.kind == "pause",
        "seen": posting.state is PostingState.UP,
        "exempt": _may_exempt(visit, posting, matter),
    }
    step = channel.instructions(act_of(house, posting, "publish").key) if channel and waits else ""
    return page(
        visit, "posting.html", posting=posting, matter=matter, acts=acts, step=step, looks=looks, lasting=lasting,
        evidence=evidence_fields(house, posting.id), printable=isinstance(channel, Printable), seen=stamp(posting),
        early=not may_end(posting, house.clock.now()), conditions=CONDITIONS, stays=not posting.required_days,
    )  # fmt: skip


def _may_exempt(visit: Visit, posting: Posting, matter: Disclosure) -> bool:
    rules = [rule for rule in (rule_of(visit.house, one) for one in CONDITIONS) if rule is not None]
    open_for_it = matter.state in (DisclosureState.DUE, DisclosureState.POSTED)
    allowed = any(is_effective(rule, posting) or rule.wider_than_law for rule in rules)
    return allowed and open_for_it and bool(posting.required_days) and posting.state is not PostingState.DOWN


def sheet(visit: Visit) -> Response:
    """Return the sheet to print for the board."""
    posting, matter = _present(visit)
    channel = channel_of(visit.house, posting)
    if not isinstance(channel, Printable):
        raise InputError(
            _("Hình thức này không có tờ để in."), where=posting.id, code="congkhai-E566",
            advice=_("Khai kênh với type = notice-board."),
        )  # fmt: skip
    pdf = channel.sheet(notice_of(visit.house, matter, posting))
    return download(pdf, f"to-niem-yet-{posting.id}.pdf", "application/pdf")


def confirmed(visit: Visit) -> Response:
    """Confirm a posting with the evidence that its form asks for."""
    posting, matter = _present(visit)
    require_newest(visit, posting)
    fields = evidence_fields(visit.house, posting.id)
    answers = {one.key: visit.text(f"e-{one.key}") for one in fields if one.kind != "file"}
    files = {one.key: _file(visit, f"e-{one.key}") for one in fields if one.kind == "file"}
    if not any(one.key == "photo" for one in fields):
        files["photo"] = picture(visit, "photo")
    confirm(
        visit.house, posting.id, visit.person, since=moment_field(visit, "since"),
        answers={key: text for key, text in answers.items() if text},
        files={key: data for key, data in files.items() if data}, remark=visit.text("remark"),
        address=visit.text("address"),
    )  # fmt: skip
    return redirect(f"/cong-khai/{matter.id}", done="posted")


def _file(visit: Visit, name: str) -> bytes:
    given = visit.upload(name)
    return given[1] if given else b""


def released(visit: Visit) -> Response:
    """Let a channel act that may not act alone."""
    posting, matter = _present(visit)
    require_newest(visit, posting)
    release_posting(visit.house, posting.id, visit.person, reason=visit.text("reason"))
    return redirect(f"/cong-khai/{matter.id}", done="saved")


def taken_down(visit: Visit) -> Response:
    """Confirm that a posting came down; before its time only the head may answer for it."""
    posting, matter = _present(visit)
    require_newest(visit, posting)
    confirm_taken_down(
        visit.house, posting.id, visit.person, at=moment_field(visit, "at") or visit.house.clock.now(),
        photo=picture(visit, "photo"),
    )  # fmt: skip
    return redirect(f"/cong-khai/{matter.id}", done="taken-down")


def taken_down_early(visit: Visit) -> Response:
    """Take a posting down before its time, in the words of the head."""
    posting, matter = _present(visit)
    require_newest(visit, posting)
    confirm_taken_down(
        visit.house, posting.id, visit.person, at=moment_field(visit, "at") or visit.house.clock.now(),
        early_reason=visit.text("reason", needed=_("lý do kết thúc sớm")),
    )  # fmt: skip
    return redirect(f"/cong-khai/{matter.id}", done="taken-down")


def paused(visit: Visit) -> Response:
    """Take a posting off for a while."""
    posting, _matter = _present(visit)
    require_newest(visit, posting)
    pause_posting(visit.house, posting.id, visit.person, visit.text("reason", needed=_("lý do tạm dừng")))
    return redirect(f"/niem-yet/{posting.id}", done="saved")


def resumed(visit: Visit) -> Response:
    """Put a paused posting up again."""
    posting, _matter = _present(visit)
    require_newest(visit, posting)
    resume_posting(visit.house, posting.id, visit.person, photo=picture(visit, "photo"))
    return redirect(f"/niem-yet/{posting.id}", done="saved")


def looked(visit: Visit) -> Response:
    """Write that somebody looked at the place: it stands there, or it does not."""
    posting, _matter = _present(visit)
    confirm_seen(
        visit.house, posting.id, visit.person, at=moment_field(visit, "at") or visit.house.clock.now(),
        visible=visit.text("gone") == "", photo=picture(visit, "photo"), remark=visit.text("remark"),
    )  # fmt: skip
    return redirect(f"/niem-yet/{posting.id}", done="saved")


def exempted(visit: Visit) -> Response:
    """Record that everybody was told in writing; where that is wider than the Law, the time stays owed."""
    posting, _matter = _present(visit)
    require_newest(visit, posting)
    notified = moment_field(visit, "notified")
    if notified is None:
        raise InputError(
            _("Còn thiếu: {what}.").format(what=_("thời điểm mọi người đã nhận được")), where="notified",
            code="congkhai-E706",
        )  # fmt: skip
    effective = exempt_posting(
        visit.house, posting.id, visit.person, notice=visit.text("notice"), notified=notified,
        reason=visit.text("reason"), condition=visit.text("condition") or CONDITIONS[0], scan=_file(visit, "scan"),
    )  # fmt: skip
    return redirect(f"/niem-yet/{posting.id}", done="exempted" if effective else "exempted-wider")


def proof(visit: Visit) -> Response:
    """Hand out a kept piece of evidence."""
    posting, _matter = _present(visit)
    wanted = visit.path("digest")
    for one in posting.evidence:
        if one.sha256 and one.sha256 == wanted and one.kind in ("photo", "document"):
            data = visit.house.store.vault.read(one.sha256)
            media_type = sniffed(data, scan=True) or "application/octet-stream"
            ending = media_type.rpartition("/")[2] if media_type != "application/octet-stream" else "bin"
            return download(data, f"minh-chung-{one.sha256[:8]}.{ending}", media_type)
    raise InputError(_("Không có minh chứng này."), where=wanted, code="congkhai-E140")


PAGES = (
    Page("/niem-yet/{posting}", "GET", Right.READ, show),
    Page("/niem-yet/{posting}/to-niem-yet.pdf", "GET", Right.CLERK, sheet),
    Page("/niem-yet/{posting}/minh-chung/{digest}", "GET", Right.READ, proof, journal="read.proof", subject="posting"),
    Page("/niem-yet/{posting}/xac-nhan", "POST", Right.CLERK, confirmed),
    Page("/niem-yet/{posting}/cho-dang", "POST", Right.CLERK, released),
    Page("/niem-yet/{posting}/go", "POST", Right.CLERK, taken_down),
    Page("/niem-yet/{posting}/go-som", "POST", Right.DECIDE, taken_down_early),
    Page("/niem-yet/{posting}/tam-dung", "POST", Right.CLERK, paused),
    Page("/niem-yet/{posting}/tiep-tuc", "POST", Right.CLERK, resumed),
    Page("/niem-yet/{posting}/da-xem", "POST", Right.CLERK, looked),
    Page("/niem-yet/{posting}/mien", "POST", Right.CLERK, exempted),
)
