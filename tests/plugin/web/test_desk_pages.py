"""What clerks and the head do on the pages is what the acts of the house do: confirm, take down, pause, correct."""

from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from congkhai.plugin.demo.people import photo
from congkhai.plugin.records import DisclosureState, PostingState
from congkhai.plugin.store import tables as t
from tests.plugin.way.office import STAFF_PAGE, Office
from tests.plugin.way.script import paper, plan_paper

from .conftest import Serve, Site

NOTICE_BOARD = "[channel:bang-tin]\ntype = notice-board\nplace = Bản tin công khai\n"
CONFERENCE = "[channel:hoi-nghi]\ntype = conference\nplace = Nhà văn hóa\n"


@pytest.fixture
def due(open_office: Any, serve: Serve) -> Site:
    """A matter that waits for the clerk to post it on the board and to announce it at a conference."""
    office: Office = open_office(STAFF_PAGE, NOTICE_BOARD, CONFERENCE)
    office.receive(plan_paper(), paper())
    office.wait(hours=2)
    return serve(office)


def post(client: httpx.Client, path: str, files: dict[str, Any] | None = None, **fields: str) -> httpx.Response:
    return client.post(path, data=fields, files=files)


def test_posting_on_the_board_is_confirmed_with_a_photo(due: Site) -> None:
    clerk, board = due.signed_in("van-thu"), due.office.posting("bang-tin")
    shown = clerk.get(f"/niem-yet/{board.id}").text
    assert "Ảnh chụp bảng niêm yết" in shown
    picture = photo("board")
    done = post(
        clerk, f"/niem-yet/{board.id}/xac-nhan", {"e-photo": ("../../anh.png", picture, "text/html")},
        since=f"{due.office.now:%d/%m/%Y %H:%M}",
    )  # fmt: skip
    assert done.headers["location"] == f"/cong-khai/{board.disclosure}?done=posted"
    kept = due.office.posting("bang-tin")
    assert kept.state is PostingState.UP
    proof = next(one for one in kept.evidence if one.sha256)
    got = clerk.get(f"/niem-yet/{board.id}/minh-chung/{proof.sha256}")
    assert got.content == picture
    assert "attachment" in got.headers["content-disposition"]
    assert "sandbox" in got.headers["content-security-policy"]


def test_what_is_no_picture_is_refused_and_nothing_is_confirmed(due: Site) -> None:
    clerk, board = due.signed_in("van-thu"), due.office.posting("bang-tin")
    refused = post(clerk, f"/niem-yet/{board.id}/xac-nhan", {"e-photo": ("anh.png", b"<script>", "image/png")})
    assert refused.status_code == 400
    assert "không phải là ảnh" in refused.text
    assert due.office.posting("bang-tin").state is PostingState.WAITING


def test_a_day_that_does_not_exist_is_explained(due: Site) -> None:
    clerk, board = due.signed_in("van-thu"), due.office.posting("bang-tin")
    refused = post(
        clerk, f"/niem-yet/{board.id}/xac-nhan", {"e-photo": ("a.png", photo("x"), "image/png")}, since="31/02/2026"
    )
    assert refused.status_code == 400
    assert "31/02/2026" in refused.text


def test_the_sheet_is_printed_for_clerks_alone(due: Site) -> None:
    board = due.office.posting("bang-tin")
    sheet = due.signed_in("van-thu").get(f"/niem-yet/{board.id}/to-niem-yet.pdf")
    assert sheet.content.startswith(b"%PDF-")
    assert due.signed_in("thanh-tra").get(f"/niem-yet/{board.id}/to-niem-yet.pdf").status_code == 403


def test_a_conference_asks_for_its_own_evidence(due: Site) -> None:
    clerk, conference = due.signed_in("van-thu"), due.office.posting("hoi-nghi")
    lacking = post(clerk, f"/niem-yet/{conference.id}/xac-nhan")
    assert "Minh chứng chưa đủ" in lacking.text
    minutes = {"e-minutes": ("bb.pdf", b"%PDF-1.7 bien ban", "application/pdf")}
    done = post(clerk, f"/niem-yet/{conference.id}/xac-nhan", minutes, **{"e-participants": "25"})
    assert done.status_code == 303, done.text
    assert due.office.posting("hoi-nghi").state is PostingState.UP


def test_a_page_out_of_date_changes_nothing(due: Site) -> None:
    clerk, board = due.signed_in("van-thu"), due.office.posting("bang-tin")
    picture = {"e-photo": ("a.png", photo("x"), "image/png")}
    assert post(clerk, f"/niem-yet/{board.id}/xac-nhan", picture).status_code == 303
    stale = post(clerk, f"/niem-yet/{board.id}/tam-dung", reason="sửa bảng", seen="waiting~0-0")
    assert stale.status_code == 409
    assert "chờ người thực hiện xác nhận" in stale.text
    assert "đang đăng" in stale.text


