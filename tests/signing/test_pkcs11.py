"""Keys on tokens: real ones of SoftHSM, and the troubles that tokens have."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import softhsm as t
from cryptography.hazmat.primitives.serialization import Encoding
from softhsm import PIN, Faults, Tokens

from congkhai.signing import (
    KeyLoadError,
    KeyRefusedError,
    KeyUnreachableError,
    Pkcs11Key,
    SigningError,
    TokenKey,
    complete,
    load_pkcs11,
    prepare,
    recheck,
    token_state,
)
from congkhai.signing.algorithms import BY_NAME, verify_value

from .pki import NOW, Identity, Pki
from .samples import minutes_xml

LABEL = "Văn thư"


@pytest.fixture
def tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tokens]:
    """An empty place for tokens."""
    made = Tokens(tmp_path / "hsm", monkeypatch.setenv)
    yield made
    made.close()


@pytest.fixture
def faults(tokens: Tokens) -> Iterator[Faults]:
    """A way to make the module misbehave."""
    made = Faults(tokens.module)
    yield made
    made.undo()


@pytest.fixture
def signer(pki: Pki) -> Identity:
    """A person with a P-256 key."""
    return pki.issuing.issue("Nguyễn Văn Mẫu", title="Chủ tịch")


@pytest.fixture
def token(tokens: Tokens, signer: Identity) -> TokenKey:
    """A token that holds the key of `signer` and its certificates."""
    tokens.put(tokens.make(LABEL), signer)
    return TokenKey(tokens.module, LABEL)


def the_pin() -> str:
    """What the holder types."""
    return PIN


class Typed:
    """A holder who types one PIN after another, and how often they were asked."""

    def __init__(self, *pins: str) -> None:
        self.pins, self.asked = list(pins), 0

    def __call__(self) -> str:
        self.asked += 1
        return self.pins[min(self.asked, len(self.pins)) - 1]


def verified(key: Pkcs11Key, value: bytes, octets: bytes = b"octets") -> bool:
    return verify_value(BY_NAME[key.algorithm], key.certificate.public_key(), octets, value)


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [
        ("rsa2048", "rsa-sha256"), ("rsa2048", "rsa-sha512"), ("rsa3072", "rsa-sha384"),
        ("rsa2048", "rsa-pss-sha256"), ("rsa2048", "rsa-pss-sha384"), ("rsa2048", "rsa-pss-sha512"),
        ("p256", "ecdsa-sha256"), ("p384", "ecdsa-sha384"), ("p521", "ecdsa-sha512"), ("p256", "ecdsa-sha512"),
    ],
)  # fmt: skip
def test_a_token_signs_minutes_that_a_second_program_accepts(
    pki: Pki, tokens: Tokens, kind: str, algorithm: str
) -> None:
    tokens.put(tokens.make(LABEL), pki.issuing.issue("Nguyễn Văn Mẫu", kind))
    key = load_pkcs11(TokenKey(tokens.module, LABEL), the_pin, algorithm=algorithm)
    document = minutes_xml()
    prepared = prepare(
        document, certificate=key.certificate_der, algorithm=key.algorithm, signing_time=NOW, chain=key.chain
    )
    signed = complete(document, prepared, key.sign(prepared.octets))
    assert recheck(signed) == (prepared.signature_id,)


@pytest.mark.parametrize(
    ("kind", "pss", "expected"),
    [("rsa2048", False, "rsa-sha256"), ("rsa2048", True, "rsa-pss-sha256"), ("p384", True, "ecdsa-sha384")],
)
def test_the_usual_algorithm_follows_key_and_padding(
    pki: Pki, tokens: Tokens, kind: str, pss: bool, expected: str
) -> None:
    tokens.put(tokens.make(LABEL), pki.issuing.issue("Nguyễn Văn Mẫu", kind))
    assert load_pkcs11(TokenKey(tokens.module, LABEL), the_pin, pss=pss).algorithm == expected


@pytest.mark.parametrize("algorithm", ["rsa-sha256", "rsa-sha384", "rsa-sha512"])
def test_a_token_without_combined_mechanisms_gives_the_same_value(
    pki: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, algorithm: str
) -> None:
    values = []
    person = pki.issuing.issue("Nguyễn Văn Mẫu", "rsa2048")
    for name, mechanisms in (("all", "ALL"), ("few", "CKM_RSA_PKCS")):
        few = Tokens(tmp_path / name, monkeypatch.setenv)
        few.put(few.make(LABEL), person)
        few.configuration.write_text(
            few.configuration.read_text(encoding="utf-8").replace("= ALL", f"= {mechanisms}"), encoding="utf-8"
        )
        few.close()
        key = load_pkcs11(TokenKey(few.module, LABEL), the_pin, algorithm=algorithm)
        values.append(key.sign(b"octets"))
        offered = {one.name for one in module_mechanisms(few)}
        assert (f"{algorithm.removeprefix('rsa-').upper()}_RSA_PKCS" in offered) == (mechanisms == "ALL")
        few.close()
    assert values[0] == values[1]


def module_mechanisms(tokens: Tokens) -> set:  # type: ignore[type-arg] - members of two enums
    """Return what the first token offers."""
    return t.module_for(tokens.module).find(LABEL, None).slot.get_mechanisms()


@pytest.mark.parametrize(
    ("kind", "algorithm", "mechanisms"),
    [("rsa2048", "rsa-pss-sha256", "CKM_RSA_PKCS_PSS"), ("rsa2048", "rsa-pss-sha512", "CKM_RSA_PKCS_PSS"),
     ("p256", "ecdsa-sha256", "CKM_ECDSA")],
)  # fmt: skip
def test_plain_mechanisms_over_a_digest_are_enough(
    pki: Pki, tokens: Tokens, kind: str, algorithm: str, mechanisms: str
) -> None:
    tokens.put(tokens.make(LABEL), pki.issuing.issue("Nguyễn Văn Mẫu", kind))
    text = tokens.configuration.read_text(encoding="utf-8").replace("= ALL", f"= {mechanisms}")
    tokens.configuration.write_text(text, encoding="utf-8")
    tokens.close()
    key = load_pkcs11(TokenKey(tokens.module, LABEL), the_pin, algorithm=algorithm)
    assert verified(key, key.sign(b"octets"))


def test_a_mechanism_that_is_listed_but_refused_is_passed_over(pki: Pki, tokens: Tokens, faults: Faults) -> None:
    tokens.put(tokens.make(LABEL), pki.issuing.issue("Nguyễn Văn Mẫu", "rsa2048"))
    key = load_pkcs11(TokenKey(tokens.module, LABEL), the_pin)
    faults.answer("C_SignInit", t.CKR_MECHANISM_INVALID)
    assert verified(key, key.sign(b"octets"))


def test_a_token_that_cannot_do_the_algorithm_says_so(pki: Pki, tokens: Tokens) -> None:
    tokens.put(tokens.make(LABEL), pki.issuing.issue("Nguyễn Văn Mẫu", "rsa2048"))
    text = tokens.configuration.read_text(encoding="utf-8").replace("= ALL", "= CKM_RSA_PKCS")
    tokens.configuration.write_text(text, encoding="utf-8")
    tokens.close()
    key = load_pkcs11(TokenKey(tokens.module, LABEL), the_pin, pss=True)
    with pytest.raises(SigningError) as caught:
        key.sign(b"octets")
    assert caught.value.code == "congkhai-S138"
    assert "rsa-padding" in caught.value.advice


def test_the_certificate_and_its_issuer_are_read_without_a_pin(token: TokenKey, signer: Identity) -> None:
    typed = Typed(PIN)
    key = load_pkcs11(token, typed)
    assert key.certificate_der == signer.der
    assert key.chain == tuple(one.public_bytes(Encoding.DER) for one in signer.chain)
    assert typed.asked == 0
    key.sign(b"a")
    key.sign(b"b")
    assert typed.asked == 1


def test_the_certificate_may_lie_in_a_file(pki: Pki, tokens: Tokens, tmp_path: Path) -> None:
    person = pki.issuing.issue("Nguyễn Văn Mẫu", "p384")
    tokens.put(tokens.make(LABEL), person, certificate=False, chain=False)
    place = TokenKey(tokens.module, LABEL)
    with pytest.raises(KeyLoadError) as caught:
        load_pkcs11(place, the_pin)
    assert caught.value.code == "congkhai-S114"
    for name, data in (
        ("ky.pem", b"".join(one.public_bytes(Encoding.PEM) for one in (person.certificate, *person.chain))),
        ("ky.cer", person.der),
    ):
        (tmp_path / name).write_bytes(data)
        key = load_pkcs11(place, the_pin, certificates=tmp_path / name)
        assert verified(key, key.sign(b"octets"))


@pytest.mark.parametrize("kind", ["rsa2048", "p256"])
def test_a_certificate_of_another_key_is_refused(pki: Pki, tokens: Tokens, tmp_path: Path, kind: str) -> None:
    tokens.put(tokens.make(LABEL), pki.issuing.issue("Nguyễn Văn Mẫu", kind, owner="a"), certificate=False)
    (tmp_path / "b.cer").write_bytes(pki.issuing.issue("Nguyễn Văn Mẫu", kind, owner="b").der)
    key = load_pkcs11(TokenKey(tokens.module, LABEL), the_pin, certificates=tmp_path / "b.cer")
    with pytest.raises(KeyLoadError) as caught:
        key.sign(b"octets")
    assert caught.value.code == "congkhai-S116"


def test_of_several_keys_the_ini_names_one(pki: Pki, tokens: Tokens) -> None:
    serial = tokens.make(LABEL)
    one, two = pki.issuing.issue("Nguyễn Văn Mẫu", owner="1"), pki.issuing.issue("Nguyễn Văn Mẫu", owner="2")
    tokens.put(serial, one, "cu", b"\x0a")
    tokens.put(serial, two, "moi", b"\x0b", chain=False)
    with pytest.raises(KeyLoadError) as caught:
        load_pkcs11(TokenKey(tokens.module, LABEL), the_pin)
    assert "key-id 0a" in caught.value.what
    assert "key-label moi" in caught.value.what
    for place, expected in (
        (TokenKey(tokens.module, LABEL, id=b"\x0a"), one),
        (TokenKey(tokens.module, LABEL, label="moi"), two),
    ):
        key = load_pkcs11(place, the_pin)
        assert key.certificate_der == expected.der
        assert verified(key, key.sign(b"octets"))


def test_two_tokens_of_one_label_are_told_apart_by_serial_number(pki: Pki, tokens: Tokens) -> None:
    people = [pki.issuing.issue("Nguyễn Văn Mẫu", owner=name) for name in "ab"]
    serials = [tokens.make(LABEL) for _ in people]
    for serial, person in zip(serials, people, strict=True):
        tokens.put(serial, person)
    with pytest.raises(KeyLoadError) as caught:
        load_pkcs11(TokenKey(tokens.module, LABEL), the_pin)
    assert caught.value.code == "congkhai-S137"
    assert all(serial in caught.value.what for serial in serials)
    for serial, person in zip(serials, people, strict=True):
        key = load_pkcs11(TokenKey(tokens.module, LABEL, serial), the_pin)
        assert key.certificate_der == person.der
        assert verified(key, key.sign(b"octets"))


def test_label_and_serial_number_must_both_fit(token: TokenKey) -> None:
    for place in (
        TokenKey(token.module, LABEL, "0000000000000000"),
        TokenKey(token.module, "Khác", token_state(token).serial),
    ):
        with pytest.raises(KeyUnreachableError) as caught:
            load_pkcs11(place, the_pin)
        assert caught.value.code == "congkhai-S131"


def test_a_wrong_pin_is_tried_once_and_never_again(token: TokenKey, faults: Faults) -> None:
    logins = faults.count("C_Login")
    typed = Typed("0000", PIN)
    key = load_pkcs11(token, typed)
    for _try in range(3):
        with pytest.raises(KeyRefusedError) as caught:
            key.sign(b"octets")
        assert caught.value.code == "congkhai-S132"
        assert "lần thử" in caught.value.what
        assert "0000" not in caught.value.explain()
    assert (len(logins), typed.asked) == (1, 1)
    key.forget_refusal()  # the holder gives another one
    assert verified(key, key.sign(b"octets"))
    assert token_state(token).tries == "plenty"


def test_a_wrong_pin_says_when_one_try_is_left(token: TokenKey, faults: Faults) -> None:
    key = load_pkcs11(token, Typed("0000"))
    faults.flags(t.COUNT_LOW | t.FINAL_TRY)
    with pytest.raises(KeyRefusedError, match="một lần thử"):
        key.sign(b"octets")


def test_a_pin_that_nobody_types_is_not_tried_after_a_wrong_one(token: TokenKey, faults: Faults) -> None:
    logins = faults.count("C_Login")
    with pytest.raises(KeyRefusedError):
        load_pkcs11(token, Typed("0000"), careful=True).sign(b"octets")
    restarted = load_pkcs11(token, the_pin, careful=True)  # as after a restart of the daemon: nothing is remembered
    with pytest.raises(KeyRefusedError) as caught:
        restarted.sign(b"octets")
    assert caught.value.code == "congkhai-S136"
    assert len(logins) == 1
    load_pkcs11(token, the_pin).sign(b"octets")  # the holder signs once with the right PIN
    t.module_for(token.module).restart()
    assert verified(restarted, restarted.sign(b"octets"))


def test_a_locked_token_is_not_even_tried(token: TokenKey, faults: Faults) -> None:
    logins = faults.count("C_Login")
    key = load_pkcs11(token, the_pin)
    faults.flags(t.LOCKED)
    assert token_state(token).tries == "locked"
    with pytest.raises(KeyRefusedError) as caught:
        key.sign(b"octets")
    assert caught.value.code == "congkhai-S133"
    assert logins == []


def test_a_token_that_locks_at_the_login_says_so(token: TokenKey, faults: Faults) -> None:
    key = load_pkcs11(token, the_pin)
    faults.answer("C_Login", t.CKR_PIN_LOCKED, times=9)
    with pytest.raises(KeyRefusedError) as caught:
        key.sign(b"octets")
    assert caught.value.code == "congkhai-S133"
    assert "SO PIN" in caught.value.advice


def test_without_a_pin_nothing_is_tried(token: TokenKey, faults: Faults) -> None:
    logins = faults.count("C_Login")
    for pin in (lambda: None, lambda: ""):
        with pytest.raises(KeyRefusedError) as caught:
            load_pkcs11(token, pin).sign(b"octets")
        assert caught.value.code == "congkhai-S135"
    assert logins == []


def test_a_token_with_a_pin_pad_asks_its_holder_itself(token: TokenKey, faults: Faults) -> None:
    typed = Typed(PIN)
    key = load_pkcs11(token, typed)
    faults.flags(t.PIN_PAD)
    assert token_state(token).pin_pad
    given = []

    def pad(real: Callable[..., int]) -> Callable[..., int]:
        def login(session: int, kind: int, pin: int, length: int) -> int:
            given.append((pin, length))
            text = (t.ctypes.c_char * len(PIN)).from_buffer_copy(PIN.encode())  # what the pad would hand over
            return real(session, kind, t.ctypes.addressof(text), len(PIN))

        return login

    faults.replace("C_Login", pad)
    assert verified(key, key.sign(b"octets"))
    assert (typed.asked, given) == (0, [(None, 0)])


def test_a_token_pulled_out_in_the_middle_may_be_put_back_and_tried_again(token: TokenKey, tokens: Tokens) -> None:
    key = load_pkcs11(token, the_pin)
    key.sign(b"first")
    tokens.pull_out()
    for _try in range(2):
        with pytest.raises(KeyUnreachableError) as caught:
            key.sign(b"second")
        assert caught.value.code == "congkhai-S131"
        assert caught.value.advice
    tokens.put_back()
    assert verified(key, key.sign(b"second"), b"second")


def test_a_token_pulled_out_while_it_signs_gives_no_value(token: TokenKey, faults: Faults) -> None:
    key = load_pkcs11(token, the_pin)
    faults.answer("C_Sign", t.CKR_DEVICE_REMOVED)
    with pytest.raises(KeyUnreachableError):
        key.sign(b"octets")
    assert verified(key, key.sign(b"octets"))


def test_a_token_out_and_in_between_two_signatures_is_opened_again(token: TokenKey, faults: Faults) -> None:
    key = load_pkcs11(token, the_pin)
    key.sign(b"first")
    faults.answer("C_SignInit", t.CKR_DEVICE_REMOVED)
    assert verified(key, key.sign(b"second"), b"second")


def test_sessions_of_threads_that_are_no_more_do_not_use_up_the_token(token: TokenKey, faults: Faults) -> None:
    key = load_pkcs11(token, the_pin)
    faults.answer("C_OpenSession", t.CKR_SESSION_COUNT)
    assert verified(key, key.sign(b"octets"))


def test_a_value_that_is_not_of_the_key_never_leaves(token: TokenKey, faults: Faults) -> None:
    def broken(real: Callable[..., int]) -> Callable[..., int]:
        def sign(session: int, data: int, length: int, value: int, room: int) -> int:
            answer = real(session, data, length, value, room)
            if value:
                t.ctypes.c_ubyte.from_address(value + 5).value ^= 1
            return answer

        return sign

    key = load_pkcs11(token, the_pin)
    faults.replace("C_Sign", broken)
    with pytest.raises(KeyLoadError) as caught:
        key.sign(b"octets")
    assert caught.value.code == "congkhai-S116"


def test_each_thread_has_a_session_of_its_own_and_one_login(token: TokenKey, faults: Faults) -> None:
    sessions, typed = faults.count("C_OpenSession"), Typed(PIN)
    key = load_pkcs11(token, typed)
    before, ready = len(sessions), threading.Barrier(4)

    def work(name: int) -> bool:
        ready.wait(30)
        return all(verified(key, key.sign(b"%d-%d" % (name, n)), b"%d-%d" % (name, n)) for n in range(25))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(4))) == [True] * 4
    assert len(sessions) - before >= 4


def test_a_missing_library_is_named(tmp_path: Path) -> None:
    (tmp_path / "khong-phai.so").write_text("x")
    for path in (tmp_path / "không có.so", tmp_path / "khong-phai.so"):
        with pytest.raises(KeyLoadError) as caught:
            load_pkcs11(TokenKey(path, "x"), the_pin)
        assert caught.value.code == "congkhai-S130"
        assert path.name in str(caught.value)


_FORKED = """
import json, os, sys
from pathlib import Path
from softhsm import Faults
from congkhai.signing import TokenKey, load_pkcs11
faults = Faults(Path(sys.argv[1]))
key = load_pkcs11(TokenKey(Path(sys.argv[1]), sys.argv[2]), lambda: sys.argv[3])
values = [key.sign(b"parent before").hex()]
started, opened = faults.count("C_Initialize"), faults.count("C_OpenSession")
reading, writing = os.pipe()
child = os.fork()
if child == 0:
    try:
        made = [key.sign(b"child one").hex(), key.sign(b"child two").hex()]
        os.write(writing, json.dumps([made, len(started), len(opened)]).encode())
    finally:
        os._exit(0)
