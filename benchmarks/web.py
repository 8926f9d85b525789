"""
Long lists under many clients: how quickly every list page answers over a store of ten years, and how large it is.

``python -m benchmarks.web --json``: fills a store (``--keep DIR`` keeps it, and takes a kept one of the same size
again), serves it as a process of its own, lets clients with a second of thought between two pages walk over every list
page, and loads the main pages in Chromium over a 3 Mbit/s line with a processor slowed down four times.
"""

import http.client
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import click

from congkhai.plugin.text import set_language
from congkhai.plugin.worklist import KINDS

from .web_world import Size, make, tickets

TARGET_MS = 100
TARGET_BYTES = 100_000
TARGET_PAINT_MS = 1000
_LINE = 3_000_000 / 8  # bytes a second
_DELAY_MS = 40
_SLOWER = 4
_PAINTED = ("/", "/cong-khai", "/ho-so", "/lich", "/nam", "/nhan", "/y-kien", "/dang-cong-khai")


def pages(today: date) -> dict[str, str]:
    """Return every list page by name, with the filters that people use; addresses of this store's size of years."""
    past = f"{today.year - 5}"
    found = {f"work {kind}": f"/?loai={kind}" for kind in (*KINDS, "stuck")}
    for name, asked in {
        "all": {}, "filed": {"trang-thai": "filed"}, "withdrawn": {"trang-thai": "withdrawn"}, "item": {"khoan": "3"},
        "item and state": {"khoan": "3", "trang-thai": "posted"},
        "period": {"tu": f"{past}-03-01", "den": f"{past}-03-31"},
        "common words": {"tim": "quyet dinh nang bac"}, "number": {"tim": "1204/QD-UBND"}, "start": {"tim": "boi duo"},
        "rare pair": {"tim": "khieu nai dot 96"}, "nothing": {"tim": "khongcotunay"},
        "unit": {"don-vi": "phong kinh te"},
        "far back": {"sau": f"{past}-06-01T00:00:00Z~c"},
    }.items():  # fmt: skip
        found[f"disclosures {name}"] = "/cong-khai" + (f"?{urlencode(asked)}" if asked else "")
    found |= {
        "dossiers": "/ho-so", "dossiers incomplete": "/ho-so?trang-thai=incomplete",
        "dossiers unfiled": "/ho-so?trang-thai=unfiled", "dossiers year": f"/ho-so?nam={past}",
        "calendar": "/lich", "calendar past": f"/lich?thang={past}-05", "year": "/nam", "year past": f"/nam?nam={past}",
        "feedback": "/y-kien", "feedback new": "/y-kien?trang-thai=new", "tags": "/nhan",
        "public": "/dang-cong-khai", "public feed": "/dang-cong-khai.atom", "quarter": f"/dang-cong-khai/quy/{past}/2",
    }  # fmt: skip
    return found


