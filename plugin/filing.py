"""Filing back: the sealed dossier goes to the outside system, and is read back before it counts as filed."""

from collections.abc import Sequence

import sqlalchemy as sa

from .disclosures import STOPPED, change_state
from .dossier_parts import Item, items_of
from .dossier_seal import container_name
from .dossier_staff import load_case
from .errors import ConfigurationError
from .house import House
from .kinds_matters import claims
from .kinds_matters import matter as staff_matter
from .minuting import load_matter
from .outbox import Act, carry_out
from .records import Disclosure, DisclosureState, Dossier, Filing, FilingFile, Receipt
from .store import Transaction, read
from .store import tables as t
from .text import _
from .work import Step

_ASICE = "application/vnd.etsi.asic-e+zip"


def file(step: Step) -> None:
    """File a sealed dossier. Work kind ``file``; args: dossier, disclosure."""
    house = step.house
    with house.store.read() as connection:
        dossier = read.dossier_by_id(connection, step.args["dossier"])
        newest = read.dossier(connection, dossier.subject)
        matter = read.disclosure(connection, dossier.disclosure) if dossier.disclosure else None
        documents = [read.document(connection, id_) for id_ in _documents(connection, dossier, matter)]
    replaced = newest is None or newest.id != dossier.id
    if not dossier.sha256 or dossier.filed_at is not None or replaced or (matter and matter.state in STOPPED):
        with step.commit():
            return
    target = house.configuration.dossier.file_to
    if not target:
        with step.commit() as tx:
            receipt = Receipt("", dossier.path, tx.now, _("Lưu tại thư mục hồ sơ; chưa cấu hình nơi nộp."))
            _filed(tx, matter, dossier, receipt)
        return
    connector = house.connectors.get(target)
    if connector is None:
        raise ConfigurationError(
            what=_("[dossier] file-to nêu {name} nhưng không có [connector:{name}].").format(name=target),
            where=str(house.configuration.path), advice=_("Sửa file-to hoặc thêm connector đó."),
            code="congkhai-E119",
        )  # fmt: skip
    files = _files(house, dossier)
    held = tuple(document.remote_id for document in documents if document.source == target)
    act = Act(house.agency, f"connector:{target}", "file", dossier.id, dossier.sha256)
    alone = house.using(f"connector:{target}")  # the same object may be pulling right now

    def find(key: str) -> Receipt | None:
        with alone:
            return connector.find_filed(key)

    def send(key: str) -> Receipt:
        with alone:
            return connector.file_dossier(Filing(key, _title(dossier), files, held))

    carry_out(
        step, act, find=find, send=send,
        settle=lambda tx, receipt: _filed(tx, matter, dossier, receipt),
        unsure=lambda _tx, _what: None,  # the undecided act itself is shown, with what to do
    )  # fmt: skip


def _title(dossier: Dossier) -> str:
    """Return the title under which a dossier is filed; one that was closed incomplete says so."""
    return dossier.title if dossier.complete else f"{dossier.title} (hồ sơ chưa đầy đủ, kết thúc theo quyết định)"


def _documents(connection: sa.Connection, dossier: Dossier, matter: Disclosure | None) -> Sequence[str]:
    """Return the ids of the papers that a dossier is about, of a disclosure or of a matter of staff."""
    if matter is not None:
        return matter.documents
    return [one.document for one in claims(connection, dossier.subject, "confirmed") if one.document]


def _files(house: House, dossier: Dossier) -> tuple[FilingFile, ...]:
    """Return the new papers to hand over: minutes and report as signed XML and PDF, and the sealed containers."""
    papers: list[Item] = []
    with house.store.read() as connection:
        volumes = read.volumes(connection, dossier.id) or (dossier.sha256,)
        matter = load_matter(house, connection, dossier.disclosure) if dossier.disclosure else None
        staff = staff_matter(connection, dossier.subject)
    if matter is not None:
        papers = [item for item in items_of(house, matter) if item.kind in ("minutes", "report")]
    elif staff is not None:
        papers = [item for item in load_case(house, staff).items if item.kind == "minutes"]
    return (
        *(FilingFile(item.name.rpartition("/")[2], item.media_type, item.sha256, item.size) for item in papers),
        *(
            FilingFile(container_name(dossier.id, number, len(volumes)), _ASICE, sha256, house.store.vault.size(sha256))
            for number, sha256 in enumerate(volumes, 1)
        ),
    )


def _filed(tx: Transaction, matter: Disclosure | None, dossier: Dossier, receipt: Receipt) -> None:
    present = read.disclosure(tx.connection, matter.id) if matter is not None else None
    if present is not None and present.state is not DisclosureState.FILED:  # a new version of a filed one stays filed
        change_state(tx, present, DisclosureState.FILED)
    tx.connection.execute(
        sa.update(t.dossier).where(t.dossier.c.id == dossier.id).values(filed_at=tx.now, receipt=receipt_words(receipt))
    )
    tx.journal("dossier.filed", dossier.id, sha256=dossier.sha256, receipt=receipt.remote_id)
    tx.announce("dossier_filed", dossier=read.dossier_by_id(tx.connection, dossier.id))


def receipt_words(receipt: Receipt) -> str:
    """Return what is kept of a filing's receipt."""
    return receipt.remote_id if not receipt.detail else f"{receipt.remote_id}: {receipt.detail}"
