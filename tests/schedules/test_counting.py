"""Counting settings: strict by default, refused when unknown."""

import pytest

from congkhai.schedules import CountingRule, RuleError


def test_without_settings_every_reading_is_the_strict_one() -> None:
    assert CountingRule.read({}) == CountingRule(
        first_day="excluded",
        posting_roll="next_working_day",
        close_rule="after_end",
        deadline_roll="civil_code",
        deadline_target="previous_working_day",
        incoming_trigger="earlier",
        posting_start="recorded_start",
        interruption="restart",
        monthly_briefing=None,
    )


def test_settings_are_read_as_an_ini_file_writes_them() -> None:
    rule = CountingRule.read(
        {"first-day": "included", "close_rule": " after_end ", "monthly-briefing": "monday_before_15th"}
    )
    assert (rule.first_day, rule.close_rule, rule.monthly_briefing) == ("included", "after_end", "monday_before_15th")


@pytest.mark.parametrize(
    "settings",
    [
        {"first-day": "Excluded"},
        {"first-day": ""},
        {"posting-roll": "next-working-day"},
        {"monthly-briefing": "soon"},
        {"weekend": "sunday"},
    ],
)
def test_an_unknown_setting_or_value_is_refused_and_the_known_ones_are_named(settings: dict[str, str]) -> None:
    with pytest.raises(RuleError) as caught:
        CountingRule.read(settings)
    assert caught.value.where in settings
    assert ", " in caught.value.advice


def test_the_convention_is_named_in_the_words_of_the_ini() -> None:
    assert CountingRule().words == "first-day=excluded, posting-roll=next_working_day, close-rule=after_end"
    assert CountingRule(first_day="elapsed").words == "first-day=elapsed"
