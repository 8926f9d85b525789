"""Asking timestamp services: what is sent, what is accepted, what is refused and why; the budget of waiting."""

import datetime as dt
import hashlib
from pathlib import Path

import pytest
from rfc3161_client import decode_timestamp_response

from congkhai.signing import (
    Budget,
    Service,
    Stamper,
    TimestampError,
    TokenError,
    Trust,
    budget_state,
    next_try,
)
from congkhai.signing.tokens import read_token

from .pki import END, NOW, Identity, Pki, bent_everywhere
from .samples import trust_of
from .stamping import POLICY, TSA_URL, OwnSession, OwnTsa, service_identity

IMPRINT = hashlib.sha256(b"value").digest()
HOUR = dt.timedelta(hours=1)


@pytest.fixture(scope="module")
def service(pki: Pki) -> Identity:
    """A trusted timestamp service."""
    return service_identity(pki.issuing)


def ask(tsa: OwnTsa, trust: Trust, **more: object) -> Stamper:
    return Stamper([Service(TSA_URL, **more)], OwnSession({TSA_URL: tsa.answer}), trust)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["p256", "p384", "rsa2048", "rsa3072"])
def test_a_good_token_is_returned_with_what_it_says(pki: Pki, trust: Trust, kind: str) -> None:
    tsa = OwnTsa(service_identity(pki.issuing, f"Dấu thời gian {kind}", kind=kind), NOW)
    token = ask(tsa, trust).stamp(IMPRINT, NOW)
    assert (token.imprint, token.hash_name, token.gen_time, token.policy) == (IMPRINT, "sha256", NOW, POLICY)
    assert token.certificate == tsa.identity.certificate
    assert read_token(token.der) == token


def test_an_independent_library_reads_the_same_answer(service: Identity, trust: Trust) -> None:
    tsa = OwnTsa(service, NOW)
    ask(tsa, trust).stamp(IMPRINT, NOW)
    answer = decode_timestamp_response(tsa.answer(tsa.asked[0]))
    assert answer.tst_info.message_imprint.message == IMPRINT
    assert answer.tst_info.nonce is not None


def test_the_question_has_a_fresh_nonce_and_asks_for_the_certificate(service: Identity, trust: Trust) -> None:
    from asn1crypto import tsp

    tsa = OwnTsa(service, NOW)
    for _time in range(2):
        ask(tsa, trust, policy=POLICY).stamp(IMPRINT, NOW)
    one, two = (tsp.TimeStampReq.load(asked).native for asked in tsa.asked)
    assert one["nonce"] != two["nonce"] and one["nonce"] >= 2**63
    assert one["cert_req"] is True and one["req_policy"] == POLICY


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ("imprint", "giá trị khác"), ("nonce", "nonce"), ("no-nonce", "nonce"), ("policy", "chính sách"),
        ("refuse", "hết hạn mức"), ("garbage", "RFC 3161"), ("signature", "chữ ký của dịch vụ"),
        ("no-certificate", "không kèm chứng thư"), ("other-certificate", "không phải chứng thư"),
    ],
)  # fmt: skip
def test_a_faulty_answer_is_refused_and_says_why(service: Identity, trust: Trust, fault: str, word: str) -> None:
    tsa = OwnTsa(service, NOW, frozenset({fault}))
    with pytest.raises(TimestampError) as caught:
        ask(tsa, trust, policy="1.2.3.9" if fault == "policy" else "").stamp(IMPRINT, NOW)
    assert word in caught.value.what
    assert caught.value.failures[0][0] == TSA_URL


def test_an_unknown_service_is_refused(tmp_path: Path, service: Identity) -> None:
    stranger = trust_of(Pki.make("Gốc khác"), tmp_path / "t")
    with pytest.raises(TimestampError, match="không được tin cậy"):
        ask(OwnTsa(service, NOW), stranger).stamp(IMPRINT, NOW)


def test_a_revoked_service_is_refused(tmp_path: Path) -> None:
    pki = Pki.make()
    service = service_identity(pki.issuing)
    pki.issuing.revoke(service, NOW - 2 * HOUR * 24)
    with pytest.raises(TimestampError, match="thu hồi"):
        ask(OwnTsa(service, NOW), trust_of(pki, tmp_path / "t")).stamp(IMPRINT, NOW)


def test_an_expired_service_is_refused(pki: Pki, trust: Trust) -> None:
    late = END + dt.timedelta(days=1)
    with pytest.raises(TimestampError, match="ngoài thời hạn"):
        ask(OwnTsa(service_identity(pki.issuing), late), trust).stamp(IMPRINT, late)


