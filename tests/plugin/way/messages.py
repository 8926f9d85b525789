"""A messenger in memory, scripted: what was sent, and how it fails."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field

from congkhai.plugin.config.settings import Settings, Words
from congkhai.plugin.hooks import hookimpl
from congkhai.plugin.interfaces import Context, Message
from congkhai.plugin.records import CheckResult

MESSENGER = "[messenger:thu]\ntype = script-messenger\nroles = records_officer, head\n"


class MessengerSettings(Settings):
    """Keys of ``type = script-messenger``."""

    roles: Words = Field(description="Vai trò.")


@dataclass(eq=False)
class Post:
    """Keeps what is sent; `fails` is raised instead while it is set."""

    sent: list[Message] = field(default_factory=list)
    fails: Exception | None = None
    roles: Sequence[str] = ()

    def send(self, message: Message) -> None:
        if self.fails is not None:
            raise self.fails
        self.sent.append(message)

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        return ()

    @hookimpl
    def register_messengers(self, register: Callable[..., None]) -> None:
        def build(settings: MessengerSettings, _context: Context) -> Any:
            self.roles = settings.roles
            return self

        register("script-messenger", MessengerSettings, build)
