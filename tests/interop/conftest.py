"""Honest files of every form and key, and the trust that goes with them."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from congkhai.signing import FileKey, Trust, write_container
from tests.signing.pki import Pki
from tests.signing.samples import container_signature, file_key, members, minutes_xml, sealed, sign

KINDS = (
    ("rsa2048", "rsa-sha256"), ("rsa3072", "rsa-sha384"), ("rsa4096", "rsa-sha512"), ("rsa2048", "rsa-pss-sha256"),
    ("rsa3072", "rsa-pss-sha384"), ("rsa4096", "rsa-pss-sha512"), ("p256", "ecdsa-sha256"), ("p384", "ecdsa-sha384"),
    ("p521", "ecdsa-sha512"),
)  # fmt: skip
"""Every kind of key with the algorithms that belong to it."""


@dataclass(frozen=True)
class Honest:
    """Files at level B: minutes and containers by algorithm, and both with all signers at once."""

    pki: Pki
    trust: Path
    keys: dict[str, FileKey]
    minutes: dict[str, Path]
    containers: dict[str, Path]
    parallel: Path
    together: Path

    @property
    def anchors(self) -> tuple[Path, Path]:
        """Root and issuing certificate as PEM."""
        return self.trust / "root.pem", self.trust.parent / "issuing.pem"

    @property
    def files(self) -> list[Path]:
        """All of them."""
        return [*self.minutes.values(), *self.containers.values(), self.parallel, self.together]


@pytest.fixture(scope="package")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Honest:
    """Make the files once."""
    folder = tmp_path_factory.mktemp("honest")
    pki = Pki.make()
    trust = pki.trust_folder(folder / "trust")
    (folder / "issuing.pem").write_bytes(pki.issuing.certificate.public_bytes(Encoding.PEM))
    keys = {
        algorithm: file_key(pki.issuing.issue(f"Người ký {algorithm}", kind), folder, algorithm)
        for kind, algorithm in KINDS
    }
    minutes = {name: folder / f"biên bản {name}.xml" for name in keys}
    containers = {name: folder / f"{name}.asice" for name in keys}
    every = minutes_xml()
    for name, key in keys.items():
        minutes[name].write_bytes(sign(minutes_xml(("head",)), key, role="head", place="Đông Sơn"))
        sealed(containers[name], key)
        every = sign(every, key, role=name)
    parallel, together = folder / "parallel.xml", folder / "together.asice"
    parallel.write_bytes(every)
    parts = members(minutes=every)
    write_container(together, parts, [container_signature(parts, key) for key in keys.values()])
    return Honest(pki, trust, keys, minutes, containers, parallel, together)


@pytest.fixture(scope="package")
def honest_trust(honest: Honest) -> Trust:
    """The same trust, for our own verifier."""
    return Trust.load(honest.trust)
