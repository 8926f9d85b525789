"""Dossiers: sealed ones newest first, those that lack a part; one dossier with its volumes and archive packages."""

import re
import shutil
import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from ..clock import ZONE
from ..dossier_waiver import NEVER, errors_in, waiver_of
from ..errors import InputError
from ..platform import temporary_name
from ..store import tables as t
from ..text import _
from .dossier_visit import dossier_of, mine
from .downloads import SEALED_OFF, download
from .part_pages import forms, places
from .render import page
from .rights import Right
from .routes import Page
from .visit import Visit
from .volumes import hand_out

_PAGE = 50


def _states() -> dict[str, str]:
    """Return the filters by state, the first one for all that is sealed."""
    return {
        "": _("đã niêm phong"), "unfiled": _("đã niêm phong, chưa nộp lưu"), "incomplete": _("còn thiếu thành phần"),
    }  # fmt: skip


def listing(visit: Visit) -> Response:
    """Show dossiers of every kind, paged by key."""
    state, text, after = visit.query("trang-thai"), visit.query("nam"), visit.query("sau")
    s = t.dossier.c
    shown = (s.id, s.disclosure, s.kind, s.title, s.sealed_at, s.filed_at, s.findings, s.version)
    query: sa.Select[Any] = sa.select(*shown).where(mine(visit.house.agency))
    if state == "incomplete":
        query = query.where(s.complete.is_(False)).order_by(s.id)
        if after:
            query = query.where(s.id > after)
    else:
        if state == "unfiled":
            query = query.where(s.filed_at.is_(None))
        query = _newest(query.where(s.sealed_at.is_not(None)), text, after)
    with visit.house.store.read() as connection:
        rows = connection.execute(query.limit(_PAGE + 1)).all()
    following = ""
    if len(rows) > _PAGE:
        rows, last = rows[:_PAGE], rows[_PAGE - 1]
        key = last.id if state == "incomplete" else f"{last.sealed_at:%Y-%m-%dT%H:%M:%SZ}~{last.id}"
        given = {"trang-thai": state, "nam": text, "sau": key}
        following = urlencode({name: value for name, value in given.items() if value})
    return page(visit, "dossiers.html", rows=rows, following=following, states=_states(), state=state, year=text)


def _newest(query: sa.Select[Any], text: str, after: str) -> sa.Select[Any]:
    """Order by sealing, the last first, within a year where one is asked for. Raises InputError."""
    s = t.dossier.c
    if text:
        if not re.fullmatch(r"20\d\d", text):
            raise InputError(_("Không có năm này."), where=text[:20], code="congkhai-E729")
        first, last = (datetime.combine(date(int(text) + n, 1, 1), datetime.min.time(), ZONE) for n in (0, 1))
        query = query.where(s.sealed_at >= first, s.sealed_at < last)
    when, _mark, id_ = after.partition("~")
    if id_:
        try:
            start = datetime.fromisoformat(when)
        except ValueError as error:
            raise InputError(_("Địa chỉ trang kế tiếp không đúng."), where="sau", code="congkhai-E712") from error
        query = query.where(s.sealed_at <= start, sa.or_(s.sealed_at < start, s.id < id_))
    return query.order_by(s.sealed_at.desc(), s.id.desc())


def show(visit: Visit) -> Response:
    """Show one dossier of any kind: its parts, what is wrong, its volumes and packages."""
    found, volumes = dossier_of(visit)
    with visit.house.store.read() as connection:
        decided = waiver_of(connection, found.id)
    lacking = errors_in(found.findings)
    closing = "" if found.sha256 or not lacking else "never" if {one for one, _where in lacking} & NEVER else "open"
    clerk = Right.CLERK in visit.rights
    covered = decided is not None and {*lacking} <= {*decided.lacking}
    return page(
        visit, "dossier.html", dossier=found, volumes=len(volumes), packages=_packages(), decided=decided,
        places=places(visit, found) if clerk else {}, forms=forms(),
        pairs=lambda names: [(name, name) for name in names],
        closing="waits" if closing == "open" and covered else closing,
    )  # fmt: skip


def _packages() -> dict[str, str]:
    return {"sip": _("Gói nộp lưu trữ (SIP)"), "aip": _("Gói bảo quản (AIP)")}


def volume(visit: Visit) -> Response:
    """Hand out one volume of a sealed dossier."""
    found, volumes = dossier_of(visit)
    number = visit.path("number")
    if not number.isascii() or not number.isdigit() or not 1 <= int(number) <= len(volumes):
        raise InputError(_("Hồ sơ này không có tập đó."), where=number[:20], code="congkhai-E757")
    data = visit.house.store.vault.read(volumes[int(number) - 1])
    name = f"{found.id}.asice" if len(volumes) == 1 else f"{found.id}-{number}.asice"
    return download(data, name, "application/vnd.etsi.asic-e+zip")


def whole(visit: Visit) -> Response:
    """Hand out every volume of a sealed dossier at once."""
    found, volumes = dossier_of(visit)
    if not volumes:
        raise InputError(_("Hồ sơ này chưa được niêm phong."), where=found.id, code="congkhai-E713")
    return hand_out(visit.house.store.vault, found, volumes)


def package(visit: Visit) -> Response:
    """Pack a sealed dossier for the archive (TT 05/2025/TT-BNV) and hand the package out; it is not kept here."""
    from ..archive import Shelf, export_dossier  # what packs is loaded when somebody packs

    found, _volumes = dossier_of(visit)
    kind = visit.text("kind")
    if kind not in _packages():
        raise InputError(_("Không có loại gói này."), where=kind[:20], code="congkhai-E758")
    house = visit.house
    folder = Path(tempfile.mkdtemp(prefix=temporary_name(""), dir=house.store.folder))
    try:
        made = export_dossier(Shelf(house.store, house.agency, house.configuration.archive), found.id, kind, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    path = made.path or folder  # always there: what cannot be packed was raised
    return FileResponse(
        path, media_type="application/octet-stream", filename=path.name,
        headers={"Content-Security-Policy": SEALED_OFF},
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )  # fmt: skip


PAGES = (
    Page("/ho-so", "GET", Right.READ, listing),
    Page("/ho-so/{id}", "GET", Right.READ, show),
    Page("/ho-so/{id}/tap/{number}.asice", "GET", Right.READ, volume, journal="read.dossier"),
    Page("/ho-so/{id}/tat-ca", "GET", Right.READ, whole, journal="read.dossier"),
    Page("/ho-so/{id}/goi", "POST", Right.CLERK, package, journal="read.dossier"),
)
