"""Exporting sealed dossiers as archive packages, one or ten thousand: steady memory, and a cut-off export goes on."""

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import version
from itertools import islice
from pathlib import Path

from ..config.schema import ArchiveSettings
from ..errors import CongkhaiError, InputError, NotAllowedError, OurError
from ..platform import sole_holder
from ..store import Store
from ..text import in_vietnamese
from .package import Package, lay_out
from .profile import Profile, load_profile
from .records import Options, Request
from .source import opened_dossier
from .write import leftovers, write_package

# lxml keeps every name and id that a thread ever read until that thread ends: ten thousand dossiers in one thread would
# hold the ids of them all. So each batch has a thread of its own.
_BATCH = 100


@dataclass(frozen=True)
class Shelf:
    """Where sealed dossiers stand, and how the agency has them packed: `agency` is the key that its rows carry."""

    store: Store
    agency: str
    settings: ArchiveSettings


@dataclass(frozen=True, slots=True)
class Exported:
    """
    How the export of one dossier ended.

    Attributes:
        dossier: id.
        state: ``written``, ``present`` (the same package lay there already) or ``refused``.
        path: the package, None when it was refused.
        sha256: of the package; empty unless it was written now.
        notes: what to look at before handing it over; when refused, the reason and the advice.
        code: error code when it was refused.
    """

    dossier: str
    state: str
    path: Path | None
    sha256: str = ""
    notes: tuple[str, ...] = ()
    code: str = ""


@lru_cache(maxsize=1)
def _version() -> str:
    return version("congkhai")


def options_of(settings: ArchiveSettings) -> Options:
    """Return what the agency settled in ``[archive]``."""
    return Options(
        fonds=settings.fonds, submission=settings.submission, mode=settings.mode, maintenance=settings.retention(),
        confirmed=settings.retention_confirmed, software=("congkhai", _version()),
    )  # fmt: skip


@in_vietnamese
def export_dossier(
    shelf: Shelf, id_: str, kind: str, folder: Path, *, profile: Profile | None = None, request: Request | None = None
) -> Exported:  # fmt: skip
    """
    Write one sealed dossier as a package.

    A package of that name that lies there already is left alone: its name comes from the content, and it was put there
    whole. What was written is noted in the journal (act ``dossier.packaged``).

    Args:
        kind: ``sip``, ``aip`` or ``dip``; a DIP needs `request`.
        folder: where packages shall lie.
        profile: instead of the one that the ini names.

    Raises:
        CongkhaiError: as `opened_dossier`, `lay_out` and `write_package`; nothing is left half written.
    """
    settings = shelf.settings
    profile = profile or load_profile(settings.profile)
    with opened_dossier(shelf.store, shelf.agency, id_) as dossier:
        package = lay_out(
            dossier, kind, profile, options_of(settings), request=request, schemas=settings.schemas
        )  # fmt: skip
        path = folder / package.zip
        if path.exists():
            return Exported(id_, "present", path, notes=package.notes)
        path, sha256 = write_package(package, folder)
    _remember(shelf, id_, kind, package, profile, sha256)
    return Exported(id_, "written", path, sha256, package.notes)


def _remember(shelf: Shelf, id_: str, kind: str, package: Package, profile: Profile, sha256: str) -> None:
    with shelf.store.write(shelf.agency, "congkhai") as tx:
        tx.journal(
            "dossier.packaged", id_, kind=kind, objid=package.objid, sha256=sha256,
            profile=f"{profile.id} {profile.version}",
        )  # fmt: skip


def export_many(
    shelf: Shelf, ids: Iterable[str], kind: str, folder: Path, *,
    profile: Profile | None = None, done: Callable[[Exported], None] = lambda _one: None,
) -> tuple[int, int, int]:  # fmt: skip
    """
    Write many dossiers, one after another, none of them kept in memory.

    A dossier that cannot be packed is told and passed over; the others go on. An export that was cut off is called
    again with the same arguments: what is there is not written twice, what was left half written is removed first.

    Args:
        done: hears of every dossier, for progress and lists.

    Returns:
        How many were written, were there already, and were refused.

    Raises:
        BusyError: another export writes into this folder.
        OurError: the disk refuses (code ``congkhai-E775``); what is finished stays.
    """
    counts = {"written": 0, "present": 0, "refused": 0}
    key = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    with sole_holder(shelf.store.folder / "locks" / f"archive-{key}.lock", "dossier export"):
        leftovers(folder)
        rest = iter(ids)
        while some := tuple(islice(rest, _BATCH)):
            with ThreadPoolExecutor(max_workers=1) as worker:
                for id_ in some:
                    one = worker.submit(_tried, shelf, id_, kind, folder, profile).result()
                    counts[one.state] += 1
                    done(one)
    return counts["written"], counts["present"], counts["refused"]


def _tried(shelf: Shelf, id_: str, kind: str, folder: Path, profile: Profile | None) -> Exported:
    """Export one dossier; what is wrong with it is told and does not stop the others, a disk that refuses does."""
    try:
        return export_dossier(shelf, id_, kind, folder, profile=profile)
    except OurError as error:
        if error.code == "congkhai-E775":
            raise
        return _refused(id_, error)
    except (InputError, NotAllowedError) as error:
        return _refused(id_, error)


def _refused(id_: str, error: CongkhaiError) -> Exported:
    whole = replace(error, where=error.where or id_)
    return Exported(
        id_, "refused", None, notes=tuple(one for one in (str(whole), whole.advice) if one), code=error.code
    )
