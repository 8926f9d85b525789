"""Where a demo lives: its folder, keys, ini and empty store."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from ..errors import UsageError
from ..store import create_store
from ..text import _
from .pki import SEAL, DemoPki, make_pki
from .scenario import Scenario

_MARK = ".congkhai-demo"
CONNECTORS = ("ioffice", "edxml")


@dataclass(frozen=True, slots=True)
class Place:
    """
    The folders of a demo.

    Attributes:
        folder: everything of ours: ini, store, keys, trust, dossiers.
        outside: state of the simulated outside systems, deliberately not below `folder`.
    """

    folder: Path
    outside: Path

    @property
    def ini(self) -> Path:
        """The demo's configuration."""
        return self.folder / "congkhai.ini"

    @property
    def trust(self) -> Path:
        """Anchors and revocation lists."""
        return self.folder / "trust"

    @property
    def dossiers(self) -> Path:
        """Sealed dossiers."""
        return self.folder / "dossiers"


def place_of(folder: Path) -> Place:
    """Return the folders of the demo under `folder`."""
    folder = folder.absolute()
    return Place(folder, folder.with_name(f"{folder.name}-outside"))


def prepare(folder: Path) -> Place:
    """
    Make room for a fresh demo; an earlier one in the same folder is removed.

    Raises:
        UsageError: the folder holds something that no demo made.
    """
    place = place_of(folder)
    for part in (place.folder, place.outside):
        if part.exists() and any(part.iterdir()) and not (part / _MARK).exists():
            raise UsageError(
                what=_("Thư mục này có dữ liệu không phải của bản trình diễn."), where=str(part),
                advice=_("Chọn thư mục khác bằng --dir."), code="congkhai-E121",
            )  # fmt: skip
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        (part / _MARK).touch()
    return place


def furnish(place: Place, scenario: Scenario, base_url: str, inbox: str) -> DemoPki:
    """
    Write keys, ini and an empty store with a simulated clock that starts with the scenario.

    Args:
        base_url: address of the simulated iOffice, context path included.
        inbox: drop folder of the simulated edXML axis.
    """
    pki = make_pki(place.folder, scenario.agency, scenario.people)
    (place.folder / "keys" / "ioffice.password").write_text("demo\n", encoding="utf-8")
    (place.folder / "keys" / "ioffice.password").chmod(0o600)
    place.ini.write_text(_ini(place, scenario, pki, base_url, inbox), encoding="utf-8")
    create_store(place.folder / "data", simulated=scenario.start)
    return pki


def _ini(place: Place, scenario: Scenario, pki: DemoPki, base_url: str, inbox: str) -> str:
    agency = scenario.agency
    sections = [
        f"""\
# Cấu hình của bản trình diễn congkhai; mọi thứ ở đây là mô phỏng.
[agency]
name = {agency.name}
code = {agency.code}
kind = {agency.kind}
regulation = {agency.regulation}
place = {agency.place}
office-hours = 07:30-11:30, 13:30-17:00
has-intranet = yes

[store]
folder = data

[work]
pull-every = 12 h
probe-every = 5 d
# Giờ trình diễn chạy nhanh nên chờ thử lại cũng ngắn.
retry-first = 200 ms
retry-longest = 1 s

[vanished]
look-every = 5 d

[tagging]
automatic = yes
automatic-basis = Chủ tịch UBND xã cho phép tự động công khai nội dung chắc chắn (bản trình diễn)

[connector:ioffice]
type = ioffice
base-url = {base_url}
username = congkhai
password = {{file keys/ioffice.password}}
account-is-dedicated = yes
max-rps = 1000
page-size = 50
overlap-days = 30
full-sweep-every = 14 d
file-back = yes
push-path = api/shared/integration/doc/create/
result-path = api/shared/congvan_stc/get_result/
result-is-complete = yes
retries = 0
# Tuần trình diễn trôi trong vài giây thật, còn bộ ngắt mạch chờ theo giờ thật: để nó đứng ngoài.
breaker-failures = 0

[connector:edxml]
type = edxml
folder = {inbox}
agency-ids = {agency.code}
complete-when = renamed
source-is-plain = yes
source-is-plain-basis = Trục liên thông văn bản của bản trình diễn không chuyển văn bản mật

[channel:intranet]
type = staff-page
place = Trang công khai nội bộ của {agency.name}

[channel:bang-tin]
type = attended
form = notice_board
place = Bản tin công khai tại trụ sở {agency.name}

[channel:cong-ttdt]
type = attended
form = portal
place = Cổng thông tin điện tử {agency.name}

[trust]
folder = trust

[dossier]
folder = dossiers
file-to = ioffice
fonts = Times New Roman, Liberation Serif, Tinos, Libertinus Serif
"""
    ]
    sections += [
        _signer(place, pki, person.role, person.name, attended=True)
        for person in scenario.people
        if person.role in pki.keys
    ]
    sections.append(_signer(place, pki, SEAL, agency.name, attended=False))
    return "\n".join(sections)


def _signer(place: Place, pki: DemoPki, role: str, person: str, *, attended: bool) -> str:
    key = pki.keys[role]
    return f"""\
[signer:{role.replace("_", "-")}]
type = pkcs12
role = {role}
person = {person}
attended = {"yes" if attended else "no"}
file = {key.p12.relative_to(place.folder)}
password = {{file {key.password.relative_to(place.folder)}}}
"""
