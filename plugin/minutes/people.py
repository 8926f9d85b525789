"""Somebody who is named on a paper."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody named in the minutes, with title (chức vụ); no academic titles (NĐ 30/2020, Phụ lục I, box 7b)."""

    name: str
    title: str = ""
