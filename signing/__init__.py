"""
Digital signatures: XAdES, ASiC-E, keys, trust, validation. Knows nothing of dossiers.

Names are loaded when they are first used, so that who only verifies does not pay for what only signing needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._recheck import recheck as recheck
    from ._recheck import recheck_container as recheck_container
    from ._recheck_returned import recheck_returned as recheck_returned
    from ._text import translate_with as translate_with
    from .algorithms import ALGORITHMS as ALGORITHMS
    from .asice import Member as Member
    from .asice import complete_container as complete_container
    from .asice import member_from_bytes as member_from_bytes
    from .asice import member_from_file as member_from_file
    from .asice import prepare_container as prepare_container
    from .asice import write_container as write_container
    from .asice_read import Container as Container
    from .asice_read import read_container as read_container
    from .augmentation import Tools as Tools
    from .augmentation import augment as augment
    from .augmentation import augment_container as augment_container
    from .augmentation import renew as renew
    from .augmentation import renew_container as renew_container
    from .errors import CertificateNotUsableError as CertificateNotUsableError
    from .errors import ChangedError as ChangedError
    from .errors import CompleteError as CompleteError
    from .errors import ContainerError as ContainerError
    from .errors import FormatError as FormatError
    from .errors import KeyLoadError as KeyLoadError
    from .errors import KeyRefusedError as KeyRefusedError
    from .errors import KeyUnreachableError as KeyUnreachableError
    from .errors import LevelError as LevelError
    from .errors import PrepareError as PrepareError
    from .errors import RecheckError as RecheckError
    from .errors import RevocationError as RevocationError
    from .errors import SigningError as SigningError
    from .errors import TimestampError as TimestampError
    from .errors import TokenError as TokenError
    from .errors import TrustError as TrustError
    from .errors import TryLaterError as TryLaterError
    from .errors import UnreadableError as UnreadableError
    from .etsi_report import etsi_report as etsi_report
    from .guarded import Guard as Guard
    from .keys import CertificateFacts as CertificateFacts
    from .keys import FileKey as FileKey
    from .keys import Key as Key
    from .keys import certificate_facts as certificate_facts
    from .keys import check_certificate as check_certificate
    from .keys import load_pem as load_pem
    from .keys import load_pkcs12 as load_pkcs12
    from .keys.pkcs11 import Pkcs11Key as Pkcs11Key
    from .keys.pkcs11 import TokenKey as TokenKey
    from .keys.pkcs11 import load_pkcs11 as load_pkcs11
    from .keys.pkcs11 import token_state as token_state
    from .keys.remote import CscAccess as CscAccess
    from .keys.remote import CscWire as CscWire
    from .keys.remote import RemoteKey as RemoteKey
    from .keys.remote import load_remote as load_remote
    from .limits import Limits as Limits
    from .online import enriched as enriched
    from .pinned import PinnedSignature as PinnedSignature
    from .pinned import verify_pinned as verify_pinned
    from .precheck import SignerCheck as SignerCheck
    from .precheck import check_signer as check_signer
    from .prepared import Prepared as Prepared
    from .renewal import Renewal as Renewal
    from .renewal import renewal_due as renewal_due
    from .report import FileReport as FileReport
    from .report import Indication as Indication
    from .report import Report as Report
    from .report import ReportFinding as ReportFinding
    from .report import SignatureReport as SignatureReport
    from .report import SubIndication as SubIndication
    from .report import TimestampReport as TimestampReport
    from .report import merge as merge
    from .returned import Returned as Returned
    from .returned import body_alone as body_alone
    from .returned import merge_returned as merge_returned
    from .returned import read_returned as read_returned
    from .revocation import Revocation as Revocation
    from .terms import Term as Term
    from .timestamps import Budget as Budget
    from .timestamps import BudgetState as BudgetState
    from .timestamps import Service as Service
    from .timestamps import Stamper as Stamper
    from .timestamps import budget_state as budget_state
    from .timestamps import next_try as next_try
    from .trust import Trust as Trust
    from .trust import TrustSource as TrustSource
    from .validation import verify_bytes as verify_bytes
    from .validation import verify_path as verify_path
    from .xades_b import body_digest as body_digest
    from .xades_b import complete as complete
    from .xades_b import prepare as prepare
    from .xades_b import signature_ids as signature_ids
    from .xml_file import BesideFile as BesideFile

_HOMES = {
    "algorithms": "ALGORITHMS",
    "asice": "Member complete_container member_from_bytes member_from_file prepare_container write_container",
    "asice_read": "Container read_container",
    "errors": "CertificateNotUsableError ChangedError CompleteError ContainerError FormatError KeyLoadError"
    " KeyRefusedError KeyUnreachableError LevelError PrepareError RecheckError RevocationError SigningError"
    " TimestampError TokenError TrustError TryLaterError UnreadableError",
    "guarded": "Guard",
    "keys": "CertificateFacts FileKey Key certificate_facts check_certificate load_pem load_pkcs12",
    "keys.pkcs11": "Pkcs11Key TokenKey load_pkcs11 token_state",
    "keys.remote": "CscAccess CscWire RemoteKey load_remote",
    "limits": "Limits",
    "_text": "translate_with",
    "precheck": "SignerCheck check_signer",
    "pinned": "PinnedSignature verify_pinned",
    "prepared": "Prepared",
    "_recheck": "recheck recheck_container",
    "_recheck_returned": "recheck_returned",
    "returned": "Returned body_alone merge_returned read_returned",
    "etsi_report": "etsi_report",
    "report": "FileReport Indication Report ReportFinding SignatureReport SubIndication TimestampReport merge",
    "trust": "Trust TrustSource",
    "validation": "verify_bytes verify_path",
    "xades_b": "body_digest complete prepare signature_ids",
    "xml_file": "BesideFile",
    "augmentation": "Tools augment augment_container renew renew_container",
    "online": "enriched",
    "renewal": "Renewal renewal_due",
    "revocation": "Revocation",
    "terms": "Term",
    "timestamps": "Budget BudgetState Service Stamper budget_state next_try",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = sorted(_HOME_OF)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value
