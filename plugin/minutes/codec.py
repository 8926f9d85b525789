"""
Records to XML and back, from one description.

A `Shape` lists how each field of a record stands in an element. Writer and reader walk the same list, so what one
writes the other reads; neither knows what minutes are.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, Protocol, TypeVar

from lxml import etree

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Value:
    """How a plain value stands as text: `encode` and its inverse `decode`."""

    encode: Callable[[Any], str]
    decode: Callable[[str], Any]


TEXT = Value(str, str)
WHOLE = Value(str, int)
DAY = Value(date.isoformat, date.fromisoformat)
MOMENT = Value(lambda moment: str(moment.isoformat(timespec="seconds")), datetime.fromisoformat)
TRUTH = Value(lambda value: "true" if value else "false", lambda text: text == "true")


class Cursor:
    """The children of an element, taken in order."""

    def __init__(self, element: etree._Element) -> None:
        self.element = element
        self._children = list(element.iterchildren(etree.Element))
        self._next = 0

    def take(self, name: str) -> etree._Element | None:
        """Take the next child if it has this local name."""
        if self._next < len(self._children):
            child = self._children[self._next]
            if etree.QName(child).localname == name:
                self._next += 1
                return child
        return None

    def need(self, name: str) -> etree._Element:
        """Take the next child, which must have this local name. Raises ValueError."""
        child = self.take(name)
        if child is None:
            raise ValueError(f"<{name}> expected in <{etree.QName(self.element).localname}>")
        return child

    def close(self) -> None:
        """Check that nothing is left over. Raises ValueError: what nobody reads must not be signed unseen."""
        if self._next < len(self._children):
            raise ValueError(f"<{etree.QName(self._children[self._next]).localname}> was not expected")


class Item(Protocol):
    """One line of a `Shape`."""

    def write(self, parent: etree._Element, record: Any) -> None:
        """Add to `parent` what this line says of `record`."""
        ...

    def read(self, cursor: Cursor) -> Iterator[tuple[str, Any]]:
        """Yield field name and value; nothing when the field is absent and its default holds."""
        ...


def _add(parent: etree._Element, name: str) -> etree._Element:
    child: etree._Element = etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{name}")
    return child


def _text(element: etree._Element) -> str:
    # itertext, because `.text` stops at a comment and would show less than was signed.
    return "".join(str(part) for part in element.itertext())


@dataclass(frozen=True, slots=True)
class Leaf:
    """A plain value in an element of its own; absent when it is empty or None and `optional`."""

    field: str
    name: str
    value: Value = TEXT
    optional: bool = False

    def write(self, parent: etree._Element, record: Any) -> None:
        """Add the element."""
        held = getattr(record, self.field)
        if self.optional and (held is None or held == ""):
            return
        _add(parent, self.name).text = self.value.encode(held)

    def read(self, cursor: Cursor) -> Iterator[tuple[str, Any]]:
        """Yield the value."""
        child = cursor.take(self.name) if self.optional else cursor.need(self.name)
        if child is not None:
            yield self.field, self.value.decode(_text(child))
        elif self.value is not TEXT:
            yield self.field, None
        else:
            yield self.field, ""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A short token as an attribute of the record's own element."""

    field: str
    name: str
    value: Value = TEXT

    def write(self, parent: etree._Element, record: Any) -> None:
        """Set the attribute."""
        parent.set(self.name, self.value.encode(getattr(record, self.field)))

    def read(self, cursor: Cursor) -> Iterator[tuple[str, Any]]:
        """Yield the value. Raises ValueError when the attribute is missing."""
        held = cursor.element.get(self.name)
        if held is None:
            raise ValueError(f"@{self.name} is missing")
        yield self.field, self.value.decode(held)


@dataclass(frozen=True, slots=True)
class Flag:
    """An empty element that is there when the field is True."""

    field: str
    name: str

    def write(self, parent: etree._Element, record: Any) -> None:
        """Add the element, or nothing."""
        if getattr(record, self.field):
            _add(parent, self.name)

    def read(self, cursor: Cursor) -> Iterator[tuple[str, Any]]:
        """Yield whether it is there."""
        yield self.field, cursor.take(self.name) is not None


