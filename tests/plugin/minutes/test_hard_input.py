"""
Bad input of papers, each by its name; beside these:

a template with an error and a missing font: `test_look`; 3,000 papers in volumes, a part after filing, two parts in one
place, a scan of 300 MB: `tests/plugin/way/test_kinds.py`.
"""

import re
from dataclasses import replace

import pytest
from lxml import etree

from congkhai.plugin.errors import InputError
from congkhai.plugin.minutes import (
    FeedbackSummary,
    MinutesContent,
    Person,
    Role,
    minutes_pdf,
    minutes_xml,
    read_minutes,
)
from congkhai.plugin.records import Feedback

from .papers import closing_minutes, conference_minutes, moment, posting_minutes
from .test_rendition import MADE, pages, rendered

LONG = ("Nguyễn Thị Hoàng Ngọc Phương Uyên " * 6)[:200].strip()
UNBROKEN = "Ô" * 200


def _narrow(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("name", [LONG, UNBROKEN], ids=["words", "one-word"])
def test_names_of_two_hundred_characters_are_printed_whole(name: str) -> None:
    content = posting_minutes()
    content = replace(
        content,
        participants=(Person(name, name),),
        roles=(Role("head", (name,), name), *content.roles[:2]),
        documents=(replace(content.documents[0], subject=name, issuer=name),),
        place=name,
    )
    assert read_minutes(minutes_xml(content)).participants[0].name == name
    printed = _narrow("".join(rendered(content)))
    assert printed.count(_narrow(name)) >= 5  # participant, subject, issuer, place, signer; the capacity in capitals
    assert _narrow(name.upper()) in printed


def test_five_hundred_participants_stand_in_a_table_whose_head_comes_again() -> None:
    people = tuple(Person(f"Đặng Hữu Nghĩa {place}", "đại biểu hộ gia đình") for place in range(1, 501))
    texts = pages(
        minutes_pdf(
            content := replace(conference_minutes(), participants=people), minutes_xml(content), MADE
        )
    )  # fmt: skip
    with_people = [text for text in texts if re.search(r"Đặng Hữu Nghĩa \d", text)]
    assert len(with_people) >= 10
    assert all("STT Họ và tên Chức vụ" in text for text in with_people)
    found = [int(place) for text in texts for place in re.findall(r"Đặng Hữu Nghĩa (\d+)", text)]
    assert found == list(range(1, 501))  # none lost at the foot of a page, none twice


def test_an_empty_comment_is_refused_and_no_comment_at_all_is_said() -> None:
    content = closing_minutes()
    empty = FeedbackSummary(1, (Feedback(moment(9, 9), "", " \n "),))
    with pytest.raises(InputError) as caught:
        minutes_xml(replace(content, feedback=empty))
    assert caught.value.where == "feedback.comments.text"
    assert "không nhận được ý kiến" in " ".join(rendered(replace(content, feedback=FeedbackSummary(0))))


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200f"])
def test_marks_that_turn_the_reading_order_are_shown_by_their_code(mark: str) -> None:
    content: MinutesContent = replace(posting_minutes(), place=f"Hội trường {mark}gnort")
    xml = minutes_xml(content)
    assert mark not in "".join(etree.fromstring(xml).itertext())
    said = f"Hội trường [U+{ord(mark):04X}]gnort"
    assert read_minutes(xml).place == said
    assert said in " ".join(rendered(content))
