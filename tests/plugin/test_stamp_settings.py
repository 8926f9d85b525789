"""What ``[timestamp]`` says reaches the services: order, policy, time-out, proxy."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from congkhai.plugin import raising
from congkhai.plugin.clock import SystemClock
from congkhai.plugin.config.schema import TimestampSettings
from congkhai.signing import Trust


def test_services_are_asked_in_order_with_policy_and_through_the_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: dict[str, Any] = {}

    def stamper(services: Any, session: Any, trust: Any) -> str:
        made.update(services=services, session=session, trust=trust)
        return "stamper"

    monkeypatch.setattr(raising, "Stamper", stamper)
    monkeypatch.setattr(raising, "trust_of", lambda _house: Trust.nothing())
    settings = TimestampSettings(
        url=("http://tsa.mau.vn", "http://tsa2.mau.vn"), policy="1.2.3.4", timeout=timedelta(minutes=2),
        proxy="http://proxy.mau.vn:3128",
    )  # fmt: skip
    house: Any = SimpleNamespace(
        configuration=SimpleNamespace(timestamp=settings), clock=SystemClock(), store=SimpleNamespace(folder=tmp_path)
    )
    tools = raising.tools_of(house)
    assert tools.stamper == "stamper"
    assert [(one.url, one.policy, one.timeout) for one in made["services"]] == [
        ("http://tsa.mau.vn", "1.2.3.4", 120), ("http://tsa2.mau.vn", "1.2.3.4", 120),
    ]  # fmt: skip
    assert made["session"].trust_env is False
    assert set(made["session"].proxies.values()) == {"http://proxy.mau.vn:3128"}
    assert tools.revocation is not None and tools.revocation.session is made["session"]
    made["session"].close()


@pytest.mark.parametrize("policy", ["abc", "3.1", "1.", "1.2.3.", " 1.2"])
def test_a_policy_that_is_no_oid_is_refused(policy: str) -> None:
    with pytest.raises(ValidationError):
        TimestampSettings(policy=policy)
