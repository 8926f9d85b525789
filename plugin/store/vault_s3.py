"""The vault on S3-compatible storage: an object per digest, put whole before a row may name it."""

import base64
import hashlib
import io
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, NoReturn, cast
from urllib.parse import urlsplit

from ..clock import SystemClock
from ..errors import ConfigurationError, StoreError
from ..text import _
from .vault import CHUNK, QUARANTINE

_IN_MEMORY = 8 * 1024 * 1024  # larger files go through a temporary file


@dataclass(frozen=True, slots=True)
class Bucket:
    """
    Where the objects lie.

    Attributes:
        endpoint: address of the service; empty: the one that the AWS settings of the machine name.
        access_key, secret_key: credentials; empty: those that the machine offers (environment, instance role).
    """

    name: str
    prefix: str
    endpoint: str = ""
    access_key: str = ""
    secret_key: str = ""


def bucket_of(address: str, *, endpoint: str = "", access_key: str = "", secret_key: str = "") -> Bucket:
    """Read ``s3://BUCKET/PREFIX``. Raises ConfigurationError."""
    parts = urlsplit(address)
    if parts.scheme != "s3" or not parts.netloc:
        raise ConfigurationError(
            what=_("Kho tệp phải viết s3://TÊN-KHO/TIỀN-TỐ."), where=f"[store] vault = {address}", code="congkhai-E760",
            advice=_("Ví dụ: vault = s3://congkhai/tinh-mau"),
        )  # fmt: skip
    prefix = parts.path.strip("/")
    return Bucket(parts.netloc, f"{prefix}/" if prefix else "", endpoint, access_key, secret_key)


