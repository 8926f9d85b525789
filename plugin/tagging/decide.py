"""
Decide on one document: secrecy first, then drafts, then the weighed rules, with reasons a clerk can read.

The machine proposes: what touches people is always left to a person, whatever the confidence (law 6 of the house).
"""

import re
from dataclasses import dataclass

from ..errors import NotAllowedError
from ..records import Decision, Document, Tag, TagDecision
from ..regulation_records import Regulation
from ..secrecy import judge
from ..text import _
from .facts import Facts, Issuer, facts_of
from .fold import words
from .rules import NONE
from .rules_people import PEOPLE
from .score import Outcome, weigh

BY = "rules"
CONSULTATION = "consultation"
PEOPLE_REGIME = "people"
PERSONAL = frozenset({
    "personnel.people", "integrity.conclusions", "integrity.declarations", "inspection.denunciation",
    "inspection.complaint",
})  # fmt: skip
"""Sub-keys that touch a person: never decided by the machine alone."""
MOST_TAGS = 3
FURTHER_TAG = 0.05
"""Least probability of a second or third tag."""
_DRAFT_RULE = "none-opinion"
_NO_CONSULTATION = frozenset({"giai moi", "giay moi", "to trinh", "thu moi"})
_ASKED = re.compile(
    words("dự thảo") + "|" + "|".join(words(p) for p in ("lấy ý kiến", "tham gia ý kiến", "góp ý", "xin ý kiến"))
)
_ASKED = re.compile(
    "|".join(words(phrase) for phrase in ("dự thảo", "lấy ý kiến", "tham gia ý kiến", "góp ý", "xin ý kiến"))
)
_PEOPLE_ASKED = re.compile(words("nhân dân") + "|" + words("cử tri"))


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


def decide(facts: Facts, regulation: Regulation, thresholds: Thresholds = STANDARD) -> TagDecision:
    """
    Weigh the rules for a document that carries no mark.

    Args:
        facts: the document as the rules see it.
        regulation: gives clause numbers for the stable keys.
        thresholds: from which confidence on a proposal counts.
    """
    outcomes = weigh(facts)
    best = outcomes[0]
    regime = _regime(facts, best)
    if regime is not None or best.name == NONE:
        return _without_tags(best, regime, thresholds)
    tags = tuple(
        _tag(outcome, regulation)
        for outcome in outcomes
        if outcome.name != NONE and (outcome is best or outcome.probability >= FURTHER_TAG)
    )[:MOST_TAGS]
    personal = any(rule.sub in PERSONAL for outcome in outcomes for rule in outcome.rules)
    sure = tags[0].confidence >= thresholds.auto_above and not personal
    why = (_("liên quan đến con người: người có thẩm quyền xem lại"),) if personal else ()
    return TagDecision(Decision.AUTO if sure else Decision.REVIEW, tags, None, BY, why)


def _without_tags(best: Outcome, regime: str | None, thresholds: Thresholds) -> TagDecision:
    why = tuple(_(rule.why) for rule in best.rules[:2]) or (_("không có dấu hiệu nào của danh mục công khai"),)
    if regime == PEOPLE_REGIME:
        item = _("nội dung công khai để Nhân dân biết (Điều 11 Luật 10/2022/QH15), theo quy định riêng")
        return TagDecision(Decision.REVIEW, (), regime, BY, (item,))
    if regime == CONSULTATION:
        item = _("dự thảo đưa ra lấy ý kiến: thuộc hồ sơ tham gia ý kiến, chưa thuộc danh mục công khai")
        return TagDecision(Decision.NONE, (), regime, BY, (item,))
    doubtful = 1 - best.probability >= thresholds.review_above
    return TagDecision(Decision.REVIEW if doubtful else Decision.NONE, (), None, BY, why)


def _regime(facts: Facts, best: Outcome) -> str | None:
    """Return ``consultation`` for a draft put out for comment, ``people`` for a commune's paper to the people."""
    own_commune = facts.agency == "xa" and facts.issuer is Issuer.OWN
    if best.name != NONE:
        return None
    if own_commune and any(f"{words(phrase)}" in facts.text for _item, phrases in PEOPLE for phrase in phrases):
        return PEOPLE_REGIME
    draft = any(rule.id == _DRAFT_RULE for rule in best.rules) and facts.type not in _NO_CONSULTATION
    if draft and _ASKED.search(facts.text) and not _PEOPLE_ASKED.search(facts.text):
        return CONSULTATION
    return None


def _tag(outcome: Outcome, regulation: Regulation) -> Tag:
    sub = next((rule.sub for rule in outcome.rules if rule.sub), None)
    try:
        category = regulation.category(outcome.name)
    except NotAllowedError:  # a regulation that stands on its own and lacks the item: the key still tells what it is
        return Tag(
            "", outcome.name, round(outcome.probability, 2), tuple(_(rule.why) for rule in outcome.rules[:3]), sub
        )
    why = tuple(f"{category.source}: {_(rule.why)}" for rule in outcome.rules[:3])
    return Tag(category.clause, category.key, round(outcome.probability, 2), why, sub)
