"""
The checks of ``congkhai check``: each has a stable id, runs alone, and its failure stops no other.

==================  =================================================================================================
id                  looks at
==================  =================================================================================================
``ini``             the ini parses, fits the schema; its warnings
``plugins``         every plugin, what it registers, which are disabled; one result ``plugin:NAME`` each
``secrets``         every referenced secret can be read; one result ``secret:SECTION:KEY`` each
``regulation``      the agency's regulation loads
``regulation-law``  what the regulation drops or narrows against the Law; one result for each finding; with it
                    ``regulation-staff``: what staff decide, are consulted on and supervise
``roles``           every role that must sign has a key
``store``           work folder, free space, database schema; live: the vault can be written and read back
``trust``           trust anchors are there and readable
``timestamp``       a timestamp service is named
``sign-in``         single sign-on, where ``[web] oidc-issuer`` names a provider; live: what it publishes
``connector:NAME``  the connector's own checks; likewise ``channel:NAME``, ``signer:NAME``, ``messenger:NAME``;
                    and ``feedback:NAME``
==================  =================================================================================================
"""

import logging
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from congkhai.signing.errors import SigningError
from congkhai.signing.trust import Trust

from .agency_rows import agency_results
from .clock import Clock, SystemClock, local_date
from .config.load import Configuration, Section
from .config.secrets import SecretRef
from .errors import ConfigurationError, CongkhaiError, StoreError
from .host import Host
from .house import vault_of
from .interfaces import Context
from .papers_check import papers_results
from .platform import free_bytes
from .records import CheckResult, Severity
from .regulation import load_regulation
from .regulation_matters import KINDS, summary
from .regulation_report import regulation_report
from .store import open_store
from .store.vault_s3 import Bucket, S3Vault
from .text import _
from .trust_check import anchor_results
from .web.oidc_check import sign_in_results

_log = logging.getLogger(__name__)
_LEAST_FREE = 1024**3
_NO_STORE = "congkhai-E411"
RESULTS = ("ok", "skipped", "warn", "fail")
"""Results from best to worst."""


@dataclass(frozen=True, slots=True)
class Check:
    """
    One check.

    Attributes:
        id: stable, documented.
        run: gives the results; each one's id begins with this id, or with the singular of it.
    """

    id: str
    run: Callable[[], Iterable[CheckResult]]


def all_checks(configuration: Configuration, host: Host, *, live: bool) -> tuple[Check, ...]:
    """
    Return the checks of a configuration, in the order they should run.

    Args:
        configuration: valid already; what the ini itself got wrong is an `IniError` of `load`.
        host: the plugins it was loaded with.
        live: also look outside, read-only.
    """
    checks = [
        Check("ini", partial(_ini, configuration)),
        Check("plugins", partial(_plugins, host)),
        Check("secrets", partial(_secrets, configuration)),
        Check("regulation", partial(_regulation, configuration)),
        Check("regulation-law", partial(_regulation_report, configuration)),
        Check("roles", partial(_roles, configuration)),
        Check("store", partial(_store, configuration, live=live)),
        Check("trust", partial(_trust, configuration)),
        Check("timestamp", partial(_timestamp, configuration)),
        Check("papers", partial(papers_results, configuration)),
        Check("sign-in", partial(sign_in_results, configuration, live=live)),
    ]
    clock = _Later(configuration)
    makers: tuple[tuple[Iterable[Section], Callable[[Section, Context], Any]], ...] = (
        (configuration.connectors.values(), host.make_connector),
        (configuration.channels.values(), host.make_channel),
        (configuration.signers.values(), host.make_signer),
        (configuration.messengers.values(), host.make_messenger),
        (configuration.feedback.values(), host.make_feedback_source),
    )
    for sections, make in makers:
        checks += [
            Check(section.id, partial(_section, configuration, section, make, clock, live=live)) for section in sections
        ]
    return tuple(checks)


def run_checks(checks: Iterable[Check], only: str = "") -> Iterator[CheckResult]:
    """
    Run checks one after the other; a check that raises becomes a failed result.

    Args:
        checks: as `all_checks` returns them.
        only: id of a check or of a single result; empty runs all.
    """
    for check in checks:
        if only and not _covers(check.id, only):
            continue
        try:
            results = tuple(check.run())
        except CongkhaiError as error:
            results = (CheckResult(check.id, "fail", str(error), error.advice),)
        except Exception as error:  # a plugin boundary: one broken check must not hide the others
            _log.exception("check %s broke", check.id)
            what = _("Việc kiểm tra bị lỗi ({error}).").format(error=type(error).__name__)
            results = (CheckResult(check.id, "fail", what, _("Báo cho tác giả plugin kèm nhật ký kỹ thuật.")),)
        yield from (result for result in results if not only or only in (check.id, result.id) or _within(result, only))


def worst(results: Iterable[CheckResult]) -> str:
    """Return the worst result; ``ok`` when there is none."""
    return max((result.result for result in results), key=RESULTS.index, default="ok")