class S3Vault:
    """
    A bucket of objects named by their digest; the same promises as `Vault`.

    The service checks the digest of what it receives (``x-amz-checksum-sha256``), and every reading checks it again.
    """

    def __init__(self, bucket: Bucket) -> None:
        try:
            import boto3  # type: ignore[import-untyped]  # an extra: only houses on S3 need it; it ships no types
            from botocore.config import Config  # type: ignore[import-untyped]  # as above
        except ImportError as error:
            raise ConfigurationError(
                what=_("Kho tệp trên S3 cần phần bổ sung s3."), where="[store] vault", code="congkhai-E761",
                advice=_("Cài đặt: pip install 'congkhai[s3]'"),
            ) from error  # fmt: skip
        self.bucket = bucket
        self._client: Any = boto3.client(
            "s3", endpoint_url=bucket.endpoint or None, aws_access_key_id=bucket.access_key or None,
            aws_secret_access_key=bucket.secret_key or None,
            config=Config(connect_timeout=10, read_timeout=60, retries={"max_attempts": 4, "mode": "standard"}),
        )  # fmt: skip

    def _key(self, sha256: str) -> str:
        return f"{self.bucket.prefix}{sha256[:2]}/{sha256[2:]}"

    def put(self, data: bytes | BinaryIO) -> tuple[str, int]:
        """
        Keep bytes, or a stream read to its end.

        Returns:
            SHA-256 (64 hexadecimal digits) and size in bytes.

        Raises:
            StoreError: the service cannot be reached or refuses; nothing may name the digest.
        """
        stream = io.BytesIO(data) if isinstance(data, bytes) else data
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as whole:
            digest, size = hashlib.sha256(), 0
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                whole.write(chunk)
            whole.seek(0)
            sha256 = digest.hexdigest()
            try:
                if self._head(sha256) == size:  # equal content is one object, however many rows name it
                    return sha256, size
                self._client.put_object(
                    Bucket=self.bucket.name, Key=self._key(sha256), Body=whole, ContentLength=size,
                    ChecksumSHA256=base64.b64encode(digest.digest()).decode(),
                )  # fmt: skip
            except self._failures() as error:
                self._refuse(error)
        return sha256, size

    def open(self, sha256: str) -> BinaryIO:
        """Open kept bytes for reading, after checking their digest. Raises StoreError."""
        whole = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - handed to the caller, who closes it
        digest = hashlib.sha256()
        try:
            self._recall(sha256)
            body = self._client.get_object(Bucket=self.bucket.name, Key=self._key(sha256))["Body"]
            for chunk in body.iter_chunks(CHUNK):
                digest.update(chunk)
                whole.write(chunk)
        except self._failures() as error:
            whole.close()
            if _code(error) in ("NoSuchKey", "404"):
                raise StoreError(
                    what=_("Thiếu tệp trong kho: {reason}.").format(reason=error), where=sha256,
                    advice=_("Khôi phục tệp từ bản sao lưu; không xoá dòng nào trong cơ sở dữ liệu."),
                ) from error  # fmt: skip
            self._refuse(error)
        if digest.hexdigest() != sha256:
            whole.close()
            raise StoreError(
                what=_("Tệp trong kho đã bị thay đổi: nội dung không khớp mã băm."), where=sha256,
                advice=_("Khôi phục tệp từ bản sao lưu và kiểm tra đĩa."),
            )  # fmt: skip
        whole.seek(0)
        return cast(BinaryIO, whole)  # it is one in all but its declared type

    def read(self, sha256: str) -> bytes:
        """Return kept bytes whole, checked. Raises StoreError as `open`."""
        with self.open(sha256) as stream:
            return stream.read()

    def size(self, sha256: str) -> int:
        """Return the size in bytes. Raises StoreError when the object is missing."""
        try:
            self._recall(sha256)
            found = self._head(sha256)
        except self._failures() as error:
            self._refuse(error)
        if found is None:
            raise StoreError(what=_("Thiếu tệp trong kho."), where=sha256)
        return found

    def digests(self) -> Iterator[str]:
        """Name everything that is kept. Raises StoreError."""
        aside = f"{self.bucket.prefix}{QUARANTINE}/"
        for key in self._keys(self.bucket.prefix):
            if not key.startswith(aside):
                yield key.removeprefix(self.bucket.prefix).replace("/", "")

    def _keys(self, prefix: str) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket.name, Prefix=prefix)
        try:
            for one in pages:
                for found in one.get("Contents", ()):
                    yield found["Key"]
        except self._failures() as error:
            self._refuse(error)

    def age(self, sha256: str) -> float:
        """Return how many seconds ago an object was put here, by our clock; infinite when it is not here."""
        try:
            found = self._client.head_object(Bucket=self.bucket.name, Key=self._key(sha256))
        except self._failures() as error:
            if _code(error) in ("404", "NoSuchKey", "NotFound"):
                return float("inf")
            self._refuse(error)
        return float((SystemClock().now() - found["LastModified"]).total_seconds())

    def quarantine(self, sha256: str) -> None:
        """Lay an object aside under another key; nothing is deleted before it lies there. Raises StoreError."""
        self._move(self._key(sha256), self._aside(sha256))

    def lay_damaged(self, sha256: str) -> None:
        """Lay an object whose bytes are not what its key says aside, as `Vault` does. Raises StoreError."""
        self._move(self._key(sha256), f"{self.bucket.prefix}{QUARANTINE}/damaged/{sha256}")

    def quarantined(self) -> Iterator[str]:
        """Name everything that lies aside. Raises StoreError."""
        aside = f"{self.bucket.prefix}{QUARANTINE}/"
        for key in self._keys(aside):
            if not key.startswith(f"{aside}damaged/"):
                yield key.removeprefix(aside).replace("/", "")

    def _aside(self, sha256: str) -> str:
        return f"{self.bucket.prefix}{QUARANTINE}/{sha256[:2]}/{sha256[2:]}"

    def _recall(self, sha256: str) -> None:
        """Bring back an object that was laid aside and is named now, as `Vault` does."""
        if self._head(sha256) is None and self._head_of(self._aside(sha256)) is not None:
            self._move(self._aside(sha256), self._key(sha256))

    def _move(self, before: str, after: str) -> None:
        source = {"Bucket": self.bucket.name, "Key": before}
        try:
            self._client.copy_object(Bucket=self.bucket.name, Key=after, CopySource=source)
            self._client.delete_object(Bucket=self.bucket.name, Key=before)
        except self._failures() as error:
            self._refuse(error)

    def remove(self, sha256: str) -> None:
        """Delete an object that no row names; only for the orphan sweep. Raises StoreError."""
        try:
            self._client.delete_object(Bucket=self.bucket.name, Key=self._key(sha256))
        except self._failures() as error:
            self._refuse(error)

    def tidy(self, margin: float = 0) -> int:  # noqa: ARG002 - as `Vault.tidy`
        """Return 0: an object is there whole or not at all."""
        return 0

    def _head(self, sha256: str) -> int | None:
        return self._head_of(self._key(sha256))

    def _head_of(self, key: str) -> int | None:
        try:
            return int(self._client.head_object(Bucket=self.bucket.name, Key=key)["ContentLength"])
        except self._failures() as error:
            if _code(error) in ("404", "NoSuchKey", "NotFound"):
                return None
            raise

    def _failures(self) -> tuple[type[Exception], ...]:
        from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]  # ships no types

        return BotoCoreError, ClientError

    def _refuse(self, error: Exception) -> NoReturn:
        raise StoreError(
            what=_("Kho tệp S3 không nhận hoặc không trả lời: {reason}.").format(reason=error),
            where=f"s3://{self.bucket.name}/{self.bucket.prefix}",
            advice=_("Kiểm tra đường truyền, quyền và dung lượng của kho; việc đang làm được giữ lại và sẽ chạy tiếp."),
        ) from error  # fmt: skip


def _code(error: Exception) -> str:
    """Return the service's error code, or an empty text for other failures."""
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""
