"""
A simulated register: fills a folder with invented papers.

``python -m congkhai_mauson.simulator --state FOLDER --scenario FILE`` prints ``{"folder": …}`` and waits for the end of
its stdin. It plays no faults of its own: `spoil` and `restore` do what a full disk or a lost share does.
"""

import argparse
import json
import sys
from pathlib import Path

PAPERS = ({"so": "1/KH-UBND", "trich_yeu": "Kế hoạch mẫu một", "do_mat": "Thường"},
          {"so": "2/QĐ-UBND", "trich_yeu": "Quyết định mẫu hai", "do_mat": "Thường"},
          {"so": "3/QĐ-UBND", "trich_yeu": "Quyết định mẫu ba", "do_mat": "Mật"})  # fmt: skip


def fill(folder: Path) -> None:
    """Write the papers into the folder; one of them is secret."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, paper in enumerate(PAPERS, start=1):
        row = {"di": True, "loai": "Kế hoạch", "ngay": "2026-07-01", "co_quan": "UBND xã Mẫu Sơn", **paper}
        (folder / f"vb-{number}.json").write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
        (folder / f"vb-{number}.pdf").write_bytes(b"%PDF-1.4\n% " + paper["so"].encode() + b"\n%%EOF\n")


def spoil(folder: Path) -> None:
    """Take the folder away."""
    folder.rename(folder.with_name("mat-ket-noi"))


def restore(folder: Path) -> None:
    """Bring it back."""
    away = folder.with_name("mat-ket-noi")
    if away.exists():
        away.rename(folder)


def main() -> None:
    """Be the simulator's process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--scenario", type=Path)
    folder = parser.parse_args().state / "so-van-ban"
    fill(folder)
    sys.stdout.write(json.dumps({"folder": str(folder)}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
