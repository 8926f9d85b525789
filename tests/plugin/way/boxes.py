"""A scripted source of feedback, offered through the hook like any foreign one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from congkhai.plugin.config.settings import Settings
from congkhai.plugin.errors import CongkhaiError
from congkhai.plugin.hooks import RegisterFeedbackSource, hookimpl
from congkhai.plugin.interfaces import Context, PulledFeedback
from congkhai.plugin.records import CheckResult, CursorMark

MAILBOX = "[feedback:hop-thu]\ntype = test-box\n"
SUGGESTIONS = "[feedback:hom-thu]\ntype = attended\ntitle = hòm thư góp ý tại trụ sở\nwait = 1 d\n"


class NoSettings(Settings):
    """No keys."""


@dataclass
class Box:
    """
    What lies in the mailbox, and how it behaves.

    Attributes:
        failure: raised after everything was offered.
        acknowledged: keys whose senders were told.
    """

    items: list[PulledFeedback] = field(default_factory=list)
    failure: CongkhaiError | None = None
    cursors: list[str | None] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)

    attended = False
    title = "hộp thư góp ý"

    def pull(self, cursor: str | None) -> Iterator[PulledFeedback | CursorMark]:
        self.cursors.append(cursor)
        yield from self.items
        if self.failure is not None:
            raise self.failure
        yield CursorMark(str(len(self.items)))

    def acknowledge(self, key: str) -> bool:
        self.acknowledged.append(key)
        return True

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        return [CheckResult("feedback.box", "ok" if live else "skipped", "thử")]


class BoxPlugin:
    """The plugin that offers the box."""

    def __init__(self) -> None:
        self.box = Box()

    @hookimpl
    def register_feedback_sources(self, register: RegisterFeedbackSource) -> None:
        def factory(_settings: NoSettings, _context: Context) -> Box:
            return self.box

        make: Callable[[NoSettings, Context], Box] = factory
        register("test-box", NoSettings, make)
