"""Houses in every stage of the way, each in a folder of its own; keys and stages are made once a session."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from congkhai.plugin.demo.pki import make_pki
from congkhai.plugin.demo.scenario import load_scenario
from tests.made import MADE

from .databases import copy_home
from .office import BOARD, STAFF_PAGE, Office, ini_text, prepare
from .script import Script, paper, plan_paper

OpenOffice = Callable[..., Office]


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo's ``keys/`` and ``trust/``, the expired key among them."""
    if "pki" not in MADE:
        folder = tmp_path_factory.mktemp("pki")
        scenario = load_scenario()
        make_pki(folder, scenario.agency, scenario.people)
        MADE["pki"] = folder
    return MADE["pki"]


@pytest.fixture
def offices() -> Iterator[list[Office]]:
    """Houses to close when the test is over."""
    opened: list[Office] = []
    yield opened
    for one in opened:
        one.house.close()


@pytest.fixture
def open_office(tmp_path: Path, pki: Path, offices: list[Office]) -> OpenOffice:
    """Open an empty house with these ini sections as channels; keys: ``file_to``, ``extra``, ``script``."""

    def build(*sections: str, file_to: str = "ban-giao", **more: Any) -> Office:
        folder = tmp_path / f"house-{len(offices)}"
        prepare(folder, pki, ini_text(*(sections or (STAFF_PAGE, BOARD)), file_to=file_to))
        offices.append(Office(folder, **more))
        return offices[-1]

    return build


@pytest.fixture
def office(open_office: OpenOffice) -> Office:
    """An empty house with the staff page and the notice board."""
    return open_office()


@pytest.fixture(scope="session")
def stages(tmp_path_factory: pytest.TempPathFactory, pki: Path) -> dict[str, Path]:
    """
    Folders of one matter's house on its way, to be copied and opened.

    ``posted``: posting minutes wait for their signers; ``closing``: the board waits to be taken down; ``last``: only
    the head's signature on the report is missing before the dossier is built; ``filed``: it is built and filed.
    """
    if "stages" in MADE:
        return {one.name: one for one in MADE["stages"].iterdir() if one.name != "house"}
    folder = tmp_path_factory.mktemp("stages")
    home = folder / "house"
    prepare(home, pki, ini_text(STAFF_PAGE, BOARD))
    office = Office(home, Script())
    made: dict[str, Path] = {}

    def keep(name: str) -> None:
        office.restart()
        office.house.close()
        made[name] = copy_home(home, folder / name)
        office.restart()

    office.receive(plan_paper(), paper())
    office.wait(hours=2)
    office.confirm()
    keep("posted")
    office.sign()
    office.wait(days=24)
    keep("closing")
    office.take_down_all()
    office.sign("records_officer", "front_chair", "head")
    keep("last")
    office.sign("head")
    keep("filed")
    office.house.close()
    MADE["stages"] = folder
    return made


@pytest.fixture
def at_stage(stages: dict[str, Path], tmp_path: Path, offices: list[Office]) -> OpenOffice:
    """Open a copy of a stage; `edit` may change its ini text before it is opened."""

    def build(name: str, edit: Callable[[str], str] | None = None, **more: Any) -> Office:
        folder = tmp_path / f"{name}-{len(offices)}"
        copy_home(stages[name], folder)
        if edit is not None:
            ini = folder / "congkhai.ini"
            ini.write_text(edit(ini.read_text(encoding="utf-8")), encoding="utf-8")
        offices.append(Office(folder, **more))
        return offices[-1]

    return build
