"""Archive packages after Thông tư 05/2025/TT-BNV: SIP, AIP and DIP, written and read back."""

from .check import PackageReport as PackageReport
from .check import check_package as check_package
from .export import Exported as Exported
from .export import Shelf as Shelf
from .export import export_dossier as export_dossier
from .export import export_many as export_many
from .package import Package as Package
from .package import lay_out as lay_out
from .profile import KINDS as KINDS
from .profile import Profile as Profile
from .profile import load_profile as load_profile
from .records import ArchiveDossier as ArchiveDossier
from .records import Options as Options
from .records import Request as Request
from .source import opened_dossier as opened_dossier
from .source import sealed_ids as sealed_ids
from .write import write_package as write_package