@dataclass
class Seen:
    """
    What the clients saw: seconds and bytes of each page, and what did not answer as it should.

    Attributes:
        work: seconds of processor time that the server used for all of it; says more than waiting on a busy machine.
    """

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    sizes: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    wrong: list[str] = field(default_factory=list)
    work: float = 0.0


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, int]]:
    """Serve a folder as a process of its own; yields its address and its process id."""
    process = subprocess.Popen(  # noqa: S603 - this very package
        [sys.executable, "-m", "benchmarks.web_world", str(folder)], stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        said = process.stdout.readline() if process.stdout else ""
        yield said.strip(), process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def sign_in(address: str, ticket: str) -> str:
    """Use a ticket and return the cookie."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    body, headers = urlencode({"ticket": ticket}), {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/mot-lan", body, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 303:
        raise click.ClickException(f"the sign-in was answered with {answer.status}")
    return str(answer.getheader("set-cookie")).partition(";")[0]


def walk(address: str, cookie: str, until: float, think: float, number: int, seen: Seen, lock: threading.Lock) -> None:
    """Be one client: a page, a thought, the next page, each in an order of one's own."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    order = list(pages(date.today()).items())  # noqa: DTZ011 - which years are looked at, nothing legal
    chance = random.Random(number)  # noqa: S311 - an order, no secret
    time.sleep(chance.random() * think)
    while time.monotonic() < until:
        chance.shuffle(order)
        for name, path in order:
            if time.monotonic() >= until:
                break
            before = time.perf_counter()
            connection.request("GET", path, headers={"Cookie": cookie})
            answer = connection.getresponse()
            data = answer.read()
            taken = time.perf_counter() - before
            with lock:
                seen.seconds[name].append(taken)
                seen.sizes[name] = max(seen.sizes[name], len(data))
                if answer.status != 200:
                    seen.wrong.append(f"{name}: {answer.status}")
            time.sleep(think)
    connection.close()


def measure(address: str, cookies: Sequence[str], seconds: float, think: float) -> Seen:
    """Let the clients walk for so long, after one round over everything that is not counted."""
    lock = threading.Lock()
    walk_once = Seen()
    for name, path in pages(date.today()).items():  # noqa: DTZ011 - as above
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)
        before = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": cookies[0]})
        connection.getresponse().read()
        connection.close()
        walk_once.seconds[name].append(time.perf_counter() - before)
    seen, until = Seen(), time.monotonic() + seconds
    threads = [
        threading.Thread(target=walk, args=(address, cookie, until, think, number, seen, lock))
        for number, cookie in enumerate(cookies)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    for name, took in walk_once.seconds.items():
        seen.seconds[f"first {name}"] = took
    return seen


def memory(process: int) -> dict[str, int]:
    """Return how much memory a process holds, and held at most, in MiB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    found = dict(line.split(":", 1) for line in status.splitlines() if line.startswith("Vm"))
    return {name: int(found[key].split()[0]) // 1024 for name, key in (("rss_mib", "VmRSS"), ("most_mib", "VmHWM"))}


def work_of(process: int) -> float:
    """Return the seconds of processor time that a process has used, in user and system mode."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def paints(address: str, cookie: str) -> dict[str, int]:
    """Return the milliseconds until something is seen, of each main page: slow line, slow processor, nothing cached."""
    from playwright.sync_api import sync_playwright

    executable = shutil.which("chromium")
    if executable is None:
        raise click.ClickException("the first paint is measured with Debian's chromium")
    found = {}
    name, _mark, value = cookie.partition("=")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        for path in _PAINTED:
            took = []
            for _round in range(3):
                context = browser.new_context(viewport={"width": 1366, "height": 768})
                context.add_cookies([{"name": name, "value": value, "url": address}])
                page = context.new_page()
                control = context.new_cdp_session(page)
                control.send("Network.enable")
                control.send("Network.emulateNetworkConditions", {
                    "offline": False, "latency": _DELAY_MS, "downloadThroughput": _LINE, "uploadThroughput": _LINE,
                })  # fmt: skip
                control.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
                page.goto(address + path, wait_until="load")
                took.append(page.evaluate(_FIRST_PAINT))
                context.close()
            found[path] = round(statistics.median(took))
        browser.close()
    return found


_FIRST_PAINT = """() => new Promise((done) => new PerformanceObserver((list) => done(
  list.getEntriesByName("first-contentful-paint")[0].startTime)).observe({type: "paint", buffered: true}))"""


def report(size: Size, seen: Seen, held: dict[str, int], painted: dict[str, int]) -> dict[str, Any]:
    """Put the figures together, slowest page first."""
    rows = {
        name: {
            "times": len(took), **{f"p{share}_ms": _share(took, share) for share in (50, 95, 99)},
            "first_ms": round(seen.seconds[f"first {name}"][0] * 1000, 1), "bytes": seen.sizes[name],
        }
        for name, took in seen.seconds.items() if not name.startswith("first ")
    }  # fmt: skip
    every = [one for name, took in seen.seconds.items() if not name.startswith("first ") for one in took]
    slowest = dict(sorted(rows.items(), key=lambda row: -row[1]["p95_ms"]))
    return {
        "documents": size.documents, "dossiers": size.dossiers, "cores": os.cpu_count(), "load": os.getloadavg()[0],
        "requests": len(every), "server_cpu_ms_a_page": round(seen.work / (len(every) + len(rows)) * 1000, 1),
        "all": {f"p{share}_ms": _share(every, share) for share in (50, 95, 99)},
        "over_target": [name for name, row in rows.items() if row["p95_ms"] >= TARGET_MS],
        "too_large": [name for name, row in rows.items() if row["bytes"] >= TARGET_BYTES],
        "painted_late": [path for path, took in painted.items() if took >= TARGET_PAINT_MS],
        "wrong": seen.wrong[:20], "memory": held, "first_paint_ms": painted, "pages": slowest,
    }  # fmt: skip


def _share(took: Sequence[float], share: int) -> float:
    ordered = sorted(took)
    return round(ordered[min(len(ordered) - 1, len(ordered) * share // 100)] * 1000, 1)


def _world(folder: Path, size: Size) -> None:
    """Fill the folder, unless it holds a store of this size and this schema already."""
    mark = folder / "size.json"
    told = json.dumps({"documents": size.documents, "dossiers": size.dossiers})
    if mark.exists() and mark.read_text(encoding="utf-8") == told:
        return
    if folder.exists() and any(folder.iterdir()):
        raise click.ClickException(f"{quote(str(folder), safe='/')} holds something else")
    make(folder, size)
    mark.write_text(told, encoding="utf-8")


@click.command()
@click.option("--documents", default=1_000_000, show_default=True)
@click.option("--dossiers", default=100_000, show_default=True)
@click.option("--clients", default=20, show_default=True)
@click.option("--seconds", default=120.0, show_default=True, help="how long the clients walk")
@click.option("--think", default=1.0, show_default=True, help="seconds between two pages of a client")
@click.option("--keep", type=click.Path(path_type=Path), help="folder of the filled store, kept and used again")
@click.option("--paint/--no-paint", default=True, show_default=True, help="measure the first paint with Chromium")
@click.option("--json", "as_json", is_flag=True)
def main(
    documents: int, dossiers: int, clients: int, seconds: float, think: float, keep: Path | None, paint: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Measure the list pages; the exit code is 1 when a target is missed."""
    set_language("vi")
    size = Size(documents, dossiers)
    with tempfile.TemporaryDirectory(prefix="congkhai-web-") as temporary:
        folder = keep or Path(temporary) / "house"
        _world(folder, size)
        given = tickets(folder, clients)
        with served(folder) as (address, process):
            cookies = [sign_in(address, one) for one in given]
            before = work_of(process)
            seen = measure(address, cookies, seconds, think)
            seen.work = work_of(process) - before
            painted = paints(address, cookies[0]) if paint else {}
            result = report(size, seen, memory(process), painted)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=1))
    else:
        for name, row in result["pages"].items():
            click.echo(f"{name:32} p95 {row['p95_ms']:8.1f} ms  p50 {row['p50_ms']:7.1f} ms  {row['bytes']:7} bytes")
        click.echo(json.dumps({name: value for name, value in result.items() if name != "pages"}, ensure_ascii=False))
    missed = result["over_target"] or result["too_large"] or result["painted_late"] or result["wrong"]
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
