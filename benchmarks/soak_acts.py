"""
What happens to the papers of the document soak after they have come: updates, recalls, replacements, and outages.

An e-office changes a paper in place, or shows it no more; packets say so and name the paper that they are about. Some
of the papers are public by then. Every source is out of order for hours while papers come and for a day and more
afterwards, the e-office also while dossiers are filed.
"""

import random
from datetime import datetime, timedelta
from typing import Any

OFFICES = ("ioffice", "iwork")
"""Sources that change or hide a paper; the others send packets about it."""
SHARE = 0.02
"""How many of a source's papers each of the three acts befalls; at least one."""
AFTER = timedelta(hours=30)
"""When an act follows its paper: the paper is held by then, whatever a single pull met."""
_PUBLIC = timedelta(days=4)
CHANGED = " (đã sửa)"


def acts(entries: list[dict[str, Any]], disclosed: str, seed: int) -> list[dict[str, Any]]:
    """
    Invent what happens to some of the papers.

    Args:
        entries: the papers that come.
        disclosed: beginning of the subjects that lead to a dossier; of those only the e-office's first is touched here.
        seed: what is drawn from.
    """
    dice = random.Random(seed)  # noqa: S311 - made-up papers that can be made again
    found: list[dict[str, Any]] = []
    for via in sorted({entry["via"] for entry in entries}):
        mine = [entry for entry in entries if entry["via"] == via and _ordinary(entry, disclosed)]
        count = max(1, round(SHARE * len(mine)))
        chosen = dice.sample(mine, 3 * count)
        for number, entry in enumerate(chosen):
            found.append(_act(entry, ("update", "recall", "replace")[number // count], AFTER))
    public = next((one for one in entries if one["via"] == "ioffice" and one["subject"].startswith(disclosed)), None)
    if public is not None:
        found.append(_act(public, "update", _PUBLIC))
    return found


def _ordinary(entry: dict[str, Any], disclosed: str) -> bool:
    plain = entry["secrecy"] in ("", "Thường") and (entry["secrecy"] or entry["via"] not in OFFICES)
    whole = entry.get("fault") is None and entry["number"] and entry["subject"] and entry["id"] != "io-plan"
    return bool(plain and whole and not entry.get("shared") and not entry["subject"].startswith(disclosed))


def _act(entry: dict[str, Any], act: str, after: timedelta) -> dict[str, Any]:
    at = datetime.fromisoformat(entry["at"]) + after
    made = {**entry, "id": f"{entry['id']}-{act}", "at": at.isoformat(), "act": act, "target": entry["id"]}
    if act != "recall":
        made["subject"] = entry["subject"] + CHANGED
    if entry["via"] not in OFFICES and act != "recall":
        made["identifier"] = f"{entry['identifier']}-{act}"
    if act == "replace":
        made["number"] = f"{entry['number']}-TT"
        made["subject"] = f"Thay thế: {entry['subject']}"
    return made


def public_packets(disclosed: str, at: datetime) -> list[dict[str, Any]]:
    """Return packets of papers that are made public and what follows: one is recalled, one updated, one replaced."""
    found: list[dict[str, Any]] = []
    for place, act in enumerate(("recall", "update", "replace"), start=1):
        shown = at + timedelta(hours=place)
        paper = {
            "id": f"ed-public-{act}", "at": shown.isoformat(), "via": "edxml", "direction": "out", "type": "Kế hoạch",
            "number": f"9{place}/KH-UBND", "issued": shown.date().isoformat(), "issuer": "UBND xã Mẫu Sơn",
            "subject": f"{disclosed} P{place}", "secrecy": "", "signer": "Nguyễn Văn Mẫu", "urgency": "Thường",
            "identifier": f"000.00.00.TT9,2026/06/01,9{place}/PUBLIC",
            "files": [{"name": f"9{place}-KH-UBND.pdf", "text": f"Số: 9{place}/KH-UBND\n\n{disclosed} P{place}"}],
        }  # fmt: skip
        follows = _act(paper, act, _PUBLIC)
        if act == "update":
            follows["subject"] = f"Đính chính: {paper['subject']}"  # about the matter, and none itself
        elif act == "replace":
            follows["subject"] = f"{disclosed} P{place} thay thế"
        found += [paper, follows]
    return found


def outages(start: datetime, arriving: timedelta) -> list[dict[str, str]]:
    """Return the times at which sources do not answer: two for each, a third for the e-office that is filed to."""
    found = [
        _outage(via, start + arriving * part, 9) for via, part in
        (("ioffice", 0.2), ("iwork", 0.4), ("vxp", 0.6), ("edxml", 0.7))
    ]  # fmt: skip
    after = start + arriving
    found += [
        _outage(via, after + timedelta(days=day), 33) for via, day in
        (("ioffice", 2), ("iwork", 3), ("vxp", 3), ("edxml", 1), ("ioffice", 19))
    ]  # fmt: skip
    return found


def _outage(via: str, begins: datetime, hours: int) -> dict[str, str]:
    return {"via": via, "from": begins.isoformat(), "to": (begins + timedelta(hours=hours)).isoformat()}
