"""
Decide on one document: secrecy first, then drafts, then the weighed rules, with reasons a clerk can read.

The machine proposes: what touches people is always left to a person, whatever the confidence (law 6 of the house).
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from ..errors import NotAllowedError
from ..records import Decision, Document, Tag, TagDecision
from ..regulation_records import PeopleItem, Regulation
from ..secrecy import judge
from ..text import _
from .facts import Facts, Issuer, facts_of
from .fold import words
from .rules import NONE
from .score import Outcome, weigh

BY = "rules"
CONSULTATION = "consultation"
PEOPLE_REGIME = "people"
PERSONAL = frozenset({
    "personnel.people", "integrity.conclusions", "integrity.declarations", "inspection.denunciation",
    "inspection.complaint",
})  # fmt: skip
"""Sub-keys that touch a person: never decided by the machine alone."""
_CAUTIOUS = {"personnel": "personnel.people", "integrity": "integrity.conclusions", "inspection": "inspection.other"}
"""Sub-key where only learned words speak for an item: the one that asks for more care."""
MOST_TAGS = 3
FURTHER_TAG = 0.02
"""Least probability of a second or third tag."""
_DRAFT_RULE = "none-opinion"
_NO_CONSULTATION = frozenset({"giai moi", "giay moi", "to trinh", "thu moi"})
_ASKED = tuple(words(phrase) for phrase in ("dự thảo", "lấy ý kiến", "tham gia ý kiến", "góp ý", "xin ý kiến"))
_PEOPLE_ASKED = tuple(words(phrase) for phrase in ("nhân dân", "cử tri"))
_WORD = re.compile(r" [a-z]{2,} ")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """
    From which confidence on a proposal counts.

    Attributes:
        auto_above: confidence of the best tag from which no person need look at it; 0.0 to 1.0.
        review_above: probability that the paper is a disclosure item at all from which a person looks at a paper for
            which ``none`` is the best answer; 0.0 to 1.0.
    """

    auto_above: float = 0.85
    review_above: float = 0.4


STANDARD = Thresholds()


def tag_document(
    document: Document,
    regulation: Regulation,
    text: str = "",
    *,
    agency_kind: str = "",
    thresholds: Thresholds = STANDARD,
) -> TagDecision:
    """
    Propose the disclosure items of a document that has passed intake.

    Args:
        document: the document; its fields have passed the secrecy gate, marks in `text` refuse it all the same.
        regulation: the agency's rules.
        text: first page, or empty; read in memory only.
        agency_kind: whose view is taken; empty: the regulation's.
        thresholds: from which confidence on a proposal counts.

    Returns:
        Tags best first; ``refused`` without any reason from the text when it carries a secrecy mark.
    """
    if judge(None, field_is_plain=True, texts=(document.subject, text)).refuse:
        return refused()
    facts = facts_of(
        paper=document.type, number=document.number, issuer=document.issuer, subject=document.subject,
        direction=document.direction.value, agency=agency_kind or regulation.agency_kind, text=text,
    )  # fmt: skip
    return decide(facts, regulation, thresholds)


def refused() -> TagDecision:
    """Return the answer for a paper with a secrecy mark: no tag, no word of it."""
    return TagDecision(Decision.REFUSED, decided_by=BY, why=(_("có dấu chỉ độ mật hoặc chưa rõ độ mật"),))


def decide(
    facts: Facts,
    regulation: Regulation,
    thresholds: Thresholds = STANDARD,
    *,
    outcomes: tuple[Outcome, ...] | None = None,
) -> TagDecision:
    """
    Weigh what speaks for each item, for a document that carries no mark.

    Args:
        facts: the document as the rules see it.
        regulation: gives clause numbers for the stable keys, and what a commune tells the people.
        thresholds: from which confidence on a proposal counts.
        outcomes: the possible answers, most probable first, where they are weighed already; None weighs them.
    """
    if _WORD.search(facts.text) is None:
        return TagDecision(Decision.REVIEW, decided_by=BY, why=(_("trích yếu không có chữ nào đọc được"),))
    outcomes = weigh(facts) if outcomes is None else outcomes
    best = outcomes[0]
    considered = tuple([(outcome.name, round(outcome.probability, 2)) for outcome in outcomes])
    regime = _regime(facts, best, regulation)
    if regime is not None or best.name == NONE:
        return _without_tags(best, regime, thresholds, considered)
    chosen = [
        outcome
        for outcome in outcomes
        if outcome.name != NONE and (outcome is best or outcome.probability >= FURTHER_TAG)
    ][:MOST_TAGS]
    tags = tuple(_tag(outcome, regulation) for outcome in chosen)
    personal = any(tag.sub in PERSONAL for tag in tags) or any(
        rule.sub in PERSONAL for outcome in chosen for rule in outcome.rules
    )
    sure = tags[0].confidence >= thresholds.auto_above and not personal and not facts.odd
    why: tuple[str, ...] = (_("liên quan đến con người: người có thẩm quyền xem lại"),) if personal else ()
    if facts.odd:
        why += (_("trích yếu có ký tự lạ, mã HTML, chữ viết khác hoặc quá dài: người xem lại"),)
    return TagDecision(Decision.AUTO if sure else Decision.REVIEW, tags, None, BY, why, considered)


def _without_tags(
    best: Outcome, regime: str | None, thresholds: Thresholds, considered: tuple[tuple[str, float], ...]
) -> TagDecision:
    if regime == PEOPLE_REGIME:
        item = _("nội dung công khai để Nhân dân biết (Điều 11 Luật 10/2022/QH15), theo quy định riêng")
        return TagDecision(Decision.REVIEW, (), regime, BY, (item,), considered)
    if regime == CONSULTATION:
        item = _("dự thảo đưa ra lấy ý kiến: thuộc hồ sơ tham gia ý kiến, chưa thuộc danh mục công khai")
        return TagDecision(Decision.NONE, (), regime, BY, (item,), considered)
    doubtful = 1 - best.probability >= thresholds.review_above
    return TagDecision(Decision.REVIEW if doubtful else Decision.NONE, (), None, BY, reasons(best)[:2], considered)


def _says(facts: Facts, phrases: tuple[str, ...]) -> bool:
    return any(phrase in facts.text for phrase in phrases)


@lru_cache(16)
def _people_phrases(people: tuple[PeopleItem, ...]) -> tuple[str, ...]:
    return tuple(words(phrase) for item in people for phrase in item.phrases)


def _regime(facts: Facts, best: Outcome, regulation: Regulation) -> str | None:
    """Return ``consultation`` for a draft put out for comment, ``people`` for a commune's paper to the people."""
    if best.name != NONE:
        return None
    own_commune = facts.agency == "xa" and facts.issuer is Issuer.OWN
    if own_commune and _says(facts, _people_phrases(regulation.people)):
        return PEOPLE_REGIME
    draft = any(rule.id == _DRAFT_RULE for rule in best.rules) and facts.type not in _NO_CONSULTATION
    if draft and _says(facts, _ASKED) and not _says(facts, _PEOPLE_ASKED):
        return CONSULTATION
    return None


