"""The built-in source of feedback: a place into which only a person can look, such as a suggestion box."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from pydantic import Field

from .config.settings import Duration, Settings
from .feedback_records import PulledFeedback
from .hooks import RegisterFeedbackSource, hookimpl
from .interfaces import Context
from .records import CheckResult, CursorMark
from .text import _


class AttendedSourceSettings(Settings):
    """Keys of ``[feedback:NAME] type = attended``."""

    title: str = Field(min_length=1, description="Tên nguồn, in trong biên bản, ví dụ hòm thư góp ý tại trụ sở.")
    wait: Duration = Field(
        default=timedelta(days=1), ge=timedelta(0),
        description="Biên bản kết thúc chờ người trực xem nguồn này nhiều nhất bấy lâu sau khi hết thời hạn.",
    )  # fmt: skip


class AttendedSource:
    """A place that a person looks into and says so; what they find they enter."""

    attended = True

    def __init__(self, settings: AttendedSourceSettings, context: Context) -> None:
        self.title = settings.title
        self.wait = settings.wait
        self._name = context.name

    def pull(self, cursor: str | None) -> Iterator[PulledFeedback | CursorMark]:  # noqa: ARG002 - the contract's argument
        """Offer nothing: only a person can look there."""
        return iter(())

    def acknowledge(self, key: str) -> bool:  # noqa: ARG002 - the contract's argument
        """Return False: nobody can be written to from here."""
        return False

    def check(self, *, live: bool) -> Sequence[CheckResult]:  # noqa: ARG002 - the contract's argument; nothing to reach
        """Say what a person has to do."""
        what = _("{title}: người trực xem và ghi nhận.").format(title=self.title)
        return (CheckResult("feedback.place", "ok", what),)


@hookimpl
def register_feedback_sources(register: RegisterFeedbackSource) -> None:
    """Offer ``type = attended``."""
    register("attended", AttendedSourceSettings, AttendedSource)
