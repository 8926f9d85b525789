"""Value types of the house's sections."""

from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from congkhai.plugin.config.schema import (
    AgencySettings,
    CalendarSettings,
    DossierSettings,
    StoreSettings,
    TaggingSettings,
    TimestampSettings,
    WorkSettings,
)
from congkhai.plugin.config.settings import Settings

_AGENCY = {"name": "UBND xã Mẫu", "code": "MAU", "kind": "xa"}


def _read(model: type[Settings], folder: Path = Path("/ini"), **values: str) -> Any:
    written = {key.replace("_", "-"): value for key, value in values.items()}
    return model.model_validate((_AGENCY if model is AgencySettings else {}) | written, context={"folder": folder})


def test_office_hours_are_spans_of_the_day() -> None:
    agency = _read(AgencySettings, office_hours="07:30-11:30, 13:30 – 17:00")
    assert agency.office_hours == ((time(7, 30), time(11, 30)), (time(13, 30), time(17)))


@pytest.mark.parametrize(
    "text", ["7h30-11h30", "11:30-07:30", "07:30-11:30, 11:00-17:00", "07:30", "24:00-25:00", "07:60-08:00"]
)
def test_office_hours_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        _read(AgencySettings, office_hours=text)


def test_days_are_read_in_both_notations_sorted_and_once() -> None:
    calendar = _read(CalendarSettings, off="23/11/2026, 2026-04-27\n23/11/2026")
    assert calendar.off == (date(2026, 4, 27), date(2026, 11, 23))


@pytest.mark.parametrize("text", ["31/02/2026", "2026-13-01", "tomorrow", "11-23-2026"])
def test_days_that_do_not_exist_are_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        _read(CalendarSettings, off=text)


def test_a_day_cannot_be_off_and_worked() -> None:
    with pytest.raises(ValidationError, match="23/11/2026"):
        _read(CalendarSettings, off="23/11/2026", work="2026-11-23")


def test_weekdays_count_from_monday() -> None:
    assert _read(CalendarSettings).weekend == (5, 6)
    assert _read(CalendarSettings, weekend="Sun").weekend == (6,)


@pytest.mark.parametrize("text", ["saturday", "mon, tue, wed, thu, fri, sat, sun"])
def test_impossible_weekends_are_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        _read(CalendarSettings, weekend=text)


@pytest.mark.parametrize(
    ("text", "kept"), [("20 năm", "20 năm"), ("05năm", "5 năm"), ("vĩnh  viễn", "Vĩnh viễn"), ("70 y", "70 năm")]
)
def test_retention_is_kept_as_archives_write_it(text: str, kept: str) -> None:
    assert _read(DossierSettings, retention=text).retention == kept


@pytest.mark.parametrize("text", ["20", "0 năm", "-5 năm", "lâu dài"])
def test_retention_without_unit_or_sense_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        _read(DossierSettings, retention=text)


def test_regulation_is_a_name_or_a_path_beside_the_ini() -> None:
    assert _read(AgencySettings).regulation == "statute-2022"
    assert _read(AgencySettings, regulation="own.ini").regulation == "/ini/own.ini"
    assert _read(AgencySettings, regulation="rules/own").regulation == "/ini/rules/own"


def test_database_is_resolved_and_takes_no_password() -> None:
    assert _read(StoreSettings, database="sqlite:///db/x.sqlite").database == "sqlite:////ini/db/x.sqlite"
    assert _read(StoreSettings, database="postgresql+psycopg://db/ck").database == "postgresql+psycopg://db/ck"
    for bad in ("postgresql://u:geheim@db/ck", "mysql://db/ck", "sqlite://", "x.sqlite"):
        with pytest.raises(ValidationError) as caught:
            _read(StoreSettings, database=bad)
        assert "geheim" not in str(caught.value)


def test_vault_is_a_folder_or_a_bucket() -> None:
    assert _read(StoreSettings, vault="files").vault == "/ini/files"
    assert _read(StoreSettings, vault="s3://bucket/ck").vault == "s3://bucket/ck"


@pytest.mark.parametrize("text", ["ftp://tsa", "tsa.example", "https://u:p@tsa.example", "http://[::1"])
def test_timestamp_addresses_are_web_addresses_without_password(text: str) -> None:
    with pytest.raises(ValidationError):
        _read(TimestampSettings, url=text)


def test_durations_carry_units_and_are_positive() -> None:
    assert _read(WorkSettings, pull_every="90 s").pull_every == timedelta(seconds=90)
    for bad in ("90", "-3 s", "0 s", "3 fortnights"):
        with pytest.raises(ValidationError):
            _read(WorkSettings, pull_every=bad)


def test_retries_cannot_shrink() -> None:
    with pytest.raises(ValidationError, match="retry-longest"):
        _read(WorkSettings, retry_first="2 h", retry_longest="1 h")


def test_automatic_tagging_needs_its_basis() -> None:
    with pytest.raises(ValidationError, match="automatic-basis"):
        _read(TaggingSettings, automatic="yes")
    assert _read(TaggingSettings, automatic="yes", automatic_basis="15/QĐ-UBND ngày 02/01/2026").automatic


def test_thresholds_are_shares_in_order() -> None:
    with pytest.raises(ValidationError):
        _read(TaggingSettings, auto_above="1.2")
    with pytest.raises(ValidationError, match="review-above"):
        _read(TaggingSettings, auto_above="0.3", review_above="0.5")
