"""A clerk enters what happened and the number that was given, in the browser; the minutes are made with both."""

from congkhai.plugin.entries import DECLARATIONS, ask
from congkhai.plugin.kinds_matters import open_matter
from congkhai.plugin.minutes import read_minutes
from congkhai.plugin.store import read
from congkhai.plugin.store import tables as t
from tests.plugin.way.office import CLERK, PEOPLE, Office

from .conftest import Serve

MEETING = {
    "subject": "Hội nghị cán bộ, công chức năm 2026", "started": "2026-07-03T14:00", "finished": "2026-07-03T16:30",
    "place": "Hội trường", "summoned": "4", "present": "",
    "chair": f"{PEOPLE['head']}, Chủ tịch UBND xã", "secretary": f"{PEOPLE['records_officer']}, Công chức Văn phòng",
    "participants": f"{PEOPLE['head']}, Chủ tịch UBND xã\r\n{PEOPLE['records_officer']}, Công chức Văn phòng\r\n"
    "Võ Thị <b>Đậm</b>, Kế toán", "absent": "Đỗ Văn Vắng", "agenda": "Báo cáo năm 2025",
    "speeches": "Võ Thị Đậm, Kế toán\r\nNhất trí.\r\nĐề nghị công khai chi tiêu.\r\n\r\nĐỗ Văn Ý\r\nKhông có ý kiến.",
    "conclusions": "Thông qua nghị quyết.", "counters": "", "question-1": "Nghị quyết", "form-1": "giơ tay",
    "valid-1": "3", "choices-1": "Tán thành: 3\r\nKhông tán thành: 0",
}  # fmt: skip


def test_a_clerk_enters_a_meeting_and_its_number_and_nobody_else_may(office: Office, serve: Serve) -> None:
    office.edit("[dossier]\n", "[dossier]\nminutes-number = required\n")
    matter = open_matter(office.house, "decision", "Hội nghị năm 2026", 2026, CLERK)
    office.work()
    site = serve(office)
    clerk, inspector = site.signed_in("van-thu"), site.signed_in("thanh-tra")
    listed = clerk.get("/", params={"loai": "facts"}).text
    assert "Nhập biên bản hội nghị." in listed
    assert 'href="/noi-dung-bien-ban/1"' in listed
    for address in ("/noi-dung-bien-ban/1", "/so/m1"):
        assert inspector.get(address).status_code == 403
        assert inspector.post(address, data=MEETING).status_code == 403
    assert "Ý kiến phát biểu" in clerk.get("/noi-dung-bien-ban/1").text
    for wrong in (
        {"participants": ""},
        {"finished": "2027-01-01T08:00"},
        {"choices-1": "Tán thành"},
        {"chair": "A\nB"},
    ):
        assert clerk.post("/noi-dung-bien-ban/1", data={**MEETING, **wrong}).status_code in (400, 409, 422)
    assert clerk.post("/noi-dung-bien-ban/1", data=MEETING).headers["location"] == "/?loai=facts&done=saved"
    assert clerk.post("/noi-dung-bien-ban/1", data=MEETING).status_code in (400, 404, 409, 422)
    office.work()
    waits = clerk.get("/", params={"loai": "number"}).text
    paper = next(row.subject for row in office.rows(t.number))
    assert f'href="/so/{paper}"' in waits
    assert "12/BB-UBND" in clerk.get(f"/so/{paper}").text
    assert clerk.post(f"/so/{paper}", data={"number": "mười hai"}).status_code in (400, 422)
    assert clerk.post(f"/so/{paper}", data={"number": "12/BB-UBND"}).status_code == 303
    office.work()
    with office.house.store.read() as connection:
        made = read.minutes_by_id(connection, paper)
    content = read_minutes(office.house.store.vault.read(made.file_sha256))
    assert (made.subject, content.number) == (matter, "12/BB-UBND")
    assert content.meeting is not None
    assert (content.meeting.present, content.meeting.summoned, len(content.meeting.speeches)) == (3, 4, 2)
    assert content.meeting.speeches[0].text == "Nhất trí.\nĐề nghị công khai chi tiêu."
    signatures = clerk.get("/", params={"loai": "signature"}).text
    assert "Hội nghị năm 2026" in signatures
    file = clerk.get(f"/bien-ban/{paper}.xml")
    assert file.status_code == 200
    assert "&lt;b&gt;" in file.text
    assert not clerk.get("/", params={"loai": "number"}).text.count("/so/m")


def test_the_names_of_declarations_are_entered_on_their_own_form(office: Office, serve: Serve) -> None:
    matter = open_matter(office.house, "decision", "Hội nghị năm 2026", 2026, CLERK)
    with office.house.store.write(office.house.agency, "test") as tx:
        ask(tx, matter, DECLARATIONS)
        number = tx.connection.scalar(t.entry.select().with_only_columns(t.entry.c.id))
    clerk = serve(office).signed_in("van-thu")
    form = clerk.get(f"/noi-dung-bien-ban/{number}").text
    assert "Không ghi nội dung bản kê khai." in form
    assert "Ý kiến phát biểu" not in form
    answer = clerk.post(f"/noi-dung-bien-ban/{number}", data={"declarations": " "})
    assert answer.status_code in (400, 422)
