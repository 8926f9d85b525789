"""A key that its holder confirms on a phone: asked now, fetched later, by another process if need be."""

import pytest

from congkhai.signing import KeyRefusedError, SigningError

from .test_remote import Service, service, shared, verified

__all__ = ["service", "shared"]


@pytest.mark.parametrize("credential", ["app-p256", "app-later-p256"])
def test_asking_the_phone_and_fetching_the_signature_come_apart(service: Service, credential: str) -> None:
    ticket = service.key(credential).ask(b"octets")
    key = service.key(credential)  # another process, after a restart
    ticket, value = key.collect(b"octets", ticket)
    assert value is None
    service.act("confirm")
    for _look in range(4):
        ticket, value = key.collect(b"octets", ticket)
        if value is not None:
            break
    assert value is not None
    assert verified(key, value)
    assert ticket == ""


def test_a_ticket_serves_the_digest_it_was_asked_for_and_no_other(service: Service) -> None:
    key = service.key("app-p256")
    ticket = key.ask(b"octets")
    service.act("confirm")
    with pytest.raises(SigningError):
        key.collect(b"something else", ticket)


def test_declining_on_the_phone_and_keys_that_nobody_confirms_there_are_refused(service: Service) -> None:
    key = service.key("app-p256")
    ticket = key.ask(b"octets")
    service.act("decline")
    with pytest.raises(KeyRefusedError) as declined:
        key.collect(b"octets", ticket)
    assert declined.value.code == "congkhai-S146"
    for credential in ("pin-rsa", "free-p521", "token-p256"):
        with pytest.raises(KeyRefusedError) as refused:
            service.key(credential).ask(b"octets")
        assert refused.value.code == "congkhai-S150"
    assert service.calls("credentials/authorize") == 1
