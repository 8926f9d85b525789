"""A comment written in iOffice comes to its matter by its code; what officials write to each other comes nowhere."""

from pathlib import Path

from congkhai.connectors.simulators.control import Running
from congkhai.connectors.simulators.ioffice import IofficeSimulator
from congkhai.connectors.simulators.scenario import parse_scenario
from congkhai.plugin.feedback import items
from congkhai.plugin.feedback_pull import read_source
from congkhai.plugin.interfaces import feedback_code
from congkhai.plugin.store import tables as t

from .conftest import OpenOffice
from .office import STAFF_PAGE
from .script import paper

ORDER = "Giao phòng Tài chính xử lý gấp"


def test_a_comment_in_the_e_office_reaches_its_matter_once(open_office: OpenOffice, tmp_path: Path) -> None:
    scenario = parse_scenario({
        "name": "thử", "start": "2020-01-01T00:00:00+07:00", "end": "2040-01-01T00:00:00+07:00",
        "agency": {"name": "Xã Mẫu", "code": "X01"},
        "entries": [{
            "id": "1", "at": "2020-01-01T07:00:00+07:00", "via": "ioffice", "direction": "out", "type": "Kế hoạch",
            "number": "1/KH-UBND", "issuer": "UBND xã Mẫu", "subject": "Kế hoạch thử", "secrecy": "Thường",
            "signer": "Nguyễn Văn Mẫu", "files": [],
        }],
    })  # fmt: skip
    running = Running(IofficeSimulator(tmp_path / "e-office", scenario))
    password = tmp_path / "mat-khau"
    password.write_text("mat-khau-thu", encoding="utf-8")
    password.chmod(0o600)
    section = (
        f"[feedback:ioffice]\ntype = ioffice-comments\nbase-url = {running.line['url']}\nusername = tich-hop\n"
        f"password = {{file {password}}}\nmax-rps = 100\ndays = 3650\n"
    )
    try:
        office = open_office(STAFF_PAGE, section)
        office.receive(paper())
        matter = office.matter().id
        running.simulator.control("POST", "clock", {"now": office.now.isoformat()})
        for text in (ORDER, f"Mã {feedback_code(matter)}: đề nghị làm rõ số liệu"):
            running.simulator.control("POST", "comment", {"document": "1/KH-UBND", "text": text})
        office.wait(hours=1)
        assert read_source(office.house, "ioffice")
        assert read_source(office.house, "ioffice")
        with office.house.store.read() as connection:
            (found,) = items(connection, office.house.agency)
        assert (found.disclosure, found.source, found.sender) == (matter, "ioffice", "Trần Thị Mẫu")
        assert ORDER not in str(office.rows(t.journal)) + str(office.rows(t.feedback_item))
        assert ORDER not in str(office.rows(t.feedback_source))
    finally:
        running.stop()