def test_pausing_and_going_on(site: Site) -> None:
    clerk, board = site.signed_in("van-thu"), site.office.posting("bang-tin")
    assert post(clerk, f"/niem-yet/{board.id}/tam-dung", reason="sửa bảng tin").status_code == 303
    assert "tạm dừng" in clerk.get(f"/niem-yet/{board.id}").text
    assert post(clerk, f"/niem-yet/{board.id}/tiep-tuc").status_code == 303
    acts = [one["act"] for one in site.office.journal("posting.resumed", "interruption.ended")]
    assert acts == ["posting.resumed", "interruption.ended"]


def test_only_the_head_may_take_down_before_the_time(site: Site) -> None:
    board = site.office.posting("bang-tin")
    clerk, head = site.signed_in("van-thu"), site.signed_in("thu-truong")
    assert post(clerk, f"/niem-yet/{board.id}/go").status_code == 409
    assert post(clerk, f"/niem-yet/{board.id}/go-som", reason="vội").status_code == 403
    assert post(head, f"/niem-yet/{board.id}/go-som", reason="bảng bị hỏng").status_code == 303
    assert site.office.posting("bang-tin").state is PostingState.DOWN


def test_taking_down_at_the_end(serve: Serve, at_stage: Any) -> None:
    site = serve(at_stage("closing"))
    board = site.office.posting("bang-tin")
    clerk = site.signed_in("van-thu")
    assert f"/niem-yet/{board.id}" in clerk.get("/?loai=take-down").text
    gone = post(clerk, f"/niem-yet/{board.id}/go", {"photo": ("a.png", photo("x"), "image/png")})
    assert gone.status_code == 303
    assert site.office.posting("bang-tin").state is PostingState.DOWN


def test_withdrawing_needs_a_reason_and_is_told_in_the_timeline(site: Site) -> None:
    clerk, matter = site.signed_in("van-thu"), site.office.matter()
    assert post(clerk, f"/cong-khai/{matter.id}/go").status_code == 400
    assert post(clerk, f"/cong-khai/{matter.id}/go", reason="văn bản ban hành nhầm").status_code == 303
    assert site.office.matter().state is DisclosureState.WITHDRAWN
    shown = clerk.get(f"/cong-khai/{matter.id}").text
    assert "đang công khai → đã gỡ" in shown
    assert "văn bản ban hành nhầm" in shown


def test_a_corrected_paper_takes_the_place_of_the_old_one(site: Site) -> None:
    site.office.source.offer(paper("2", "Về việc triển khai nhiệm vụ (bản sửa)"))
    site.office.pull()
    clerk = site.signed_in("van-thu")
    matter = next(one for one in site.office.matters() if one.state is DisclosureState.POSTED)
    unknown = post(clerk, f"/cong-khai/{matter.id}/sua-van-ban", document="9/KHONG-CO", reason="sai số liệu")
    assert unknown.status_code == 400
    done = post(clerk, f"/cong-khai/{matter.id}/sua-van-ban", document="2 / UBND-VP", reason="sai số liệu")
    assert done.status_code == 303, done.text
    assert "bản sửa" in clerk.get(f"/cong-khai/{matter.id}").text


def test_information_asked_for_is_kept_and_answered(due: Site) -> None:
    clerk, matter = due.signed_in("van-thu"), due.office.matter()
    asked = post(clerk, f"/cong-khai/{matter.id}/yeu-cau", asked_by="Ông Mẫu", wanted="bản chụp quyết định")
    assert asked.status_code == 303, asked.text
    assert "bản chụp quyết định" in clerk.get(f"/cong-khai/{matter.id}/thao-tac").text
    answered = post(clerk, f"/cong-khai/{matter.id}/tra-loi", number="1", answer="đã đưa bản chụp")
    assert answered.status_code == 303, answered.text
    assert "đã đưa bản chụp" in clerk.get(f"/cong-khai/{matter.id}/thao-tac").text


def test_a_scan_is_kept_and_counts_as_no_signature(site: Site) -> None:
    clerk, minutes = site.signed_in("van-thu"), site.office.paper("posting")
    assert minutes is not None
    path = f"/bien-ban/{minutes.id}/ban-quet"
    assert post(clerk, path, {"scan": ("a.exe", b"MZ", "application/pdf")}).status_code == 400
    scan = {"scan": ("Biên bản ký tay.pdf", b"%PDF-1.7 scan", "application/pdf")}
    assert post(clerk, path, scan, note="bản giấy").status_code == 303
    assert clerk.get(f"{path}/1").content == b"%PDF-1.7 scan"
    kept = site.office.paper("posting")
    assert kept is not None
    assert kept.missing == minutes.missing
    assert not site.office.rows(t.signature)
    assert "Biên bản ký tay.pdf" in site.signed_in("thanh-tra").get(path).text


