"""One PKI, one honest signer and one trust for the tests that do not change them."""

from pathlib import Path

import pytest

from congkhai.signing import FileKey, Trust

from .pki import Pki
from .samples import file_key, trust_of


@pytest.fixture(scope="session")
def pki() -> Pki:
    """Root and issuing CA; nobody is revoked in it."""
    return Pki.make()


@pytest.fixture(scope="session")
def trust(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Trust:
    """Trust with the root, the issuing CA and fresh CRLs."""
    return trust_of(pki, tmp_path_factory.mktemp("trust"))


@pytest.fixture(scope="session")
def key(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> FileKey:
    """An honest signer with a P-256 key."""
    return file_key(pki.issuing.issue("Nguyễn Văn Mẫu", title="Chủ tịch"), tmp_path_factory.mktemp("key"))


@pytest.fixture(scope="session")
def rsa_key(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> FileKey:
    """An honest signer with an RSA-2048 key."""
    return file_key(pki.issuing.issue("Trần Thị Mẫu", "rsa2048"), tmp_path_factory.mktemp("rsa"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    path = tmp_path / "hồ sơ"
    path.mkdir()
    return path