def _covers(check: str, only: str) -> bool:
    return only == check or only.startswith(f"{check}:") or (check in _PLURALS and only.startswith(_PLURALS[check]))


def _within(result: CheckResult, only: str) -> bool:
    return result.id.startswith(f"{only}:")


_PLURALS = {"plugins": "plugin:", "secrets": "secret:"}


class _Later:
    """The clock of the store when there is one (a trial store has simulated time), else the machine's; found once."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._clock: Clock | None = None

    def clock(self) -> Clock:
        if self._clock is None and not _on_this_machine(self._configuration):
            self._clock = SystemClock()
        if self._clock is None:
            try:
                store = open_store(self._configuration.store.folder, database=self._configuration.store.database)
            except Exception:  # the check `store` tells what is wrong with the store; here any clock will do
                self._clock = SystemClock()
            else:
                self._clock = _Still(store.clock)
                store.close()
        return self._clock


class _Still:
    """Legal time as it was when the store was looked at; a check takes seconds."""

    def __init__(self, clock: Clock) -> None:
        self._now = clock.now()

    def now(self) -> datetime:
        return self._now


def _ini(configuration: Configuration) -> Iterator[CheckResult]:
    yield CheckResult("ini", "ok", _("Tệp cấu hình {file} hợp lệ.").format(file=configuration.path))
    for warning in configuration.warnings:
        yield CheckResult("ini:warning", "warn", warning, _("Sửa hoặc xác nhận giá trị này trong tệp cấu hình."))


def _plugins(host: Host) -> Iterator[CheckResult]:
    for info in host.plugins():
        name = f"plugin:{info.name}"
        if info.problem:
            what = _("Plugin {name} bị tắt: {problem}").format(name=info.name, problem=info.problem)
            yield CheckResult(name, "warn", what, _("Cài lại hoặc gỡ plugin này; các plugin khác vẫn chạy."))
            continue
        offers = ", ".join([*info.registered, *info.events]) or _("không đăng ký gì")
        yield CheckResult(name, "ok", f"{info.name} {info.version} ({info.origin}): {offers}")


def _secrets(configuration: Configuration) -> Iterator[CheckResult]:
    for section, key, secret in configuration.secrets:
        name = f"secret:{section}:{key}"
        if secret.kind == "credential" and "CREDENTIALS_DIRECTORY" not in os.environ:
            what = _("{secret} chỉ đọc được khi chạy dưới systemd.").format(secret=secret)
            yield CheckResult(name, "skipped", what)
            continue
        yield _secret(name, secret)


def _secret(name: str, secret: SecretRef) -> CheckResult:
    try:
        filled = bool(secret.read())
    except ConfigurationError as error:
        return CheckResult(name, "fail", str(error), error.advice)
    if not filled:
        return CheckResult(name, "fail", _("{secret} rỗng.").format(secret=secret), _("Ghi bí mật vào nơi đó."))
    return CheckResult(name, "ok", _("Đọc được {secret}.").format(secret=secret))


def _regulation(configuration: Configuration) -> Iterator[CheckResult]:
    regulation = load_regulation(configuration.agency.regulation)
    yield CheckResult(
        "regulation", "ok", _("Quy chế {name}: {title}").format(name=regulation.name, title=regulation.title)
    )
    today = local_date(SystemClock().now())
    if not regulation.in_force(today):
        yield CheckResult(
            "regulation", "warn", _("Quy chế không có hiệu lực vào ngày {day:%d/%m/%Y}.").format(day=today),
            _("Kiểm tra [agency] regulation."),
        )  # fmt: skip


def _regulation_report(configuration: Configuration) -> Iterator[CheckResult]:
    regulation = load_regulation(configuration.agency.regulation)
    for kind in KINDS:
        if said := summary(regulation.staff_matters, kind):
            yield CheckResult("regulation-staff", "ok", said)
    findings = regulation_report(regulation)
    for finding in findings:
        result = "warn" if finding.severity is Severity.WARN else "ok"
        what = f"{finding.where}: {finding.message}"
        yield CheckResult(f"regulation-law:{finding.id}", result, what, finding.advice)
    if not findings:
        yield CheckResult("regulation-law", "ok", _("Quy chế không bỏ sót và không hẹp hơn Luật."))


def _roles(configuration: Configuration) -> Iterator[CheckResult]:
    regulation = load_regulation(configuration.agency.regulation)
    held = {getattr(section.settings, "role", "") for section in configuration.signers.values()}
    missing = [rule for rule in regulation.signers if rule.mandatory and rule.role not in held]
    for rule in missing:
        yield CheckResult(
            f"roles:{rule.role}", "warn",
            _("Chưa có khóa ký cho {title} ({role}).").format(title=rule.title, role=rule.role),
            _("Thêm một mục [signer:TÊN] với role = {role}.").format(role=rule.role),
        )  # fmt: skip
    if not missing:
        yield CheckResult("roles", "ok", _("Mỗi vai trò bắt buộc ký đều có khóa."))


def _store(configuration: Configuration, *, live: bool) -> Iterator[CheckResult]:
    folder = configuration.store.folder
    standing = next(place for place in (folder, *folder.parents) if place.exists())
    if not standing.is_dir() or not os.access(standing, os.W_OK | os.X_OK):
        what = _("Không ghi được vào {folder}.").format(folder=standing)
        yield CheckResult("store:folder", "fail", what, _("Cấp quyền ghi cho tài khoản chạy congkhai."))
        return
    free = free_bytes(standing)
    enough = free >= _LEAST_FREE
    yield CheckResult(
        "store:space", "ok" if enough else "warn",
        _("Đĩa còn trống {free:.1f} GiB.").format(free=free / 1024**3),
        "" if enough else _("Dọn đĩa hoặc chuyển [store] folder sang đĩa khác."),
    )  # fmt: skip
    if not live and not _on_this_machine(configuration):
        yield CheckResult("store:schema", "skipped", _("Cơ sở dữ liệu ở máy khác, chưa thử (dùng --live)."))
        return
    try:
        store = open_store(folder, database=configuration.store.database, vault=vault_of(configuration))
    except ConfigurationError as error:
        yield CheckResult("store:schema", "warn" if error.code == _NO_STORE else "fail", str(error), error.advice)
        return
    try:
        yield CheckResult("store:schema", "ok", _("Kho {folder} đúng phiên bản lược đồ.").format(folder=folder))
        yield from agency_results(configuration, store)
    finally:
        store.close()
    if live:
        place = vault_of(configuration)
        yield _vault_s3(place) if isinstance(place, Bucket) else _vault(place)


def _on_this_machine(configuration: Configuration) -> bool:
    return configuration.store.database.startswith("sqlite:")


def _vault_s3(bucket: Bucket) -> CheckResult:
    """Put, read back and remove an object, unless its like is there already."""
    text = secrets.token_bytes(32)
    try:
        vault = S3Vault(bucket)
        sha256, _size = vault.put(text)
        vault.read(sha256)
        vault.remove(sha256)
    except (ConfigurationError, StoreError) as error:
        return CheckResult("store:vault", "fail", str(error), error.advice)
    return CheckResult("store:vault", "ok", _("Kho tệp s3://{name} ghi và đọc được.").format(name=bucket.name))


def _vault(folder: Path) -> CheckResult:
    """Write, read back and remove a file in the vault's folder; it never becomes an object of the vault."""
    probe = folder / f".check-{os.getpid()}-{secrets.token_hex(4)}"
    text = secrets.token_bytes(32)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            probe.write_bytes(text)
            same = probe.read_bytes() == text
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        what = _("Không ghi được vào kho tệp {folder}: {reason}.").format(folder=folder, reason=error.strerror)
        return CheckResult("store:vault", "fail", what, _("Kiểm tra quyền ghi và dung lượng đĩa."))
    if not same:
        return CheckResult("store:vault", "fail", _("Kho tệp trả lại nội dung khác."), _("Kiểm tra ổ đĩa."))
    return CheckResult("store:vault", "ok", _("Kho tệp {folder} ghi và đọc được.").format(folder=folder))