def test_a_signer_cannot_timestamp(pki: Pki, trust: Trust) -> None:
    with pytest.raises(TimestampError, match="riêng để đóng dấu thời gian"):
        ask(OwnTsa(pki.issuing.issue("Người ký"), NOW), trust).stamp(IMPRINT, NOW)


@pytest.mark.parametrize("drift", [-HOUR, 2 * HOUR])
def test_a_service_with_a_wrong_clock_is_refused(service: Identity, trust: Trust, drift: dt.timedelta) -> None:
    with pytest.raises(TimestampError, match="đồng hồ"):
        ask(OwnTsa(service, NOW + drift), trust).stamp(IMPRINT, NOW)


def test_services_are_asked_in_order_until_one_does(service: Identity, trust: Trust) -> None:
    urls = [f"http://127.0.0.1:9/{index}" for index in range(4)]
    bad, good = OwnTsa(service, NOW, frozenset({"nonce"})), OwnTsa(service, NOW)
    session = OwnSession(
        {urls[0]: TimeoutError("chờ quá lâu"), urls[1]: 503, urls[2]: bad.answer, urls[3]: good.answer}
    )
    stamper = Stamper([Service(url, timeout=131.0) for url in urls], session, trust)
    assert stamper.stamp(IMPRINT, NOW).gen_time == NOW
    assert [url for _method, url in session.calls] == urls
    assert session.timeouts == [131.0] * 4
    assert all(answer.closed for answer in session.answers)


def test_when_nobody_answers_everybody_is_named(trust: Trust) -> None:
    session = OwnSession({TSA_URL: ConnectionError("từ chối kết nối")})
    with pytest.raises(TimestampError) as caught:
        Stamper([Service(TSA_URL), Service("ftp://x"), Service(TSA_URL + "/2")], session, trust).stamp(IMPRINT, NOW)
    assert [url for url, _reason in caught.value.failures] == [TSA_URL, "ftp://x", TSA_URL + "/2"]
    assert "từ chối kết nối" in caught.value.what and "404" in caught.value.what
    assert caught.value.advice


def test_an_endless_answer_is_cut_off(trust: Trust) -> None:
    with pytest.raises(TimestampError, match="dài quá"):
        Stamper([Service(TSA_URL)], OwnSession({TSA_URL: b"x" * 10_000_000}), trust).stamp(IMPRINT, NOW)


def test_headers_are_sent_and_never_shown(service: Identity, trust: Trust) -> None:
    session = OwnSession({TSA_URL: OwnTsa(service, NOW).answer})
    one = Service(TSA_URL, headers={"Authorization": "Bearer bí-mật"})
    Stamper([one], session, trust).stamp(IMPRINT, NOW)
    assert session.headers[0]["Authorization"] == "Bearer bí-mật"
    assert "bí-mật" not in repr(one)


@pytest.mark.parametrize("cut", [10, 200, 500])
def test_a_broken_token_is_an_error_not_a_crash(service: Identity, cut: int) -> None:
    good = OwnTsa(service, NOW).token(IMPRINT)
    for data in (good[:cut], good[:cut] + b"\xff" + good[cut + 1 :], b"", good + b"x"):
        with pytest.raises(TokenError):
            read_token(data)


@pytest.mark.filterwarnings("ignore:Parsed a serial number which wasn")  # a bent one may become negative
def test_no_changed_byte_of_a_token_goes_unseen(service: Identity) -> None:
    good = OwnTsa(service, NOW).token(IMPRINT)
    known = read_token(good)
    kept = (known.imprint, known.gen_time, known.certificate)
    for place, data in bent_everywhere(good):
        try:
            read = read_token(data)
        except TokenError:
            continue
        # What is outside of the service's signature may change; what counts must not.
        assert (read.imprint, read.gen_time, read.certificate) == kept, place


def test_the_budget_says_where_the_waiting_stands() -> None:
    budget = Budget(longest=dt.timedelta(days=2), warn_after=4 * HOUR)
    assert budget_state(budget, [], NOW).state == "idle"
    assert budget_state(budget, [NOW - HOUR], NOW).state == "waiting"
    late = budget_state(budget, [NOW, NOW - 5 * HOUR], NOW)
    assert (late.state, late.since, late.ends) == ("late", NOW - 5 * HOUR, NOW + 43 * HOUR)
    assert budget_state(budget, [NOW - 48 * HOUR], NOW).state == "spent"


def test_the_pause_between_tries_doubles_up_to_its_limit() -> None:
    budget = Budget(first_retry=dt.timedelta(minutes=1), longest_retry=HOUR)
    minutes = [(next_try(budget, failures, NOW) - NOW).total_seconds() / 60 for failures in (0, 1, 2, 3, 7, 1000)]
    assert minutes == [0, 1, 2, 4, 60, 60]