def reasons(outcome: Outcome) -> tuple[str, ...]:
    """Return why an outcome was chosen, in words: its rules, else the words of the subject that speak for it."""
    if outcome.rules:
        return tuple(_(rule.why) for rule in outcome.rules[:3])
    if outcome.words:
        quoted = ", ".join(f"“{word}”" for word in outcome.words)
        return (_("các chữ {words} thường gặp ở loại này").format(words=quoted),)
    return (_("loại văn bản và nơi ban hành thường thuộc loại này"),)


def _tag(outcome: Outcome, regulation: Regulation) -> Tag:
    sub = _sub_key(outcome)
    confidence = round(outcome.probability, 2)
    try:
        category = regulation.category(outcome.name)
    except NotAllowedError:  # a regulation that stands on its own and lacks the item: the key still tells what it is
        return Tag("", outcome.name, confidence, reasons(outcome), sub)
    why = tuple(f"{category.source}: {reason}" for reason in reasons(outcome))
    return Tag(category.clause, category.key, confidence, why, sub)


def _sub_key(outcome: Outcome) -> str | None:
    """Return the sub-key: of the strongest rule that names one; personal where an item that has both names none."""
    named = next((rule.sub for rule in outcome.rules if rule.sub), None)
    return named or _CAUTIOUS.get(outcome.name)
