"""For what and when an anchor is trusted: folders, ini files beside certificates, and history."""

import datetime as dt
from pathlib import Path

import pytest

from congkhai.signing import Term, Trust, TrustError

from .pki import NOW, PEM, Pki

VN = dt.timezone(dt.timedelta(hours=7))
DAY = dt.timedelta(days=1)


@pytest.fixture
def pem(pki: Pki) -> bytes:
    """The root, PEM."""
    return pki.root.certificate.public_bytes(PEM)


def put(folder: Path, pem: bytes, name: str, ini: str | None = None) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pem)
    if ini is not None:
        path.with_name(path.name + ".ini").write_text(ini, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "purposes"),
    [
        ("goc.pem", ("signer", "timestamp")), ("signer/goc.pem", ("signer",)), ("timestamp/goc.pem", ("timestamp",)),
        ("Timestamp/cũ/goc.pem", ("timestamp",)), ("khác/goc.pem", ("signer", "timestamp")),
    ],
)  # fmt: skip
def test_the_folder_says_the_purpose(tmp_path: Path, pem: bytes, name: str, purposes: tuple[str, ...]) -> None:
    trust = Trust.load(put(tmp_path, pem, name))
    assert trust.terms == ((Term(purposes),),)
    assert trust.sources[0].terms == (Term(purposes),)
    for purpose in ("signer", "timestamp"):
        assert bool(trust.anchors_for(purpose, NOW, NOW)) is (purpose in purposes)


def test_an_ini_file_says_more_and_keeps_history(tmp_path: Path, pem: bytes) -> None:
    ini = (
        "[2018]\npurpose = signer\nvalid-from = 2018-07-01\nvalid-until = 2020-12-31\nsource = Công văn 12/CV\n"
        "[2026]\npurpose = signer, timestamp\nvalid-from = 2026-11-01T08:00:00+07:00\n"
    )
    trust = Trust.load(put(tmp_path, pem, "timestamp/goc.pem", ini))
    first, second = trust.terms[0]
    assert first == Term(
        ("signer",),
        dt.datetime(2018, 7, 1, tzinfo=VN),
        dt.datetime(2020, 12, 31, 23, 59, 59, tzinfo=VN),
        "Công văn 12/CV",
    )
    assert second.valid_from == dt.datetime(2026, 11, 1, 1, tzinfo=dt.UTC)
    early, late = dt.datetime(2019, 1, 1, tzinfo=VN), dt.datetime(2022, 1, 1, tzinfo=VN)
    assert trust.anchors_for("signer", early, early)
    assert not trust.anchors_for("timestamp", early, early)
    assert not trust.anchors_for("signer", early, late), "the proof was made when it was no longer trusted"
    assert not trust.anchors_for("signer", late, late)
    assert trust.anchors_for("timestamp", NOW, NOW + 400 * DAY)


def test_the_same_anchor_in_two_folders_is_trusted_for_both(tmp_path: Path, pem: bytes) -> None:
    put(tmp_path, pem, "signer/a.pem")
    trust = Trust.load(put(tmp_path, pem, "timestamp/b.pem"))
    assert len(trust.anchors) == 1
    assert trust.anchors_for("signer", NOW, NOW) == trust.anchors_for("timestamp", NOW, NOW) == trust.anchors


@pytest.mark.parametrize(
    "ini",
    [
        "", "no section = 1", "[a]\npurpose = đóng dấu", "[a]\npurpose =", "[a]\nvalid-from = hôm qua",
        "[a]\nvalid-from = 2026-01-01T00:00:00", "[a]\nvalid-until = 2026-02-30", "[a]\nuntil = 2026-01-01",
        "[a]\nvalid-from = 2026-02-01\nvalid-until = 2026-01-01", "[a]\nsource = x\n[a]\nsource = y",
    ],
)  # fmt: skip
def test_an_ini_file_that_says_something_else_is_named(tmp_path: Path, pem: bytes, ini: str) -> None:
    with pytest.raises(TrustError) as caught:
        Trust.load(put(tmp_path, pem, "goc.pem", ini))
    assert caught.value.where == "goc.pem.ini"
    assert caught.value.exit_code == 2


def test_trust_made_of_anchors_alone_is_for_everything(pem: bytes, pki: Pki) -> None:
    trust = Trust(anchors=(pki.root.identity.der,))
    assert trust.anchors_for("signer", NOW, NOW) == trust.anchors_for("timestamp", NOW, NOW) == trust.anchors
    assert Trust.nothing().anchors_for("signer", NOW, NOW) == ()
