"""Reading single members: dates, aliases, markings, and what makes two rows the same."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congkhai.connectors.ioffice_fields import day, document_of, row_of, secrecy_of, text_of, unchanged
from congkhai.connectors.ioffice_reply import Answer, Declined, SessionExpired, Transient, data_of, file_of


@pytest.mark.parametrize(
    ("raw", "found", "kept"),
    [
        ("05/07/2026", date(2026, 7, 5), ""),
        ("5/7/2026 9:05", date(2026, 7, 5), ""),
        ("2026-07-05 23:59:59", date(2026, 7, 5), ""),
        ("2026-07-05", date(2026, 7, 5), ""),
        (None, None, ""),
        (" ", None, ""),
        ("{rỗng}", None, ""),
        ("31/02/2025", None, "31/02/2025"),
        ("07/2026", None, "07/2026"),
        ("x" * 90, None, "x" * 40),
        (20260705, None, "20260705"),
    ],
)
def test_dates_are_read_or_kept_as_written(raw, found, kept):
    assert day(raw) == (found, kept)


@given(st.one_of(st.text(), st.none(), st.integers(), st.lists(st.text()), st.dictionaries(st.text(), st.text())))
def test_no_date_ever_breaks_a_record(raw):
    found, kept = day(raw)
    assert found is None or kept == ""


def test_the_exact_name_counts_before_another_case():
    assert text_of({"SOKIHIEU": "2/KH", "soKihieu": "1/KH"}, "number") == "1/KH"
    assert text_of({"SOKIHIEU": "2/KH", "soKihieu": ""}, "number") == "2/KH"


@pytest.mark.parametrize(
    ("sources", "found"),
    [
        (({}, {}), None),
        (({}, {"doMat": ""}), ""),
        (({}, {"doMat": None}), ""),
        (({}, {"doMat": "{rỗng}"}), ""),
        (({}, {"doMat": " Thường "}), "Thường"),
        (({"domat": "Mật"}, {"doMat": "Thường"}), "Mật / Thường"),
        (({}, {"doMat": "", "DOMAT": "Mật"}), "Mật"),
        (({}, {"doMat": 0}), "?0"),
        (({}, {"doMat": True}), "?true"),
        (({}, {"doMat": ["Thường"]}), '?["Th\\u01b0\\u1eddng"]'),
    ],
)
def test_a_marking_is_never_made_milder(sources, found):
    assert secrecy_of(*sources) == found


def test_volatile_members_do_not_make_a_paper_look_changed():
    members = {"id": 7, "soKihieu": "1/KH", "trichYeu": "Kế hoạch", "congVanDenDi": "2", "isRead": "FALSE"}
    row = row_of(members)
    held = document_of(row, {"id": 7, "doMat": "Thường"}).fingerprint
    again = row_of({**members, "isRead": "TRUE", "isCheck": "1", "role": "x", "ngayNhan": "01/07/2026 10:00"})
    assert unchanged(again, held)
    assert not unchanged(row_of({**members, "trichYeu": "Kế hoạch khác"}), held)
    assert not unchanged(again, None)
    assert document_of(again, {"id": 7, "doMat": "Mật"}).fingerprint != held


@pytest.mark.parametrize("members", [None, [], "x", {}, {"id": ""}, {"id": "../1"}, {"id": "1/2"}, {"id": {"a": 1}}])
def test_a_row_without_a_usable_id_is_no_row(members):
    assert row_of(members) is None


def answer(body, status=200, **headers):
    return Answer(status, headers, body if isinstance(body, bytes) else body.encode("utf-8"))


@pytest.mark.parametrize(
    ("given_answer", "kind"),
    [
        (answer('{"status":{"code":"1"}}'), Declined),
        (answer('{"status":{"code":true},"data":1}'), Declined),
        (answer('{"status":{"code":"0"},"data":1}', 404), Declined),
        (answer('{"status":{"code":"error_authentication_required"}}'), SessionExpired),
        (answer("x", 401), SessionExpired),
        (answer("<html><input type='password'></html>"), SessionExpired),
        (answer("Not found application: ioffice"), SessionExpired),
        (answer("", 302, location="/qlvb/login"), SessionExpired),
        (answer("", 302, location="https://evil.example/?next=login"), Declined),
        (answer("<html>proxy</html>"), Transient),
        (answer("<html>proxy</html>", 403), Declined),
        (answer('{"status":{"code":"0"'), Transient),
        (answer('{"data": 1}'), Transient),
        (answer(""), Transient),
        (answer("x", 503), Transient),
        (answer("[" * 100_000), Transient),
    ],
)
def test_an_answer_is_judged_by_its_content(given_answer, kind):
    with pytest.raises(kind):
        data_of(given_answer)


def test_a_file_that_looks_like_json_is_still_a_file():
    assert file_of(answer('{"a": 1}')) == b'{"a": 1}'
    with pytest.raises(Declined):
        file_of(answer('{"status":{"code":"0"},"data":null}'))
