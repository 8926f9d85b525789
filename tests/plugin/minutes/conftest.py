"""Sample papers with invented people, as an agency would write them."""

from collections.abc import Callable

import pytest

from congkhai.plugin.minutes import DossierIndex, MinutesContent, ReportContent

from .papers import closing_minutes, index_of_dossier, posting_minutes, results_report


@pytest.fixture
def posting() -> MinutesContent:
    return posting_minutes()


@pytest.fixture
def closing() -> MinutesContent:
    return closing_minutes()


@pytest.fixture
def report() -> ReportContent:
    return results_report()


@pytest.fixture
def index() -> DossierIndex:
    return index_of_dossier()


@pytest.fixture
def planted() -> Callable[[bytes, str, str], bytes]:
    """Replace one piece of text in XML, and fail the test when it is not there."""

    def plant(xml: bytes, old: str, new: str) -> bytes:
        text = xml.decode()
        assert old in text
        return text.replace(old, new, 1).encode()

    return plant
