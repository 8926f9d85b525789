"""
Current data for a verification whose reader allows it: OCSP, revocation lists, missing issuers, through one way out.

The way is the proxy that the caller names, or that the ini names under ``[timestamp]``; the environment of the process
has no say. Without ``--online`` nothing here is even loaded.

Source: TT 15/2025/TT-BKHCN Phụ lục II item 1.2.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from congkhai.signing import ReportFinding, Revocation, enriched

from .clock import Clock
from .config.load import USUAL_PLACES, find_ini, load
from .errors import UsageError
from .host import Host
from .text import _

if TYPE_CHECKING:
    from congkhai.signing import Guard, Trust

_TIMEOUT = 30.0
_SCHEMES = ("http://", "https://", "socks5://", "socks5h://")


def current_trust(
    paths: Sequence[Path],
    trust: "Trust",
    clock: Clock,
    *,
    ini: Path | None = None,
    proxy: str | None = None,
    guard: "Guard | None" = None,
    workers: int = 1,
) -> "tuple[Trust, tuple[ReportFinding, ...]]":
    """
    Ask for what the signatures in some files need.

    Args:
        paths: files and folders that will be verified.
        trust: anchors and what is at hand.
        clock: of the person who asks.
        ini: configuration that names the proxy; None looks in the usual places, and does without when there is none.
        proxy: instead of the ini's; None takes the ini's.
        guard: what reading one file may cost.
        workers: processes, with a guard.

    Returns:
        The richer trust, and what could not be had (V40), which alone changes no verdict.

    Raises:
        UsageError: the proxy is no address.
        ConfigurationError: the ini is missing or has faults: no other way out is taken instead.
    """
    way, timeout = _way_out(ini) if proxy is None else (proxy, _TIMEOUT)
    if way and not way.lower().startswith(_SCHEMES):
        raise UsageError(
            what=_("Địa chỉ proxy không dùng được: {proxy}").format(proxy=way), where="--proxy",
            advice=_("Viết dạng http://MÁY:CỔNG."), code="congkhai-E660",
        )  # fmt: skip
    with requests.Session() as session:
        session.trust_env = False
        if way:
            session.proxies = {"http": way, "https": way}
        source = Revocation(session=session, timeout=timeout)
        richer, said = enriched(paths, trust, source, clock.now(), issuers=True, guard=guard, workers=workers)
    return richer, tuple(ReportFinding("V40", "warn", "--online", one) for one in said)


def _way_out(ini: Path | None) -> tuple[str, float]:
    """Return proxy and time-out of the configuration; a straight way where there is no configuration."""
    if ini is None and not any(place.is_file() for place in USUAL_PLACES):
        return "", _TIMEOUT
    settings = load(find_ini(ini), Host()).timestamp
    return settings.proxy, min(settings.timeout.total_seconds(), _TIMEOUT)
