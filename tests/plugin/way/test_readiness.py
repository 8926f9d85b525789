"""What a node says of its trust folder and of the revocation data that it keeps."""

import json

from congkhai.plugin.readiness import aging, not_ready
from congkhai.plugin.web.watch_pages import ANSWERS

from .office import Office


def test_old_trust_data_is_told_without_making_the_node_unready_and_a_broken_folder_does(office: Office) -> None:
    office.work()
    folder = office.house.configuration.trust.folder
    assert (aging(office.house), not_ready(office.house)) == ([], [])

    office.set_time(office.now.replace(year=2150))
    assert aging(office.house) == ["anchor", "revocation-list"]
    answer = ANSWERS["/readyz"]([office.house])
    assert json.loads(bytes(answer.body))["aging"] == ["anchor", "revocation-list"]

    cache = office.house.store.folder / "revocation"
    cache.write_text("a file where a folder should be", encoding="utf-8")
    assert "revocation-cache" in aging(office.house)

    broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    (folder / "broken.pem").write_text(broken, encoding="ascii")
    assert "trust" in not_ready(office.house)
    assert aging(office.house) == []
    (folder / "broken.pem").unlink()
    assert "trust" not in not_ready(office.house)
