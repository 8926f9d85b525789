"""An inspector's receipt: what was verified, when, with digests, result and the head of the journal."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path, PurePath

from congkhai.signing import Trust, merge, read_container, verify_path

from .errors import InputError
from .minutes import DossierIndex, read_index
from .reports import Report, Table
from .reports_data import local
from .text import _
from .verification import clean, overall_line


def receipt(paths: Sequence[Path], trust: Trust, at: datetime, made: datetime, *, who: str = "") -> Report:
    """
    Verify files and write down what was found, without the house and without trusting it.

    Args:
        paths: containers, minutes, PDF files or folders.
        at: the moment asked about; `made`: when the receipt is made.
        who: the inspector, as they want to stand on it.

    Raises:
        InputError: a path is not there (E699).
    """
    for path in paths:
        if not path.exists():
            raise InputError(
                _("Không có tệp này."), where=str(path), code="congkhai-E699", advice=_("Kiểm tra lại đường dẫn.")
            )
    report = merge(verify_path(path, trust, at) for path in paths)
    files = [file for path in paths for file in _files(path)]
    digests = {file: _digest(file) for file in files}
    indexes = [index for file in files if file.suffix == ".asice" for index in _index(file)]
    signed = tuple(
        (_short(file.path), _person(one.signer), _role(one.role), one.level, _result(str(one.indication)),
         local(one.best_signature_time))
        for file in report.files for one in file.signatures
    )  # fmt: skip
    facts = [(_("Kết luận"), overall_line(report).partition(": ")[2] or overall_line(report))]
    facts += [(_("Hồ sơ"), _of_dossier(index)) for index in indexes]
    facts += [(_("Kiểm tra tại thời điểm"), local(at))]
    facts += [(_("Người kiểm tra"), who)] if who else []
    facts += [(_("Số chứng thư gốc được tin cậy"), str(len(trust.anchors)))]
    facts += [
        (_("Đầu nhật ký khi niêm phong {id}").format(id=index.id),
         _("mục {seq}, SHA-256 {sha256}").format(seq=index.journal.seq, sha256=index.journal.sha256))
        for index in indexes
    ]  # fmt: skip
    tables = (
        Table(_("Tệp đã kiểm tra"), (_("Tệp"), "SHA-256"),
              tuple((clean(file.name), sha256) for file, sha256 in digests.items()), (3, 5)),
        Table(_("Chữ ký"), (_("Tệp"), _("Người ký"), _("Vai trò"), _("Mức"), _("Kết quả"), _("Có từ lúc")), signed,
              (5, 5, 3, 1, 2, 3)),
        Table(_("Phát hiện"), (_("Mã"), _("Nơi"), _("Nội dung")),
              tuple((one.id, clean(one.where), clean(one.message)) for one in report.findings), (1, 3, 6)),
    )  # fmt: skip
    data = {
        "indication": str(report.indication), "at": at.isoformat(), "who": who,
        "files": [{"path": str(file), "sha256": sha256} for file, sha256 in digests.items()],
        "dossiers": [
            {"id": index.id, "title": index.title, "complete": index.complete, "volume": index.volume,
             "volumes": index.volumes, "journal": {"seq": index.journal.seq, "sha256": index.journal.sha256}}
            for index in indexes
        ],
        "verification": report.to_dict(),
    }  # fmt: skip
    agency = indexes[0].agency.name if indexes else ""
    title = _("Phiếu kết quả kiểm tra hồ sơ công khai")
    signers = ((_("Người kiểm tra"), who),)
    return Report("receipt", title, "", agency, made, tuple(facts), (), tables, data, signers=signers)


def _of_dossier(index: DossierIndex) -> str:
    """Name a dossier, say whether it is complete, and which of its volumes was seen."""
    state = _("đầy đủ") if index.complete else _("CHƯA ĐẦY ĐỦ")
    volume = _(", tập {number}/{count}").format(number=index.volume, count=index.volumes) if index.volumes > 1 else ""
    return f"{index.code.notation} – {index.title} ({state}{volume})"


def _short(path: str) -> str:
    """Return a file's name and, for one inside a container, its name there; folders of this machine say nothing."""
    outer, mark, inner = clean(path).partition("!")
    return f"{PurePath(outer).name} → {inner}" if mark else PurePath(outer).name


def _person(subject: str) -> str:
    """Return name and title out of the subject of a certificate; the whole subject where it has no name."""
    parts = dict(one.split("=", 1) for one in clean(subject).split(", ") if "=" in one)
    name = parts.get("CN", "")
    return f"{name}, {parts['T']}" if name and "T" in parts else name or clean(subject)


def _role(role: str) -> str:
    names = {
        "seal": _("niêm phong của cơ quan"), "head": _("người đứng đầu"), "records_officer": _("văn thư"),
        "front_chair": _("Chủ tịch Ủy ban MTTQ"), "union_rep": _("đại diện Công đoàn"), "secretary": _("thư ký"),
        "chair": _("chủ tọa"), "witness": _("người chứng kiến"),
    }  # fmt: skip
    return names.get(role, clean(role))


def _result(indication: str) -> str:
    names = {
        "TOTAL_PASSED": _("hợp lệ"), "TOTAL_FAILED": _("KHÔNG hợp lệ"), "INDETERMINATE": _("chưa kết luận được"),
    }  # fmt: skip
    return names.get(indication, indication)


def _files(path: Path) -> list[Path]:
    return sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _index(path: Path) -> list[DossierIndex]:
    """Read the index of a container; none where it is no dossier of ours."""
    for member in read_container(path).members:
        if member.name == "dossier.xml":
            with member.open() as stream:
                return [read_index(stream.read())]
    return []