os.close(writing)
with os.fdopen(reading) as pipe:
    made, *counted = json.loads(pipe.read())
os.waitpid(child, 0)
values += [*made, key.sign(b"parent after").hex()]
print(json.dumps([values, counted, [len(started), len(opened)]]))
"""


def test_a_child_opens_its_own_session_and_leaves_the_parent_s_alone(token: TokenKey, tokens: Tokens) -> None:
    key = load_pkcs11(token, the_pin)
    tokens.close()
    done = subprocess.run(
        [sys.executable, "-c", _FORKED, str(token.module), LABEL, PIN], capture_output=True, text=True, timeout=60,
        env={
            **os.environ, "SOFTHSM2_CONF": str(tokens.configuration),
            "PYTHONPATH": os.pathsep.join([str(Path(t.__file__).parent), os.environ.get("PYTHONPATH", "")]),
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = [b"parent before", b"child one", b"child two", b"parent after"]
    values, in_child, in_parent = json.loads(done.stdout)
    pairs = zip((bytes.fromhex(value) for value in values), said, strict=True)
    assert [verified(key, value, text) for value, text in pairs] == [True] * 4
    assert in_child[0] >= 1, "the child must initialise the module for itself"
    assert in_child[1] >= 1, "the child must open a session of its own"
    assert in_parent == [0, 0], "the parent goes on with what it has"


def test_without_the_binding_the_advice_names_the_extra(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['pkcs11'] = None\n"
        "from pathlib import Path\nfrom congkhai.signing import KeyLoadError, TokenKey, load_pkcs11\n"
        "try:\n    load_pkcs11(TokenKey(Path('x.so'), 't'), lambda: '1')\n"
        "except KeyLoadError as error:\n    print(error.code, error.advice)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "congkhai-S130" in done.stdout, done.stderr
    assert "congkhai[pkcs11]" in done.stdout
