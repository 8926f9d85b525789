"""
The hostile variants, judged by EU DSS and by us: what it rejects, we reject.

The other way round DSS is milder by design, and where it is must be known here: it judges what a signature covers and
leaves it to the reader to see what lies beside, where we refuse to call the whole file signed.
"""

from pathlib import Path

import pytest

from congkhai.signing import Indication, SigningError, verify_path
from tests.signing.mutations import container_variants, minutes_variants
from tests.signing.mutations_tree import tree_variants
from tests.signing.pki import NOW
from tests.signing.samples import minutes_xml, sealed, sign
from tests.signing.test_mutations_tree import simple_container

from .conftest import Honest
from .oracles import DssFile, dss_verify

TOO_LONG_FOR_DSS = (
    "10 000 references", "1 000 references", "200 000 attributes", "20 000 namespaces", "depth", "text node of 11 MB",
    "21 MB",
)  # fmt: skip
"""Variants that only cost time; that we refuse them in time is shown with the mutations themselves."""

MILDER = {
    # Something lies beside what is signed: DSS names the scope, we refuse the file.
    "body moved into a wrapper, place refilled", "body moved into ds:Object", "body moved behind the signature",
    "second body beside", "extra element beside the body", "text beside the body", "attribute on the root",
    "stylesheet before the root", "root renamed into another namespace", "member added", "member added in META-INF",
    "forged ds:Object beside", "forged ds:Manifest beside",
    "bytes after", "end record twice", "another container after", "names in other case", "traversal", "backslash",
    # A comment is in no signature's octets, and a reader may stop at it.
    "comment in the body",
    # Parts of the signature that are not signed, or not of the one form we accept.
    "wrong Target", "no Target", "a QualifyingPropertiesReference", "comment inside SignedInfo", "65 certificates",
    "signature file with more than signatures",
    # The container's own form: where its type stands, and how often a name may.
    "mimetype late", "mimetype compressed", "mimetype with a newline", "a name twice",
    # DSS finds a file by its digest when the name fits none, and takes the manifest for a help only.
    "both names changed", "decomposed names", "mimetype dropped", "manifest lies", "manifest names its type wrongly",
}  # fmt: skip


@pytest.fixture(scope="module")
def variants(honest: Honest, tmp_path_factory: pytest.TempPathFactory) -> dict[Path, str]:
    folder = tmp_path_factory.mktemp("hostile")
    key, stranger = honest.keys["ecdsa-sha256"], honest.keys["ecdsa-sha384"]
    good = sign(minutes_xml(("head",)), key, role="head")
    other = sign(minutes_xml(("head",), "Biên bản khác"), key, role="head")
    container = sealed(folder / "good.asice", key).read_bytes()
    found: dict[Path, str] = {}
    for suffix, several in (("xml", minutes_variants(good, other, stranger)), ("asice", container_variants(container))):
        for attack, data in several:
            if not attack.startswith(TOO_LONG_FOR_DSS):
                path = folder / f"{len(found):03}.{suffix}"
                path.write_bytes(data)
                found[path] = attack
    return found


@pytest.fixture(scope="module")
def said(honest: Honest, variants: dict[Path, str]) -> dict[Path, DssFile]:
    return dss_verify(variants, honest.trust, NOW, limit=20)


def test_dss_looked_at_every_variant(variants: dict[Path, str], said: dict[Path, DssFile]) -> None:
    assert set(said) == set(variants)
    assert len(said) > 120
    assert sum(not one.passed for one in said.values()) > 90


def test_no_variant_passes_here_whatever_dss_says(
    honest: Honest, variants: dict[Path, str], said: dict[Path, DssFile]
) -> None:
    from congkhai.signing import Trust

    trust = Trust.load(honest.trust)
    for path, attack in variants.items():
        try:
            ours = verify_path(path, trust, NOW).indication
        except SigningError:
            continue
        assert ours is not Indication.PASSED, (attack, said[path])


@pytest.fixture(scope="module")
def bent(honest: Honest, tmp_path_factory: pytest.TempPathFactory) -> dict[Path, str]:
    """Every element and attribute of a signature bent by rule, in minutes; and an ASiC-S container's variants."""
    folder = tmp_path_factory.mktemp("bent")
    key = honest.keys["ecdsa-sha256"]
    good = sign(minutes_xml(("head",)), key, role="head", place="Đông Sơn")
    found: dict[Path, str] = {}
    for attack, data in tree_variants(good):
        path = folder / f"{len(found):03}.xml"
        path.write_bytes(data)
        found[path] = attack
    simple = simple_container(key)
    (folder / "good.asics").write_bytes(simple)
    found[folder / "good.asics"] = "good"
    for attack, data in container_variants(simple, "application/vnd.etsi.asic-s+zip"):
        if data != simple:
            path = folder / f"{len(found):03}.asics"
            path.write_bytes(data)
            found[path] = attack
    return found


def test_what_dss_rejects_of_variants_made_by_rule_we_reject(honest: Honest, bent: dict[Path, str]) -> None:
    from congkhai.signing import Trust

    trust = Trust.load(honest.trust)
    said = dss_verify(bent, honest.trust, NOW, limit=20)
    assert set(said) == set(bent)
    assert len(said) > 400
    passed = set()
    for path, attack in bent.items():
        try:
            if verify_path(path, trust, NOW).indication is Indication.PASSED:
                passed.add(attack)
        except SigningError:
            continue
    assert "good" in passed
    assert passed <= {bent[path] for path, verdict in said.items() if verdict.passed}


def test_where_dss_is_milder_is_known(variants: dict[Path, str], said: dict[Path, DssFile]) -> None:
    assert {variants[path] for path, verdict in said.items() if verdict.passed} == MILDER
