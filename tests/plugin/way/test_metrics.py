"""Metrics of a working house: every one documented, none that tells of a paper or a person; alerts name real ones."""

import json
import re
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from congkhai.plugin.daemon import HANDLERS
from congkhai.plugin.errors import OutsideError
from congkhai.plugin.metrics import GAUGES, exposition
from congkhai.plugin.metrics_counting import COUNTED, REFUSALS, measured
from congkhai.plugin.readiness import not_ready
from congkhai.plugin.store import tables as t
from congkhai.plugin.work import work_once
from tests.plugin.web.inside import Inside

from .conftest import OpenOffice
from .office import PEOPLE, Office
from .script import paper, plan_paper

ROOT = Path(__file__).parents[3]
MONITORING = ROOT / "packaging" / "monitoring"
KNOWN = {*GAUGES, *COUNTED}


def _samples(office: Office) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(exposition(office.house).decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def _family(name: str) -> str:
    if name in KNOWN:
        return name
    stem = re.sub(r"_(bucket|sum|count|created)$", "", name)
    return stem if stem in KNOWN else f"{stem}_total"


def test_the_gauges_say_what_is_in_the_store(at_stage: OpenOffice) -> None:
    office = at_stage("last")
    samples = _samples(office)
    assert samples["congkhai_disclosures"] == {(("state", "closed"),): 1.0}
    office.sign()
    samples = _samples(office)
    assert samples["congkhai_disclosures"] == {(("state", "filed"),): 1.0}
    assert samples["congkhai_dossiers"] == {(("complete", "yes"), ("stage", "filed")): 1.0}
    assert samples["congkhai_journal_head_seq"][()] == len(office.journal()) - 1
    assert samples["congkhai_tag_agreement_ratio"][()] == 1.0
    assert samples["congkhai_disk_free_bytes"][()] > 0
    signers = {dict(labels)["signer"] for labels in samples["congkhai_certificate_days_left"]}
    assert signers == set(office.house.signers)
    assert min(samples["congkhai_certificate_days_left"].values()) > 0
    (build,) = samples["congkhai_build_info"]
    assert dict(build)["schema"]


def test_an_overdue_matter_and_stuck_work_are_seen(office: Office) -> None:
    office.receive(plan_paper(), paper())
    due = _samples(office)["congkhai_publications_due"]
    assert due[(("horizon", "overdue"),)] == 0
    office.set_time(office.matter().publish_by)
    assert _samples(office)["congkhai_publications_due"][(("horizon", "overdue"),)] == 1
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.enqueue("tag", "nothing", document="none")
        tx.record_fault("test", "x", "fault")
    samples = _samples(office)
    assert samples["congkhai_faults"][()] == 1
    assert samples["congkhai_oldest_due_seconds"][(("kind", "tag"),)] >= 0
    office.work()
    assert _samples(office)["congkhai_jobs"][(("kind", "tag"), ("state", "dead"))] == 1


def test_work_is_counted_with_its_failures(office: Office) -> None:
    def refuse(_step: object) -> None:
        raise OutsideError("down")

    office.work()
    before = _samples(office)
    handlers = measured({"pull": refuse})
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.enqueue("pull", "nguon:counted", subject="nguon")
    assert work_once(office.house, handlers, office.house.store.node)
    after = _samples(office)
    failures = (("error", "OutsideError"), ("kind", "pull"))
    wrong = (("act", "pull"), ("connector", "nguon"))
    assert (
        after["congkhai_job_failures_total"][failures]
        == before.get("congkhai_job_failures_total", {}).get(failures, 0) + 1
    )
    assert (
        after["congkhai_connector_errors_total"][wrong]
        == before.get("congkhai_connector_errors_total", {}).get(wrong, 0) + 1
    )
    assert after["congkhai_connector_seconds_count"][wrong] >= 1


def test_answers_are_counted_so_that_guessing_and_flooding_are_noticed(office: Office) -> None:
    def count() -> dict[str, float]:
        found = _samples(office).get("congkhai_web_answers_total", {})
        return {dict(labels)["status"]: value for labels, value in found.items()}

    inside = Inside(office)
    visitor, before = inside.visitor(), count()
    for _try in range(3):
        assert visitor.post("/dang-nhap", data={"name": "khong-co", "password": "sai"}).status_code == 401
    assert visitor.get("/dang-nhap").status_code == 200
    assert visitor.get("/dang-nhap", headers={"Host": "khac.example"}).status_code == 421
    assert visitor.post("/dang-xuat", headers={"Origin": "https://khac.example"}).status_code == 403
    after = count()
    more = {status: value - before.get(status, 0) for status, value in after.items()}
    assert {status: more[status] for status in ("401", "2xx", "421", "403")} == {
        "401": 3, "2xx": 1, "421": 1, "403": 1,
    }  # fmt: skip
    alerts = (MONITORING / "alerts.yml").read_text(encoding="utf-8")
    assert f'congkhai_web_answers_total{{status=~"{"|".join(map(str, REFUSALS))}"}}' in alerts


def test_every_metric_is_documented_and_nothing_else_is_exposed(at_stage: OpenOffice) -> None:
    page = (ROOT / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(congkhai_\w+)` \|", page, re.MULTILINE))
    assert documented == KNOWN
    assert {_family(name) for name in _samples(at_stage("posted"))} <= KNOWN


def test_no_label_tells_of_a_paper_or_a_person(at_stage: OpenOffice) -> None:
    office = at_stage("closing")
    labels = {value for series in _samples(office).values() for one in series for _name, value in one}
    text = exposition(office.house).decode()
    for document in office.documents():
        for secret in (document.id, document.number, document.subject, document.signer, document.issuer):
            assert not secret or secret not in text
    for matter in office.matters():
        assert matter.id not in text
        assert matter.title not in text
    for person in PEOPLE.values():
        assert person not in text
    closed = {*HANDLERS, *office.house.connectors, *office.house.channels, *office.house.signers}
    assert all(len(one) < 40 or one in closed for one in labels)


def _named(text: str) -> set[str]:
    return {_family(name) for name in re.findall(r"\bcongkhai_[a-z_]+", text)}


def test_alerts_and_dashboard_name_metrics_that_exist_and_the_dashboard_shows_all() -> None:
    alerts = _named((MONITORING / "alerts.yml").read_text(encoding="utf-8"))
    board = json.loads((MONITORING / "grafana.json").read_text(encoding="utf-8"))
    shown = _named(" ".join(target["expr"] for panel in board["panels"] for target in panel["targets"]))
    assert alerts
    assert alerts - KNOWN == set()
    assert shown == KNOWN


def test_a_house_that_can_work_is_ready_and_says_what_it_lacks(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.work()
    assert not_ready(office.house) == []
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.enqueue("tag", "waits", document="none")
        row = t.job.update().where(t.job.c.key == "tag:waits")
        tx.connection.execute(row.values(run_at=t.job.c.run_at - 4000))
    assert not_ready(office.house) == ["work-waits"]
    monkeypatch.setattr("congkhai.plugin.readiness._writable", lambda _vault: False)
    assert "vault" in not_ready(office.house)


def test_an_ended_certificate_makes_the_node_unready(office: Office) -> None:
    office.work()
    office.set_time(office.now.replace(year=2150))
    assert {one.partition(":")[0] for one in not_ready(office.house)} >= {"certificate"}


def test_the_pages_for_machines_need_no_session(office: Office) -> None:
    from congkhai.plugin.web.server import serving

    office.work()
    with serving(office.house, port=0) as address, requests.Session() as session:
        session.trust_env = False
        assert session.get(f"{address}/healthz", timeout=30).json() == {"status": "ok"}
        assert session.get(f"{address}/readyz", timeout=30).status_code == 200
        answer = session.get(f"{address}/metrics", timeout=30)
        assert answer.headers["content-type"].startswith("text/plain")
        assert "congkhai_jobs{" in answer.text
