"""The vault on S3, against a server that speaks its protocol over HTTP on loopback (moto, from PyPI)."""

import hashlib
import io
from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from congkhai.plugin.errors import ConfigurationError, StoreError
from congkhai.plugin.store.vault_s3 import Bucket, S3Vault, bucket_of


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    client(address).create_bucket(Bucket="kho")
    yield address
    server.stop()


def client(endpoint: str):  # type: ignore[no-untyped-def]  # boto3 ships no types
    return boto3.client(
        "s3", endpoint_url=endpoint, aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1"
    )


@pytest.fixture
def vault(endpoint: str, request: pytest.FixtureRequest) -> S3Vault:
    prefix = hashlib.sha256(request.node.name.encode()).hexdigest()[:12]
    return S3Vault(bucket_of(f"s3://kho/{prefix}", endpoint=endpoint, access_key="a", secret_key="b"))


def test_what_is_put_comes_back_under_its_digest(vault: S3Vault) -> None:
    sha256, size = vault.put("Biên bản".encode())
    assert sha256 == hashlib.sha256("Biên bản".encode()).hexdigest()
    assert size == vault.size(sha256) == len("Biên bản".encode())
    assert vault.read(sha256) == "Biên bản".encode()
    assert list(vault.digests()) == [sha256]


def test_a_large_stream_goes_through_a_file_and_comes_back_whole(vault: S3Vault) -> None:
    data = bytes(range(256)) * 64 * 1024  # 16 MiB, more than is held in memory
    sha256, size = vault.put(io.BytesIO(data))
    assert size == len(data)
    with vault.open(sha256) as stream:
        assert hashlib.file_digest(stream, "sha256").hexdigest() == sha256


def test_equal_content_is_one_object(vault: S3Vault) -> None:
    assert vault.put(b"x") == vault.put(b"x")
    assert len(list(vault.digests())) == 1


def test_a_changed_object_is_noticed_when_it_is_read(vault: S3Vault, endpoint: str) -> None:
    sha256, _size = vault.put(b"that")
    client(endpoint).put_object(Bucket="kho", Key=vault._key(sha256), Body=b"gia!")
    with pytest.raises(StoreError, match="không khớp mã băm"):
        vault.read(sha256)


def test_a_missing_object_and_a_removed_one_are_errors(vault: S3Vault) -> None:
    with pytest.raises(StoreError, match="Thiếu tệp"):
        vault.read("0" * 64)
    with pytest.raises(StoreError, match="Thiếu tệp"):
        vault.size("0" * 64)
    sha256, _size = vault.put(b"x")
    vault.remove(sha256)
    with pytest.raises(StoreError):
        vault.read(sha256)


def test_a_service_that_is_not_there_refuses_with_advice() -> None:
    gone = S3Vault(Bucket("kho", "", "http://127.0.0.1:9", "a", "b"))
    with pytest.raises(StoreError) as caught:
        gone.put(b"x")
    assert "S3" in caught.value.what
    assert caught.value.advice


def test_an_address_without_bucket_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError) as caught:
        bucket_of("s3:///tien-to")
    assert caught.value.code == "congkhai-E760"


def test_what_is_laid_aside_is_not_deleted_and_comes_back_when_it_is_asked_for(vault: S3Vault, endpoint: str) -> None:
    kept, _size = vault.put(b"whole")
    assert 0 <= vault.age(kept) + 5 < 60
    vault.quarantine(kept)
    assert (list(vault.digests()), list(vault.quarantined()), vault.age(kept)) == ([], [kept], float("inf"))
    assert vault.read(kept) == b"whole"
    assert (list(vault.digests()), list(vault.quarantined())) == ([kept], [])
    key = f"{vault.bucket.prefix}{kept[:2]}/{kept[2:]}"
    client(endpoint).put_object(Bucket="kho", Key=key, Body=b"fake!")
    vault.lay_damaged(kept)
    assert vault.put(b"whole")[0] == kept
    assert vault.read(kept) == b"whole"
    assert list(vault.quarantined()) == []
