"""What the references of a container's signatures reach: its data files, digested at most once per hash function."""

from collections.abc import Sequence
from typing import Any, BinaryIO

from .asice import Member
from .references import Surroundings
from .streams import digest_of
from .xmlsafe import ParsedXml


class MemberDigests:
    """Digests of members, each computed once per algorithm; SHA-256 is known from reading."""

    def __init__(self, members: Sequence[Member]) -> None:
        self._members = {one.name: one for one in members}
        self.digested: dict[tuple[str, ...], Any] = {}
        self._known = {(one.name, "sha256"): bytes.fromhex(one.sha256) for one in members}

    def of(self, name: str, algorithm: str) -> bytes | None:
        """Return a member's digest; None when there is no member of exactly this name."""
        member = self._members.get(name)
        if member is None:
            return None
        if (name, algorithm) not in self._known:
            with member.open() as stream:
                self._known[name, algorithm] = digest_of(stream, algorithm)
        return self._known[name, algorithm]

    def open(self, name: str) -> BinaryIO | None:
        """Open a member for reading; None when there is no member of exactly this name."""
        member = self._members.get(name)
        return None if member is None else member.open()


def container_surroundings(
    parsed: ParsedXml, members: Sequence[Member], digests: MemberDigests | None = None
) -> Surroundings:
    """
    Return what a container's signature file may reach.

    Args:
        parsed: the signature file.
        members: data files.
        digests: shared between the signature files of one container; None makes new ones.
    """
    known = digests or MemberDigests(members)
    return Surroundings(parsed, member_digest=known.of, member_open=known.open, digested=known.digested)
