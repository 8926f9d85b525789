"""
Asking timestamp services (RFC 3161) for tokens, and how long signatures may wait for one.

Services are asked in their order until one gives a token that holds: right imprint, right nonce, right policy, a
plausible time, a service that the trust folder trusts. Services may take minutes to answer; a POST that is answered
after our time-out does no harm, a timestamp has no effect outside.

Source: RFC 3161 sections 2.2 to 2.4 and 3.4 (HTTP); EN 319 422.
"""

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ._http import Session, exchange
from ._text import _
from .errors import TimestampError, TokenError
from .existence import Existence
from .keys.certificates import readable_name
from .past import judge_certificate
from .report import SubIndication
from .terms import TIMESTAMP
from .tokens import MAX_TOKEN, Token, read_token, token_of_response, token_request
from .trust import Trust

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Service:
    """
    One timestamp service.

    Attributes:
        url: ``http`` or ``https``.
        timeout: seconds to wait; national services have been seen to take more than two minutes.
        policy: dotted object identifier that must be followed; empty takes the service's own.
        hash_name: hash function of the imprint: ``sha256``, ``sha384`` or ``sha512``.
        headers: more HTTP headers, e.g. for authorisation; never shown.
        drift: how far the service's time may lie from ours when the token arrives.
    """

    url: str
    timeout: float = 180.0
    policy: str = ""
    hash_name: str = "sha256"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    drift: timedelta = timedelta(minutes=15)


class Stamper:
    """Several services in their order, behind one question."""

    def __init__(self, services: Sequence[Service], session: Session, trust: Trust) -> None:
        """
        Make a stamper.

        Args:
            services: in the order in which they are asked; at least one.
            session: HTTP session of the caller, with its proxy.
            trust: says which services are trusted.

        Raises:
            ValueError: no service.
        """
        if not services:
            raise ValueError("no timestamp service")
        self._services, self._session, self._trust = tuple(services), session, trust

    @property
    def hash_name(self) -> str:
        """Hash function for imprints; the first service's, for all."""
        return self._services[0].hash_name

    def stamp(self, imprint: bytes, at: datetime) -> Token:
        """
        Get a token over a digest.

        Args:
            imprint: digest, in `hash_name`.
            at: now, with zone.

        Returns:
            The token of the first service that gives a good one.

        Raises:
            TimestampError: none did; what each said is in `TimestampError.failures`.
            ValueError: `at` has no zone.
        """
        if at.tzinfo is None:
            raise ValueError("the moment of stamping needs a zone")
        failures: list[tuple[str, str]] = []
        for service in self._services:
            try:
                return self._ask(service, imprint, at)
            except (TokenError, OSError, ValueError) as error:
                reason = error.what if isinstance(error, TokenError) else str(error) or type(error).__name__
                _log.warning("timestamp service %s: %s", service.url, reason)
                failures.append((service.url, reason[:300]))
        raise TimestampError(
            what=_("Không lấy được dấu thời gian: {reasons}").format(
                reasons="; ".join(f"{url}: {reason}" for url, reason in failures)
            ),
            advice=_("Chữ ký vẫn có giá trị; dấu thời gian sẽ được lấy lại sau. Kiểm tra mạng, proxy và [timestamp]."),
            code="congkhai-S711", failures=tuple(failures),
        )  # fmt: skip

    def _ask(self, service: Service, imprint: bytes, at: datetime) -> Token:
        nonce = secrets.randbits(63) | 1 << 63
        question = token_request(imprint, hash_name=self.hash_name, nonce=nonce, policy=service.policy)
        answer = exchange(
            self._session, service.url, data=question, content_type="application/timestamp-query",
            headers={"Accept": "application/timestamp-reply", **service.headers}, timeout=service.timeout,
            limit=MAX_TOKEN,
        )  # fmt: skip
        token = read_token(token_of_response(answer))
        self._check(token, service, imprint, nonce, at)
        return token

    def _check(self, token: Token, service: Service, imprint: bytes, nonce: int, at: datetime) -> None:
        """Hold the token against the question; an honest service never fails here, a replayed answer does."""
        if token.hash_name != self.hash_name or token.imprint != imprint:
            raise _wrong(_("dấu thời gian cho một giá trị khác"), "congkhai-S704")
        if token.nonce != nonce:
            raise _wrong(_("nonce trong trả lời không phải nonce đã gửi"), "congkhai-S705")
        if service.policy and token.policy != service.policy:
            raise _wrong(
                _("chính sách {policy} không phải chính sách đã yêu cầu").format(policy=token.policy), "congkhai-S706"
            )
        if not at - service.drift <= token.gen_time <= at + service.drift + timedelta(seconds=service.timeout):
            text = _("thời gian {moment} lệch quá xa đồng hồ của máy này")
            raise _wrong(text.format(moment=f"{token.gen_time:%d/%m/%Y %H:%M:%S} UTC"), "congkhai-S707")
        existence = Existence(max(at, token.gen_time), material=token.material)
        judged = judge_certificate(token.certificate, self._trust, existence, purpose=TIMESTAMP, used_at=token.gen_time)
        # The status of the service cannot be known yet where its list is fetched later, for the long-term data.
        if judged.sub not in {None, SubIndication.TRY_LATER}:
            who = readable_name(token.certificate.subject)
            raise _wrong(
                _("{who} không được tin cậy: {why}").format(who=who, why=" ".join(judged.messages)), "congkhai-S708"
            )


def _wrong(reason: str, code: str) -> TokenError:
    return TokenError(what=_("Dấu thời gian không dùng được: {reason}.").format(reason=reason), code=code)


@dataclass(frozen=True, slots=True)
class Budget:
    """
    How long signatures may wait for a timestamp.

    Attributes:
        longest: the oldest unstamped signature may wait so long; then signing stops and people are told.
        warn_after: from here on the wait is worth a word.
        first_retry: pause after the first failure; it doubles with each further one.
        longest_retry: the pause never grows beyond this.
    """

    longest: timedelta = timedelta(days=3)
    warn_after: timedelta = timedelta(hours=4)
    first_retry: timedelta = timedelta(minutes=1)
    longest_retry: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class BudgetState:
    """
    Where the waiting stands.

    Attributes:
        state: ``idle`` (nothing waits), ``waiting``, ``late`` (a warning) or ``spent`` (an error: do not sign more).
        since: when the oldest signature began to wait; None when nothing waits.
        ends: when the budget is spent; None when nothing waits.
    """

    state: str
    since: datetime | None = None
    ends: datetime | None = None


def budget_state(budget: Budget, waiting: Sequence[datetime], at: datetime) -> BudgetState:
    """
    Tell where the waiting for timestamps stands; pure.

    Args:
        budget: the limits.
        waiting: when each unstamped signature was made.
        at: now.
    """
    if not waiting:
        return BudgetState("idle")
    since = min(waiting)
    waited = at - since
    state = "spent" if waited >= budget.longest else "late" if waited >= budget.warn_after else "waiting"
    return BudgetState(state, since, since + budget.longest)


def next_try(budget: Budget, failures: int, last: datetime) -> datetime:
    """
    Return when to ask again; pure.

    Args:
        budget: the pauses.
        failures: failures in a row; 0 asks at once.
        last: moment of the last try.
    """
    if failures <= 0:
        return last
    doubled: int = 1 << min(failures - 1, 20)  # the pause has its own limit; this only keeps the number small
    return last + min(budget.first_retry * doubled, budget.longest_retry)