def _trust(configuration: Configuration) -> Iterator[CheckResult]:
    folder = configuration.trust.folder
    advice = _("Đặt chứng thư gốc mà cơ quan đã xác nhận dấu vân tay vào thư mục này.")
    if not folder.is_dir():
        yield CheckResult("trust", "warn", _("Chưa có thư mục {folder}.").format(folder=folder), advice)
        return
    try:
        trust = Trust.load(folder)
    except SigningError as error:
        yield CheckResult("trust", "fail", str(error), error.advice)
        return
    yield from anchor_results(trust, folder)


def _timestamp(configuration: Configuration) -> Iterator[CheckResult]:
    urls = configuration.timestamp.url
    if urls:
        yield CheckResult("timestamp", "ok", _("Dịch vụ dấu thời gian: {urls}.").format(urls=", ".join(urls)))
    else:
        yield CheckResult(
            "timestamp", "skipped", _("Chưa khai dịch vụ dấu thời gian."), _("Đặt [timestamp] url khi có.")
        )


def _section(
    configuration: Configuration,
    section: Section,
    make: Callable[[Section, Context], Any],
    later: _Later,
    *,
    live: bool,
) -> Iterator[CheckResult]:
    """Make a plugin's object and ask it; a result that does not carry the section's id gets it."""
    context = Context(
        name=section.name, agency=section.agency, clock=later.clock(), open_blob=_no_blob,
        folder=configuration.plugin_folder(section),
    )  # fmt: skip
    results = make(section, context).check(live=live)
    if not results:
        yield CheckResult(section.id, "skipped", _("Plugin không kiểm tra gì ở bước này."))
    for result in results:
        if result.id == section.id or result.id.startswith(f"{section.id}:"):
            yield result
        else:
            yield replace(result, id=f"{section.id}:{result.id.removeprefix(f'{section.family}.')}")


def _no_blob(_sha256: str) -> BinaryIO:
    raise StoreError(_("Khi kiểm tra cấu hình không mở kho tệp."), code="congkhai-E414")
