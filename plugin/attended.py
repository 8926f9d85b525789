"""
Forms of disclosure that people perform, each with the evidence that proves it.

Luật 10/2022/QH15 Điều 47.1 (conference, written notice to all, section heads, Party and union notice) and, for what a
commune tells the people, Điều 12.1 and 13.3 to 13.4 (loudspeaker on at least three consecutive days, village heads).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from pydantic import Field

from .config.settings import Settings
from .errors import NotAllowedError
from .feedback_records import EvidenceField
from .hooks import RegisterChannel, hookimpl
from .interfaces import Context
from .records import CheckResult, Notice, Probe, Receipt
from .text import _

LEAST_BROADCAST_DAYS = 3


class AttendedFormSettings(Settings):
    """Keys of an attended form's ``[channel:NAME]`` section."""

    place: str = Field(min_length=1, description="Nơi thực hiện hoặc người nhận, ghi vào biên bản.")


@dataclass(frozen=True, slots=True)
class Form:
    """
    One form that people perform.

    Attributes:
        form: its key in the regulation.
        instructions: what a person must do, with ``{place}``.
        fields: the evidence it asks for; called late, so that labels are in the reader's language.
    """

    form: str
    instructions: str
    fields: Callable[[], tuple[EvidenceField, ...]]


class AttendedForm:
    """A form that a person performs; they confirm it here with its own evidence."""

    attended = True
    audience = "internal"

    def __init__(self, kind: Form, settings: AttendedFormSettings, context: Context) -> None:
        self.form = kind.form
        self.place = settings.place
        self.evidence = kind.fields()
        self._kind = kind
        self._clock = context.clock

    def publish(self, notice: Notice) -> Receipt:
        """Refuse: a person does this and confirms it. Raises NotAllowedError, always."""
        raise self._by_a_person(notice.key)

    def instructions(self, key: str) -> str:  # noqa: ARG002 - the contract's argument; no form has a place for a key
        """Say what to do and what to bring back."""
        needed = "; ".join(field.label for field in self.evidence if field.required)
        told = _(self._kind.instructions).format(place=self.place)
        return _("{told} Khi xác nhận cần: {needed}.").format(told=told, needed=needed)

    def find(self, key: str) -> Receipt | None:  # noqa: ARG002 - the contract's argument; nothing can be read back here
        """Return None: what a person did is known by their confirmation only."""
        return None

    def probe(self, key: str) -> Probe:  # noqa: ARG002 - the contract's argument; nothing can be looked at from here
        """Say that it cannot be told from here."""
        return Probe(self._clock.now(), None, message=_("Chỉ người tại chỗ mới xác nhận được."))

    def withdraw(self, key: str) -> None:
        """Refuse: a person ends it and confirms that. Raises NotAllowedError, always."""
        raise self._by_a_person(key)

    def check(self, *, live: bool) -> Sequence[CheckResult]:  # noqa: ARG002 - the contract's argument; nothing to reach
        """Say where it is."""
        return [CheckResult("channel.place", "ok", self.place)]

    def _by_a_person(self, key: str) -> NotAllowedError:
        return NotAllowedError(
            what=_("Việc này do người thực hiện và xác nhận."), where=f"{self.place} ({key})", code="congkhai-E564",
            advice=_("Xác nhận bằng congkhai posting confirm, kèm minh chứng mà hình thức này đòi."),
        )  # fmt: skip


def _conference() -> tuple[EvidenceField, ...]:
    return (
        EvidenceField("participants", _("số người dự"), "count", least=1),
        EvidenceField("summoned", _("số người được triệu tập"), "count", required=False, least=1),
        EvidenceField("minutes", _("biên bản hội nghị (tệp)"), "file"),
        EvidenceField("signatures", _("danh sách ký tên (tệp)"), "file", required=False),
    )


def _section_heads() -> tuple[EvidenceField, ...]:
    return (
        EvidenceField("heads", _("số người phụ trách bộ phận đã nhận"), "count", least=1),
        EvidenceField("signatures", _("danh sách ký nhận (tệp)"), "file"),
        EvidenceField("sections", _("tên các bộ phận"), "text", required=False),
    )


def _written_notice() -> tuple[EvidenceField, ...]:
    return (
        EvidenceField("number", _("số, ký hiệu văn bản thông báo"), "text"),
        EvidenceField("recipients", _("số người nhận"), "count", least=1),
        EvidenceField("signatures", _("danh sách ký nhận hoặc chứng từ gửi (tệp)"), "file"),
    )


def _party_union() -> tuple[EvidenceField, ...]:
    return (
        EvidenceField("number", _("số, ký hiệu văn bản thông báo"), "text"),
        EvidenceField("receivers", _("tổ chức đã nhận"), "text"),
        EvidenceField("receipt", _("chứng từ giao nhận (tệp)"), "file"),
    )


def _loudspeaker() -> tuple[EvidenceField, ...]:
    return (
        EvidenceField("days", _("các ngày phát"), "days", least=LEAST_BROADCAST_DAYS),
        EvidenceField("log", _("nhật ký phát thanh (tệp)"), "file"),
        EvidenceField("times", _("giờ phát mỗi ngày"), "text", required=False),
    )


def _village_heads() -> tuple[EvidenceField, ...]:
    return (
        EvidenceField("heads", _("số trưởng thôn, tổ trưởng tổ dân phố đã nhận"), "count", least=1),
        EvidenceField("signatures", _("danh sách ký nhận (tệp)"), "file"),
        EvidenceField("villages", _("tên các thôn, tổ dân phố"), "text", required=False),
    )


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "conference": Form("conference", "Thông báo tại hội nghị: {place}.", _conference),
        "section-heads": Form(
            "section_heads", "Giao người phụ trách bộ phận thông báo đến từng người: {place}.", _section_heads
        ),
        "written-notice": Form(
            "written_notice_all", "Gửi văn bản thông báo đến toàn thể: {place}.", _written_notice
        ),
        "party-union-notice": Form(
            "party_union_notice", "Gửi văn bản đến tổ chức đảng, công đoàn: {place}.", _party_union
        ),
        "loudspeaker": Form(
            "loudspeaker", "Phát trên hệ thống truyền thanh ít nhất 03 ngày liên tục: {place}.", _loudspeaker
        ),
        "village-heads": Form(
            "village_heads", "Thông qua trưởng thôn, tổ trưởng tổ dân phố: {place}.", _village_heads
        ),
    }
)  # fmt: skip
"""Attended forms by the name that the ini uses in ``type =``."""


@hookimpl
def register_channels(register: RegisterChannel) -> None:
    """Offer every form."""
    for name, form in FORMS.items():
        register(name, AttendedFormSettings, partial(AttendedForm, form))
