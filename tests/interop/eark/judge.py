"""
Run by the Python of ``.venv/eark``: what eark-validator says about packages, as JSON lines.

``python judge.py schema FILE…`` holds METS files against the METS, CSIP and SIP schemas that eark-validator ships;
``python judge.py package FOLDER…`` runs the validator itself. The validator asks the network for four vocabularies when
it is imported; the same lists lie in its own package, and are read from there.
"""

import importlib.util
import json
import sys
import urllib.request
from pathlib import Path

RESOURCES = Path(importlib.util.find_spec("eark_validator").origin).parent / "ipxml" / "resources"


def _shipped(url, *_args, **_options):
    return (RESOURCES / "vocabs" / str(url).rsplit("/", 1)[-1]).open("rb")


urllib.request.urlopen = _shipped


def schema(path):
    """Hold one METS file against the schema of the METS board with E-ARK's extensions."""
    from eark_validator.ipxml.schema import IP_SCHEMA
    from lxml import etree

    found = {}
    for name, one in IP_SCHEMA.items():
        one.validate(etree.parse(str(path)))
        found[name] = [error.message for error in one.error_log]
    return {"file": str(path), "errors": found}


def package(folder):
    """Run the validator over an unpacked package."""
    from eark_validator.packages import PackageValidator

    report = PackageValidator(folder).validation_report
    metadata = report.metadata
    return {
        "file": str(folder),
        "structure": report.structure.status.value,
        "structure_messages": [
            f"{one.rule_id} {one.severity.value} {one.message}" for one in report.structure.messages
        ],
        "schema": [f"{one.severity.value} {one.message}" for one in metadata.schema_results.messages]
        if metadata
        else None,
        "rules": sorted({f"{one.severity.value} {one.rule_id}" for one in metadata.schematron_results.messages})
        if metadata
        else None,
    }


if __name__ == "__main__":
    act = {"schema": schema, "package": package}[sys.argv[1]]
    for each in sys.argv[2:]:
        sys.stdout.write(json.dumps(act(Path(each)), ensure_ascii=False) + "\n")