def test_comments_are_entered_answered_and_marked(site: Site) -> None:
    clerk, matter = site.signed_in("van-thu"), site.office.matter()
    done = post(clerk, "/y-kien/nhap", matter=matter.id, text="Đề nghị nêu rõ số tiền <b>", source="hotline")
    assert done.headers["location"] == f"/cong-khai/{matter.id}?done=feedback"
    assert "Đề nghị nêu rõ số tiền &lt;b&gt;" in clerk.get("/y-kien/1").text
    assert "/y-kien/1" in clerk.get("/?loai=feedback").text
    assert post(clerk, "/y-kien/1/tra-loi", answer="Đã bổ sung số tiền.").status_code == 303
    assert site.office.matter().feedback[0].answer == "Đã bổ sung số tiền."
    post(clerk, "/y-kien/nhap", text="Thư quảng cáo", source="letter")
    assert post(clerk, "/y-kien/2/danh-dau", mark="foreign").status_code == 400
    assert post(clerk, "/y-kien/2/danh-dau", mark="foreign", reason="quảng cáo").status_code == 303
    assert post(clerk, "/y-kien/2/xoa", reason="người gửi yêu cầu").status_code == 303
    assert "(đã xóa nội dung)" in clerk.get("/y-kien/2").text


def test_each_row_of_a_bulk_act_that_fails_is_named_and_the_others_are_done(open_office: Any, serve: Serve) -> None:
    office: Office = open_office()
    office.script.keys = {"Việc thứ nhất": "?superior_docs", "Việc thứ hai": "?superior_docs"}
    office.receive(paper("1", "Việc thứ nhất"), paper("2", "Việc thứ hai"))
    first, second = office.matters()
    site = serve(office)
    clerk = site.signed_in("van-thu")
    assert "Việc thứ hai" in clerk.get("/?loai=review").text
    post(clerk, f"/cong-khai/{first.id}/khong-cong-khai", reason="việc nội bộ")
    answer = clerk.post("/viec/xac-nhan", data={"id": [first.id, second.id]})
    assert answer.status_code == 409
    assert "Đã làm 1 dòng; 1 dòng chưa làm được" in answer.text
    assert "Việc thứ nhất" in answer.text
    assert [one.state for one in office.matters()] == [DisclosureState.EXCLUDED, DisclosureState.DUE]


def test_an_admin_settles_what_is_stuck_and_nobody_else(site: Site) -> None:
    house = site.office.house
    with house.store.write(house.agency, "test") as tx:
        tx.record_fault("attachment", "tệp", "không đọc được", "xem lại")
    admin = site.signed_in("quan-tri")
    assert "fault:1" in admin.get("/?loai=stuck").text
    assert post(site.signed_in("van-thu"), "/viec/bo-qua", key="fault:1", reason="đã xem").status_code == 403
    assert post(admin, "/viec/bo-qua", key="fault:1").status_code == 400
    assert post(admin, "/viec/bo-qua", key="fault:1", reason="đã xem").status_code == 303
    assert post(admin, "/viec/bo-qua", key="fault:1", reason="đã xem").status_code == 400
    assert "fault:1" not in admin.get("/?loai=stuck").text


def test_a_paper_that_its_source_lost_is_kept_or_recalled_with_one_click(site: Site) -> None:
    office, clerk = site.office, site.signed_in("van-thu")
    (document,) = office.matter().documents
    row = {"agency": office.house.agency, "source": "nguon", "state": "asked", "gone_times": 3, "document": document}
    moments = dict.fromkeys(("next_look", "seen_at", "gone_since", "gone_last"), office.now)
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.connection.execute(sa.insert(t.vanishing).values(**row, **moments))
    assert f"/mat-o-nguon/{document}" in clerk.get("/?loai=vanished").text
    shown = clerk.get(f"/mat-o-nguon/{document}").text
    assert "3 lần liền không thấy" in shown
    assert "Bản tin công khai" in shown
    assert site.signed_in("thanh-tra").get(f"/mat-o-nguon/{document}").status_code == 403
    assert post(clerk, f"/mat-o-nguon/{document}/da-thu-hoi").status_code == 400  # no reason
    assert post(clerk, f"/mat-o-nguon/{document}/van-giu").status_code == 303
    assert clerk.get(f"/mat-o-nguon/{document}").status_code == 409
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.connection.execute(sa.update(t.vanishing).values(state="asked"))
    assert post(clerk, f"/mat-o-nguon/{document}/da-thu-hoi", reason="Đã hỏi tỉnh").status_code == 303
    office.work()
    assert office.matter().state is DisclosureState.WITHDRAWN
    history = clerk.get(f"/cong-khai/{office.matter().id}").text
    assert "Kết luận vẫn giữ văn bản" in history
    assert "Văn bản bị thu hồi" in history
