"""
What is checked before a dossier counts as complete: every registered check, on records and on the papers' own XML.

The checks themselves stand in `congkhai.plugin.lint` and are registered through the hook, like foreign ones; here a
matter is only brought into the form in which they look at it.
"""

from dataclasses import replace

from congkhai.signing import BesideFile, Trust, verify_bytes

from .clock import local_date
from .dossier_parts import Item
from .errors import InputError, PluginError
from .house import House
from .interfaces import Check
from .life_findings import life_findings
from .lint.case import DossierCase, SignedFile
from .lint.checks_dossier import PASSED as PASSED
from .lint.of_xml import paper_of_xml
from .lint.plugin import BUILT_IN
from .lint.records import Paper, PaperSet
from .lint.run import look
from .minuting import Matter
from .records import Finding, Minutes, Part, Severity
from .signer_check import trust_in
from .text import _


def trust_of(house: House) -> Trust:
    """Return the anchors and revocation data of the configured trust folder. Raises TrustError."""
    return trust_in(house.configuration.trust.folder)


def findings_of(house: House, matter: Matter, items: tuple[Item, ...], parts: tuple[Part, ...]) -> tuple[Finding, ...]:
    """Return every finding on a dossier: first what its records say, then what stands in its papers."""
    checks = _checks(house)
    case = DossierCase(parts, _signed(house, items), matter.disclosure, matter.documents, matter.papers)
    papers = PaperSet(
        _papers(house, items), house.regulation, house.calendar, local_date(house.clock.now()), of_dossier=True
    )
    return (*look(case, checks), *life_findings(house, matter.disclosure), *look(papers, checks))


def findings_on(house: House, case: DossierCase, items: tuple[Item, ...]) -> tuple[Finding, ...]:
    """Return what every check says of the records of a dossier of staff, and of our own minutes in it."""
    checks = _checks(house)
    papers = PaperSet(
        _papers(house, items), house.regulation, house.calendar, local_date(house.clock.now()), of_dossier=True
    )
    return (*look(replace(case, signed=_signed(house, items)), checks), *look(papers, checks))


def _checks(house: House) -> list[Check]:
    """Return every registered check; without the built-in ones nothing may count as complete."""
    registered = house.host.checks
    missing = [rule.id for rule in BUILT_IN if rule.id not in registered]
    if missing:
        raise PluginError(
            _("Các phép kiểm tra có sẵn không hoạt động nên không kết luận được hồ sơ."), where=", ".join(missing),
            advice=_("Xem plugin bị tắt bằng congkhai check."), code="congkhai-E679",
        )  # fmt: skip
    return [kind.check for kind in registered.values()]


def _signed(house: House, items: tuple[Item, ...]) -> tuple[SignedFile, ...]:
    """Verify every signed paper as it lies in the vault."""
    trust, now, vault = trust_of(house), house.clock.now(), house.store.vault
    return tuple(
        SignedFile(item.name, verify_bytes(
            vault.read(item.sha256), item.name, trust, now, companions=[
                BesideFile(one.name, vault.read(one.sha256)) for one in items if is_beside(one.name, item.name)
            ],
        ).indication)
        for item in _papers_in(items)
    )  # fmt: skip


def is_beside(name: str, own: str) -> bool:
    """Tell whether a member is a signature made elsewhere on the paper of another member."""
    return name.startswith(f"{own.removesuffix('.xml')}.sig-") and name.endswith(".xml")


def _papers_in(items: tuple[Item, ...]) -> list[Item]:
    return [item for item in items if item.kind in ("minutes", "report") and item.name.endswith(".xml")]


def _papers(house: House, items: tuple[Item, ...]) -> tuple[Paper, ...]:
    """Read our own papers; one of another kind of XML is left to the checks of its own."""
    found = []
    for item in _papers_in(items):
        try:
            found.append(paper_of_xml(house.store.vault.read(item.sha256), item.name))
        except InputError:
            continue  # S01 speaks of a paper that cannot even be read: its signature did not pass
    return tuple(found)


def unstamped(paper: Minutes) -> Finding:
    """Say that a paper was sealed before its signatures had timestamps and long-term data: the budget was spent."""
    return Finding(
        "S02",
        Severity.WARN,
        paper.id,
        _("Chữ ký chưa có dấu thời gian và dữ liệu kiểm tra dài hạn khi niêm phong."),
        _("Bằng chứng thời điểm dựa vào dấu thời gian của hồ sơ; kiểm tra dịch vụ trong [timestamp]."),
    )
