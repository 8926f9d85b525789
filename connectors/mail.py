"""
The channel ``mail``: a notice to all staff by mail, one message for each, delivery recorded per recipient.

What was mailed cannot be read back. Each recipient's state is therefore on disk before the message leaves: a crash or a
lost answer in that moment leaves ``unsure``, which a person settles; nobody gets the notice twice by itself.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from congkhai.plugin.config.settings import Location, Size, Words, YesNo
from congkhai.plugin.errors import CongkhaiError, OutsideError, UndecidedError
from congkhai.plugin.hooks import RegisterChannel, hookimpl
from congkhai.plugin.interfaces import Context
from congkhai.plugin.platform import write_durably
from congkhai.plugin.records import CheckResult, Notice, Probe, Receipt
from congkhai.plugin.text import _

from .mail_message import notice_message, withdrawal_message
from .mail_session import Fate, Handed, SmtpSettings, hand_over, session

MAIL_CODE = "congkhai-E568"
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_LIST = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def _written(text: str) -> Any:
    """Give a default as the ini would write it; it is parsed like any other value."""
    return text


class MailSettings(SmtpSettings):
    """Keys of ``[channel:NAME] type = mail``."""

    form: str = Field(default="written_notice_all", description="Hình thức công khai trong quy chế.")
    place: str = Field(
        default="Thư điện tử công vụ của toàn thể cán bộ, công chức, viên chức, người lao động",
        description="Nơi người xem thấy, ghi vào biên bản.",
    )
    recipients: Words = Field(default=(), description="Địa chỉ người nhận.")
    recipients_file: Location | None = Field(
        default=None, description="Tệp danh sách người nhận, mỗi dòng một địa chỉ; # là chú thích."
    )
    list_id: str = Field(
        default="congkhai.local", description="Định danh danh sách (List-Id), ví dụ congkhai.mauson.example.vn."
    )
    reply_to: str = Field(default="", description="Nơi nhận ý kiến trả lời; bỏ trống: địa chỉ gửi.")
    attachments_limit: Size = Field(default=_written("20 MiB"), description="Tổng dung lượng tệp kèm theo một thư.")
    tell_withdrawal: YesNo = Field(
        default=False, description="Khi nội dung được gỡ, gửi thư báo cho những người đã nhận."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.smtp_host:
            raise ValueError("cần smtp-host và sender")
        if not self.recipients and self.recipients_file is None:
            raise ValueError("cần recipients hoặc recipients-file")
        wrong = [one for one in (*self.recipients, *filter(None, (self.reply_to,))) if not _ADDRESS.fullmatch(one)]
        if wrong:
            raise ValueError(f"không phải địa chỉ thư: {', '.join(wrong)}")
        if not _LIST.fullmatch(self.list_id):
            raise ValueError("list-id có dạng tên.miền")
        return self


class MailChannel:
    """Mail to all staff."""

    attended = False
    audience = "internal"
    observable = False  # what was mailed cannot be looked at from here

    def __init__(self, settings: MailSettings, context: Context) -> None:
        self.form = settings.form
        self.place = settings.place
        self._settings = settings
        self._context = context

    def publish(self, notice: Notice) -> Receipt:
        """
        Mail the notice to everybody who has not got it yet.

        Raises:
            OutsideError: some could not be reached for now; the next try goes on with those.
            UndecidedError: for some it cannot be told whether they got it.
        """
        state = self._load(notice.key) or self._new(notice)

        def write(recipient: str) -> EmailMessage:
            return notice_message(
                notice, sender=self._settings.sender, recipient=recipient, reply_to=self._settings.reply_to,
                list_name=self._settings.list_id, at=self._context.clock.now(), open_blob=self._context.open_blob,
                limit=self._settings.attachments_limit,
            )  # fmt: skip

        self._deliver(notice.key, state, write)
        return self._settled(notice.key, state)

    def instructions(self, key: str) -> str:  # noqa: ARG002 - the contract's argument; nobody has to do anything here
        """Return nothing: the mails are sent by the daemon."""
        return ""

    def find(self, key: str) -> Receipt | None:
        """
        Return the receipt when everybody was reached or refused, None while some are left.

        Those whose outcome is unknown are no reason to keep the others waiting: `publish` never writes to them again.

        Raises:
            UndecidedError: nobody is left, and for some it cannot be told.
        """
        state = self._load(key)
        if state is None or _count(state, Fate.LATER):
            return None
        return self._settled(key, state)

    def forget(self, key: str) -> None:
        """Learn that a person found undecided deliveries not to have happened: they are sent at the next try."""
        state = self._load(key)
        if state is not None:
            for one in state["recipients"].values():
                if one["fate"] == Fate.UNSURE:
                    one["fate"] = Fate.LATER.value
            self._save(key, state)

    def proof(self, key: str) -> bytes:
        """Return the record of delivery: each recipient with what became of the mail, its code and moment; JSON."""
        state = self._load(key)
        return b"" if state is None else json.dumps(state, ensure_ascii=False, indent=1, sort_keys=True).encode()

    def probe(self, key: str) -> Probe:  # noqa: ARG002 - the contract's argument; mail cannot be looked at
        """Say that it cannot be told from here."""
        return Probe(self._context.clock.now(), None, message=_("Thư đã gửi không kiểm tra lại được."))

    def withdraw(self, key: str) -> None:
        """Tell those who got the notice that it no longer stands, where ``tell-withdrawal`` asks for it."""
        state = self._load(key)
        if state is None or not self._settings.tell_withdrawal:
            return
        told = f"{key}-w"
        goodbye = self._load(told) or {
            **state, "recipients": {
                address: _fresh() for address, one in state["recipients"].items()
                if one["fate"] in (Fate.SENT, Fate.UNSURE)
            },
        }  # fmt: skip

        def write(recipient: str) -> EmailMessage:
            return withdrawal_message(
                key=told, publish_key=key, title=state["title"], sender=self._settings.sender, recipient=recipient,
                list_name=self._settings.list_id, at=self._context.clock.now(),
            )  # fmt: skip

        self._deliver(told, goodbye, write)

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Check the list of recipients; with `live`, that the server lets us in. Nothing is sent."""
        try:
            count = len(self._recipients())
        except OutsideError as error:
            return [CheckResult("channel.recipients", "fail", str(error), error.advice)]
        results = [CheckResult("channel.recipients", "ok", _("{count} người nhận.").format(count=count))]
        if live:
            try:
                with session(self._settings) as opened:
                    opened.noop()
            except CongkhaiError as error:
                return [*results, CheckResult("channel.server", "fail", str(error), error.advice)]
            results.append(CheckResult("channel.server", "ok", self._settings.smtp_host))
        return results

    def _new(self, notice: Notice) -> dict[str, Any]:
        digest = hashlib.sha256(f"{notice.title}\n{notice.body}".encode()).hexdigest()
        recipients = {address: _fresh() for address in self._recipients()}
        return {"title": notice.title, "content_sha256": digest, "recipients": recipients}

    def _recipients(self) -> tuple[str, ...]:
        """Return everybody once, as the list stands now. Raises OutsideError."""
        lines = list(self._settings.recipients)
        file = self._settings.recipients_file
        if file is not None:
            try:
                text = file.read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                raise OutsideError(
                    what=_("Không đọc được danh sách người nhận."), where=str(file), code=MAIL_CODE,
                    advice=_("Kiểm tra đường dẫn, quyền đọc và bảng mã UTF-8 của tệp."),
                ) from error  # fmt: skip
            lines += [line.partition("#")[0].strip() for line in text.splitlines()]
        addresses = tuple(dict.fromkeys(line for line in lines if line))
        wrong = [one for one in addresses if not _ADDRESS.fullmatch(one)]
        if wrong or not addresses:
            raise OutsideError(
                what=_("Danh sách người nhận trống hoặc có {count} dòng không phải địa chỉ thư.").format(
                    count=len(wrong)
                ),
                where=str(file or ""), advice=_("Sửa danh sách; mỗi dòng một địa chỉ."), code=MAIL_CODE,
            )  # fmt: skip
        return addresses

    def _deliver(self, key: str, state: dict[str, Any], write: Callable[[str], EmailMessage]) -> None:
        """
        Hand the message over to everybody who is left, in as few sessions as the server allows.

        Raises:
            OutsideError: somebody is left; the state says who.
            UndecidedError: for somebody the answer was lost.
        """
        people: dict[str, dict[str, Any]] = state["recipients"]
        left = [address for address, one in people.items() if one["fate"] == Fate.LATER]
        self._save(key, state)
        while left:
            with session(self._settings) as opened:
                while left:
                    address = left.pop(0)
                    message = write(address)
                    people[address]["fate"] = Fate.UNSURE.value  # what a crash from here on would leave
                    self._save(key, state)
                    handed = hand_over(opened, message, self._settings.sender, address)
                    people[address].update(_outcome(handed, self._context.clock.now()))
                    self._save(key, state)
                    if handed.code == 0:
                        break  # this session is dead; the rest goes through another
        if _count(state, Fate.UNSURE):
            raise self._unsure(state)
        if waiting := _count(state, Fate.LATER):
            raise OutsideError(
                what=_("Máy chủ thư chưa nhận {count} thư.").format(count=waiting), where=self._context.name,
                advice=_("congkhai tự gửi tiếp cho những người còn lại."), code=MAIL_CODE,
            )  # fmt: skip

    def _settled(self, key: str, state: Mapping[str, Any]) -> Receipt:
        """Return the receipt of a finished delivery. Raises OutsideError when nobody could be reached at all."""
        if _count(state, Fate.UNSURE):
            raise self._unsure(state)
        sent, refused = _count(state, Fate.SENT), _count(state, Fate.REFUSED)
        if not sent:
            raise OutsideError(
                what=_("Máy chủ thư từ chối mọi địa chỉ người nhận."), where=self._context.name, code=MAIL_CODE,
                advice=_("Sửa danh sách người nhận và địa chỉ gửi, rồi chạy congkhai work retry."),
            )  # fmt: skip
        last = max(datetime.fromisoformat(one["at"]) for one in state["recipients"].values() if one["at"])
        detail = _("Đã gửi {sent}/{all} người nhận.").format(sent=sent, all=len(state["recipients"]))
        if refused:
            detail += " " + _("{refused} địa chỉ bị từ chối.").format(refused=refused)
        return Receipt(key, f"{key}@{self._settings.sender.rpartition('@')[2]}", last, detail)

    def _unsure(self, state: Mapping[str, Any]) -> UndecidedError:
        return UndecidedError(
            what=_("Không rõ {count}/{all} thư đã đến hay chưa: mất kết nối sau khi gửi nội dung.").format(
                count=_count(state, Fate.UNSURE), all=len(state["recipients"])
            ),
            where=self._context.name, code="congkhai-E569",
            advice=_("Hỏi người nhận hoặc quản trị máy chủ thư, rồi chạy congkhai work decide."),
        )  # fmt: skip

    def _path(self, key: str) -> Path:
        return self._context.folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"

    def _load(self, key: str) -> dict[str, Any] | None:
        try:
            state: dict[str, Any] = json.loads(self._path(key).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise UndecidedError(
                what=_("Không đọc được sổ gửi thư."), where=str(self._path(key)), code="congkhai-E569",
                advice=_("Khôi phục tệp này từ bản sao lưu; nếu không có, hỏi người nhận rồi quyết định."),
            ) from error  # fmt: skip
        return state

    def _save(self, key: str, state: Mapping[str, Any]) -> None:
        try:
            write_durably(self._path(key), json.dumps(state, ensure_ascii=False).encode())
        except OSError as error:
            raise OutsideError(
                what=_("Không ghi được sổ gửi thư: {reason}.").format(reason=error.strerror), code=MAIL_CODE,
                where=str(self._context.folder), advice=_("Kiểm tra dung lượng đĩa và quyền ghi."),
            ) from error  # fmt: skip


def _fresh() -> dict[str, Any]:
    return {"fate": Fate.LATER.value, "code": 0, "at": ""}


def _outcome(handed: Handed, at: datetime) -> dict[str, Any]:
    return {"fate": handed.fate.value, "code": handed.code, "at": at.isoformat()}


def _count(state: Mapping[str, Any], fate: Fate) -> int:
    return sum(one["fate"] == fate for one in state["recipients"].values())


@hookimpl
def register_channels(register: RegisterChannel) -> None:
    """Offer ``type = mail``."""
    register("mail", MailSettings, MailChannel)
