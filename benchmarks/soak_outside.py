"""
What lies outside in the soak of nodes: a simulated iOffice and a simulated WordPress site that keep failing.

The papers come from the iOffice, the notices go to the site, the dossiers go back to the iOffice; both throw faults at
random, also the kind that carries a call out and loses the answer. Afterwards both say what reached them, which is
what the outside saw, whatever our own store believes.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from congkhai.connectors.simulators.base import Simulator
from congkhai.connectors.simulators.control import Running
from congkhai.connectors.simulators.ioffice import IofficeSimulator
from congkhai.connectors.simulators.scenario import parse_scenario
from congkhai.connectors.simulators.wordpress import PASSWORD, WordPressSimulator

PLAN = "Kế hoạch thực hiện công khai thông tin năm 2026"
OTHER = "Kế hoạch công tác năm 2026 của xã Mẫu Sơn, phần"
FAULTS = ("5xx", "reset", "html", "text", "stacktrace", "429", "expired", "body_error", "truncated", "cut",
          "accept_then_garbage", "accept_then_timeout", "file_html", "file_empty", "file_short")  # fmt: skip
"""What is thrown at random; the slow ones would only make the soak long."""

_WIRE = """\
max-rps = 1000
retry-wait = 2 ms
retry-after-limit = 1 s
breaker-failures = 0
"""
_INI = """
[publication]
automatic = cong
basis = Quyết định mẫu số 1 ngày 02/01/2026

[connector:ioffice]
type = ioffice
base-url = {ioffice}
username = congkhai
password = {{file keys/ioffice.password}}
account-is-dedicated = yes
overlap-days = 30
file-back = yes
push-path = api/shared/integration/doc/create/
result-path = api/shared/congvan_stc/get_result/
result-is-complete = yes
{wire}
[channel:cong]
type = wordpress
base-url = {wordpress}
username = bien-tap
application-password = {{file keys/wordpress.password}}
{wire}"""


@dataclass(frozen=True, slots=True)
class Outside:
    """
    The running simulators.

    Attributes:
        papers: how many plans the iOffice shows.
    """

    ioffice: Running
    wordpress: Running
    papers: int

    def ini(self, keys: Path) -> str:
        """Write the passwords into a folder of keys; return the sections of the ini that name the two systems."""
        for name, password in (("ioffice", "bat-ky"), ("wordpress", PASSWORD)):
            (keys / f"{name}.password").write_text(password + "\n", encoding="utf-8")
            (keys / f"{name}.password").chmod(0o600)
        return _INI.format(ioffice=self.ioffice.line["url"], wordpress=self.wordpress.line["url"], wire=_WIRE)

    def set_clock(self, moment: datetime) -> None:
        """Move the clock of both; it never goes back."""
        for running in (self.ioffice, self.wordpress):
            running.simulator.set_clock(max(moment, running.simulator.now))

    def thrown(self) -> int:
        """Return how many calls went wrong."""
        return sum("fault" in call for one in (self.ioffice, self.wordpress) for call in one.simulator.calls())

    def happened(self, act: str, key: str) -> bool:
        """
        Tell, as a person who looks would, whether a publication, withdrawal or filing has happened.

        Args:
            key: of the filing; for a withdrawal that of the publication it ends.
        """
        if act == "file":
            return any(key == item["dossierId"] for item in self.ioffice.simulator.show()["pushed"])
        posts = self.wordpress.simulator.show()["posts"].values()
        said = [post["content"] for post in posts if key in post["content"] and post["status"] == "publish"]
        return any(("congkhai-withdrawn" in one) == (act == "withdraw") for one in said)

    def judge(self) -> tuple[list[str], list[str], list[str]]:
        """Return what the outside did not get, what it got more than once, and what it must never have got."""
        shown, site = self.ioffice.simulator.show(), self.wordpress.simulator.show()
        pushed = Counter(item["dossierId"] for item in shown["pushed"])
        posts = Counter(post["slug"] for post in site["posts"].values())
        lost = ["filing at the iOffice"] * max(0, self.papers - len(pushed))
        lost += ["post on the site"] * max(0, self.papers - len(posts))
        twice = [f"filing {key} at the iOffice" for key, count in pushed.items() if count > 1]
        twice += [f"post {slug} on the site" for slug, count in posts.items() if count > 1]
        twice += ["posts of nothing"] * max(0, len(posts) - self.papers)
        broken = [f"forbidden call {one['label']}" for one in shown["tripwires"]]
        broken += [f"file {one['file']} left on the site" for one in site["media"].values()]
        return lost, twice, broken


@contextmanager
def running_outside(folder: Path, papers: int, start: datetime, rate: float, seed: int) -> Iterator[Outside]:
    """
    Run both simulators for the time of the block.

    Args:
        papers: how many outgoing plans the iOffice shows from the first moment on.
        rate: share of the calls that go wrong.
    """
    scenario = parse_scenario(
        {"name": "soak", "start": (start - timedelta(hours=1)).isoformat(),
         "end": (start + timedelta(days=400)).isoformat(), "entries": [_paper(n, start) for n in range(1, papers + 1)]}
    )  # fmt: skip
    simulators: tuple[Simulator, Simulator] = (
        IofficeSimulator(folder / "ioffice", scenario), WordPressSimulator(folder / "wordpress", scenario),
    )  # fmt: skip
    running: list[Running] = []
    try:
        for place, simulator in enumerate(simulators):
            # The site takes a password with every call: nothing there can expire.
            faults = [one for one in FAULTS if one != "expired" or simulator.kind == "ioffice"]
            chaos = {"rate": rate, "seed": seed + place, "faults": faults}
            simulator.control("POST", "chaos", chaos)
            simulator.set_clock(start)
            running.append(Running(simulator))
        yield Outside(*running, papers)
    finally:
        for one in running:
            one.stop()


def _paper(number: int, start: datetime) -> dict[str, Any]:
    # One disclosure plan of the year: between several, a clerk would have to choose before any dossier is complete.
    subject = PLAN if number == 1 else f"{OTHER} {number}"
    return {
        "id": f"io-{number}", "at": start.isoformat(), "via": "ioffice", "direction": "out", "type": "Kế hoạch",
        "number": f"{number}/KH-UBND", "issued": "2026-01-12", "issuer": "UBND xã Mẫu Sơn", "subject": subject,
        "secrecy": "Thường", "signer": "Nguyễn Văn Mẫu", "urgency": "Thường",
        "files": [{"name": f"{number}.pdf", "text": subject}],
    }  # fmt: skip
