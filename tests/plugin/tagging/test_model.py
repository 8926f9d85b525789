"""The learned model: learnt the same every time, refused when its file is not what was written."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from congkhai.plugin.errors import ConfigurationError
from congkhai.plugin.regulation import CATEGORY_KEYS
from congkhai.plugin.tagging.facts import Facts, facts_of
from congkhai.plugin.tagging.features import Totals, features_of, rules_total
from congkhai.plugin.tagging.learn import Example, Phrases, learn
from congkhai.plugin.tagging.model import LARGEST, SHIPPED, Model, load_model, pack, parse, shipped
from congkhai.plugin.tagging.rules import NONE, Rule, all_rules
from congkhai.plugin.tagging.score import matcher, votes_of

OUTCOMES = (NONE, *CATEGORY_KEYS)


def example(subject: str, outcome: str) -> Example:
    facts = facts_of(paper="", number="", issuer="", subject=subject, direction="out", agency="xa")
    return Example(facts, (outcome,))


EXAMPLES = tuple(
    example(f"{verb} {thing} của Trạm Mẫu", outcome)
    for verb in ("rà soát", "tổng hợp", "công bố")
    for thing, outcome in (("con chim xanh", "assets"), ("con cá vàng", "budget"), ("cái cây cao", NONE))
)
BODY = learn(EXAMPLES, (), OUTCOMES)


def shares_of(model: Model, facts: Facts, rules: Sequence[Rule] = ()) -> dict[str, float]:
    total = Totals(model).of(facts, facts.text.split()) + rules_total(model, rules, votes_of(rules))
    return dict(zip(model.outcomes, model.probabilities(total), strict=True))


def best(model_body: dict[str, object], subject: str) -> str:
    shares = shares_of(parse(model_body), example(subject, NONE).facts)
    return max(shares, key=shares.__getitem__)


def plainly(body: dict[str, Any], features: dict[str, float]) -> list[float]:
    """Work out the probabilities as the features are defined, number by number."""
    scores = [*body["bias"]]
    for name, value in features.items():
        for place, weight in body["weights"].get(name, ()):
            scores[place] += weight * value
    shares = [math.exp(score - max(scores)) for score in scores]
    return [share / sum(shares) for share in shares]


@pytest.mark.parametrize(
    "subject",
    [
        "Kế hoạch công tác năm 2026 của UBND xã Mẫu Sơn",
        "giao dự toán ngân sách, giao dự toán ngân sách và giao dự toán chi",
        "về việc mua sắm, thanh lý tài sản công; công khai quyết toán",
        "bổ nhiệm " * 400,
        "chim xanh",
        "",
    ],
)
def test_packed_weights_add_up_to_what_the_features_say(subject: str) -> None:
    body = json.loads(SHIPPED.read_text("ascii").splitlines()[1])
    facts = example(subject, NONE).facts
    rules = matcher().fired(facts)
    expected = plainly(body, features_of(facts, rules, votes_of(rules)))
    assert list(shares_of(shipped(), facts, rules).values()) == pytest.approx(expected, abs=1e-6)


def test_what_was_learnt_is_found_again_in_other_words() -> None:
    assert best(BODY, "xem xét con chim xanh") == "assets"
    assert best(BODY, "xem xét con cá vàng") == "budget"


def test_learning_twice_gives_the_same_file() -> None:
    assert pack(learn(EXAMPLES, (), OUTCOMES)) == pack(BODY)


def test_an_item_that_no_example_shows_stays_with_the_rules() -> None:
    vote = Rule("r", "integrity", 13, "lý do")
    facts = example("kết luận vụ việc", NONE).facts
    shares = shares_of(parse(BODY), facts, (vote,))
    assert max(shares, key=shares.__getitem__) == "integrity"


def test_probabilities_add_up_to_one() -> None:
    facts = example("con chim xanh", NONE).facts
    shares = shares_of(shipped(), facts)
    assert sum(shares.values()) == pytest.approx(1)
    assert set(shares) == set(OUTCOMES)


def test_the_shipped_model_is_small_and_says_what_it_rests_on() -> None:
    assert SHIPPED.stat().st_size < LARGEST
    assert shipped().documents >= 500
    assert len(shipped().digest) == 64


def test_the_shipped_model_knows_the_rules_that_are_shipped() -> None:
    known = {name.removeprefix("r:") for name in shipped().packed if name.startswith("r:")}
    assert known <= {rule.id for rule in all_rules()}


def written(folder: Path, text: str) -> Path:
    file = folder / "model.json"
    file.write_text(text, "utf-8")
    return file


def test_a_file_comes_back_as_it_was_packed(tmp_path: Path) -> None:
    model = load_model(written(tmp_path, pack(BODY)))
    assert model.documents == len(EXAMPLES)
    assert model.outcomes == OUTCOMES


HEAD, LINE = pack(BODY).splitlines()
DAMAGED = {
    "a changed weight": f"{HEAD}\n{LINE.replace('0.', '9.', 1)}\n",
    "another format": f"{HEAD.replace('1', '2', 1)}\n{LINE}\n",
    "no digest": '{"format": 1}\n' + LINE,
    "no body": HEAD,
    "no JSON": "x",
    "empty": "",
    "a pickle": "\x80\x04K\x01.",
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_file_is_refused_with_a_remedy(tmp_path: Path, case: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_model(written(tmp_path, DAMAGED[case]))
    assert caught.value.code == "congkhai-E134"
    assert caught.value.advice


@pytest.mark.parametrize(
    "change",
    [
        {"bias": [0]},
        {"weights": {"w:a": [[99, 1.0]]}},
        {"weights": {"w:a": [["x", 1.0]]}},
        {"weights": {"w:a": [[0, 1e9]]}},
        {"weights": {"p:a": [[0, 1.0]]}},
    ],
)
def test_a_body_that_makes_no_sense_is_refused_even_with_its_digest(tmp_path: Path, change: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        load_model(written(tmp_path, pack(json.loads(LINE) | change)))


def test_a_document_does_not_vouch_for_its_own_phrases() -> None:
    rule = Rule("r", "assets", 5, "lý do", any=("con chim", "con voi"))
    one, other = example("con voi lớn", "assets"), example("con chim nhỏ", "assets")
    phrases = Phrases([rule], [one, other, example("con chim to", "assets")])
    assert phrases.fired(other.facts, known=True) == [rule]
    assert phrases.fired(one.facts, known=True) == []
    assert phrases.fired(example("con voi già", NONE).facts, known=False) == [rule]
    assert phrases.fired(example("con hổ", NONE).facts, known=False) == []