@dataclass(frozen=True, slots=True)
class Constant:
    """An element that always says the same, e.g. the type of paper."""

    name: str
    text: str

    def write(self, parent: etree._Element, record: Any) -> None:  # noqa: ARG002 - the contract of Item
        """Add the element."""
        _add(parent, self.name).text = self.text

    def read(self, cursor: Cursor) -> Iterator[tuple[str, Any]]:
        """Check the element. Raises ValueError."""
        if _text(cursor.need(self.name)) != self.text:
            raise ValueError(f"<{self.name}> is not {self.text}")
        yield from ()


@dataclass(frozen=True, slots=True)
class Code:
    """
    Số, ký hiệu in the two fields of NĐ 30/2020: `CodeNumber` before the first ``/``, `CodeNotation` after it.

    Nothing is lost: the joined form, with whatever spaces it has, comes back. Absent when empty.
    """

    field: str

    def write(self, parent: etree._Element, record: Any) -> None:
        """Add ``Code``."""
        number, stroke, notation = str(getattr(record, self.field)).partition("/")
        if not number and not stroke:
            return
        code = _add(parent, "Code")
        _add(code, "CodeNumber").text = number
        if stroke:
            _add(code, "CodeNotation").text = notation

    def read(self, cursor: Cursor) -> Iterator[tuple[str, Any]]:
        """Yield the joined form."""
        code = cursor.take("Code")
        if code is None:
            yield self.field, ""
            return
        inner = Cursor(code)
        number = _text(inner.need("CodeNumber"))
        notation = inner.take("CodeNotation")
        inner.close()
        yield self.field, number if notation is None else f"{number}/{_text(notation)}"


@dataclass(frozen=True, slots=True)
class Nested:
    """A record in an element of its own; absent when None and `optional`."""

    field: str
    name: str
    shape: "Shape[Any]"
    optional: bool = False

    def write(self, parent: etree._Element, record: Any) -> None:
        """Add the element."""
        held = getattr(record, self.field)
        if held is None and self.optional:
            return
        self.shape.write(_add(parent, self.name), held)

    def read(self, cursor: Cursor) -> Iterator[tuple[str, Any]]:
        """Yield the record."""
        child = cursor.take(self.name) if self.optional else cursor.need(self.name)
        yield self.field, None if child is None else self.shape.read(child)


@dataclass(frozen=True, slots=True)
class Many:
    """
    A tuple: one element per member inside `wrapper`; no wrapper when the tuple is empty.

    Attributes:
        kind: `Value` for plain members, `Shape` for records.
        ordered: write the place, from 1, as attribute ``order``, and hold the reader to it.
    """

    field: str
    wrapper: str
    name: str
    kind: "Value | Shape[Any]" = TEXT
    ordered: bool = False

    def write(self, parent: etree._Element, record: Any) -> None:
        """Add the wrapper with its members."""
        held = getattr(record, self.field)
        if not held:
            return
        wrapper = _add(parent, self.wrapper)
        for order, member in enumerate(held, 1):
            element = _add(wrapper, self.name)
            if isinstance(self.kind, Value):
                element.text = self.kind.encode(member)
            else:
                self.kind.write(element, member)
            if self.ordered:
                element.set("order", str(order))

    def read(self, cursor: Cursor) -> Iterator[tuple[str, Any]]:
        """Yield the tuple. Raises ValueError when the order attributes are not 1, 2, 3 …"""
        wrapper = cursor.take(self.wrapper)
        members: list[Any] = []
        if wrapper is not None:
            inner = Cursor(wrapper)
            while (element := inner.take(self.name)) is not None:
                if self.ordered and element.get("order") != str(len(members) + 1):
                    raise ValueError(f"<{self.name}> is out of order")
                members.append(
                    self.kind.decode(_text(element)) if isinstance(self.kind, Value) else self.kind.read(element)
                )
            inner.close()
        yield self.field, tuple(members)


@dataclass(frozen=True, slots=True)
class Shape(Generic[_T]):
    """How a record stands in an element: its items, in the order of the schema."""

    record: type[_T]
    items: tuple[Item, ...]

    def write(self, element: etree._Element, record: _T) -> None:
        """Fill `element` with `record`."""
        for item in self.items:
            item.write(element, record)

    def read(self, element: etree._Element) -> _T:
        """Read the record back. Raises ValueError for anything missing, out of order or left over."""
        cursor = Cursor(element)
        fields = {name: value for item in self.items for name, value in item.read(cursor)}
        cursor.close()
        return self.record(**fields)
