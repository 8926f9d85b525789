"""The rule files as data, and how one rule is held against a paper."""

import re

import pytest

from congkhai.plugin.regulation import CATEGORY_KEYS, load_regulation
from congkhai.plugin.tagging.facts import Facts, Issuer
from congkhai.plugin.tagging.fold import words
from congkhai.plugin.tagging.matcher import Matcher
from congkhai.plugin.tagging.rules import NONE, Rule, all_rules
from congkhai.plugin.tagging.score import weigh


def facts(subject: str = "", **changes: object) -> Facts:
    standard: dict[str, object] = {
        "text": words(subject), "type": "", "direction": "in", "agency": "xa", "issuer": Issuer.SUPERIOR,
        "normative": False, "dated": False,
    }  # fmt: skip
    return Facts(**(standard | changes))


def rule(**given: object) -> Rule:
    return Rule("r", "budget", 5, "lý do", **given)


def test_rule_ids_are_unique_and_outcomes_known() -> None:
    rules = all_rules()
    assert len({rule.id for rule in rules}) == len(rules) > 100
    assert {rule.outcome for rule in rules} == {*CATEGORY_KEYS, NONE}


def test_every_rule_has_a_condition_a_weight_and_a_reason() -> None:
    for each in all_rules():
        assert each.any or each.start or each.basis or each.types or each.issuers, each.id
        assert 1 <= each.weight <= 14, each.id
        assert each.why, each.id


def test_sub_keys_of_rules_are_those_of_the_regulation() -> None:
    known = {sub for category in load_regulation("dong-son-2024").categories for sub in category.sub_keys}
    assert {rule.sub for rule in all_rules() if rule.sub} <= known


def test_no_single_word_phrase_is_a_common_particle() -> None:
    # Folding drops tones, so a short phrase may equal a particle: "chợ" is "cho", "cúm" is "cụm", "mới" is "mời".
    particles = {"cho", "va", "cua", "moi", "cum", "cac", "ve", "la", "tai", "co", "den", "tu", "bao so"}
    for each in all_rules():
        for phrase in (*each.any, *each.unless):
            assert words(phrase).strip() not in particles, (each.id, phrase)


@pytest.mark.parametrize(("condition", "subject", "changes", "fires"), [
    ({"any": ("dự toán",)}, "Giao dự toán năm", {}, True),
    ({"any": ("dự toán",)}, "giao du toan nam", {}, True),
    ({"any": ("dự toán",)}, "giao dự toánh", {}, False),
    ({"any": ("công khai * dự toán",)}, "công khai tình hình dự toán", {}, True),
    ({"any": ("công khai * dự toán",)}, "dự toán công khai", {}, False),
    ({"start": ("xin",)}, "V/v xin kinh phí", {"opening": 2}, True),
    ({"start": ("xin",)}, "trả lời đơn xin", {}, False),
    ({"start": ("phân bổ",)}, "Quyết định về việc phân bổ", {"type": "quyet dinh", "opening": 4}, True),
    ({"any": ("dự toán",), "unless": ("khảo sát",)}, "dự toán khảo sát", {}, False),
    ({"types": ("Quyết định",)}, "", {"type": "quyet dinh"}, True),
    ({"types": ("Quyết định",)}, "", {"type": "cong van"}, False),
    ({"issuers": (Issuer.OWN,)}, "", {}, False),
    ({"agencies": ("so",)}, "", {}, False),
    ({"normative": True}, "", {}, False),
    ({"dated": True}, "", {"dated": True}, True),
])  # fmt: skip
def test_a_rule_fires_only_when_all_its_conditions_hold(
    condition: dict[str, object], subject: str, changes: dict[str, object], fires: bool
) -> None:
    one = rule(**condition)
    assert Matcher([one]).fired(facts(subject, **changes)) == ([one] if fires else [])


def test_probabilities_add_up_and_stand_in_order() -> None:
    outcomes = weigh(facts("giao dự toán thu chi ngân sách", type="quyet dinh"))
    assert 0.9 < sum(outcome.probability for outcome in outcomes) <= 1.0001
    assert [o.probability for o in outcomes] == sorted((o.probability for o in outcomes), reverse=True)
    assert outcomes[0].name == "budget"


def test_reasons_stand_strongest_first() -> None:
    for outcome in weigh(facts("giao dự toán thu chi ngân sách, cấp kinh phí", type="quyet dinh")):
        weights = [rule.weight for rule in outcome.rules]
        assert weights == sorted(weights, reverse=True)


def test_a_paper_that_no_rule_knows_is_none() -> None:
    assert weigh(facts("zzz", issuer=Issuer.OWN, type="zzz"))[0].name == NONE


def test_reasons_are_vietnamese_words_a_clerk_can_read() -> None:
    for each in all_rules():
        assert not re.search(r"[_{}<>]", each.why), each.id


def test_a_rule_on_legal_bases_looks_only_at_them() -> None:
    one = rule(basis=("luật đầu tư công",))
    matcher = Matcher([one])
    assert matcher.fired(facts("theo luật đầu tư công")) == []
    assert matcher.fired(facts("phê duyệt", bases=words("Luật Đầu tư công năm 2019"))) == [one]


@pytest.mark.parametrize("subject", ["a b a b", "b a", "a x b", "a b", "a", "b", ""])
@pytest.mark.parametrize("phrase", ["a * b", "b * a", "a b", "a * a", "a * b * a"])
def test_parts_of_a_phrase_follow_each_other_without_overlap(subject: str, phrase: str) -> None:
    pattern = r"\b" + r"\b.*\b".join(re.escape(part.strip()) for part in phrase.split("*")) + r"\b"
    said = re.search(pattern, subject) is not None and (phrase.count("a") <= subject.count("a"))
    assert bool(Matcher([rule(any=(phrase,))]).fired(facts(subject))) is said
