"""What the interface says, as models: answers are made from them, and the OpenAPI document describes them."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..records import DisclosureState, PostingState

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="SHA-256, hexadecimal.")]
Moment = Annotated[datetime, Field(description="ISO 8601 in Vietnamese time.")]
Day = Annotated[date, Field(description="A calendar day in Vietnam.")]


class Model(BaseModel):
    """Base: nothing but what is described."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Paper(Model):
    """A disclosed official paper."""

    id: str
    type: str
    number: str = Field(description="As written, e.g. 127/KH-UBND; empty when it has none.")
    issued: Day | None
    issuer: str
    subject: str
    files: int = Field(ge=0, description="How many files it has.")


class Place(Model):
    """One form of publication, which runs by its own clock."""

    form: str = Field(description="Form of the regulation, e.g. intranet, notice_board, portal.")
    place: str
    state: PostingState
    required_days: int = Field(ge=0, description="Consecutive days; 0: without an end, or done once.")
    posted_from: Moment | None
    posted_to: Moment | None
    close_from: Moment | None = Field(description="First moment at which it may lawfully come down.")


class Disclosure(Model):
    """A matter that is, will be or was disclosed."""

    id: str
    title: str
    category: str = Field(description="Clause of the agency's regulation.")
    key: str = Field(description="Stable key of the category.")
    state: DisclosureState
    trigger: Day = Field(description="Day from which its limit counts.")
    publish_by: Moment = Field(description="First moment that is too late.")
    opened_at: Moment
    papers: list[Paper]
    places: list[Place]
    dossier: str | None = Field(description="Id of its newest sealed dossier.")


class Listed(Model):
    """A matter in a list."""

    id: str
    title: str
    category: str
    key: str
    state: DisclosureState
    publish_by: Moment
    opened_at: Moment


class Disclosures(Model):
    """A part of the list, oldest first."""

    items: list[Listed]
    next: str | None = Field(description="Give it as `after` for the next part; null at the end.")


class Volume(Model):
    """One sealed container (ASiC-E) of a dossier."""

    number: int = Field(ge=1)
    sha256: Sha256


class DossierPart(Model):
    """A required part of a dossier."""

    key: str
    title: str
    state: str


class Dossier(Model):
    """A sealed dossier."""

    id: str
    disclosure: str
    title: str
    version: int = Field(ge=1)
    complete: bool
    sealed_at: Moment
    filed_at: Moment | None
    parts: list[DossierPart]
    volumes: list[Volume]


class ListedDossier(Model):
    """A sealed dossier in a list."""

    id: str
    disclosure: str
    title: str
    version: int = Field(ge=1)
    complete: bool
    sealed_at: Moment
    filed_at: Moment | None


class Dossiers(Model):
    """A part of the list, in the order of sealing."""

    items: list[ListedDossier]
    next: str | None = Field(description="Give it as `after` for the next part; null at the end.")


Indication = Literal["TOTAL_PASSED", "TOTAL_FAILED", "INDETERMINATE"]


class Stamp(Model):
    """A timestamp of a signature."""

    kind: str
    time: datetime | None
    service: str
    indication: Indication
    sub_indication: str | None


class Signature(Model):
    """One signature, with the fields that Thông tư 15/2025/TT-BKHCN Điều 6 wants shown."""

    id: str
    signer: str
    issuer: str
    serial: str
    role: str
    level: str
    algorithm: str
    indication: Indication
    sub_indication: str | None
    signing_time: datetime | None
    best_signature_time: datetime | None
    timestamp_time: datetime | None
    revocation: str
    covers: str
    scope: list[str]
    certificate_valid_from: datetime | None
    certificate_valid_to: datetime | None
    cert_manager: str
    integrity: str
    messages: list[str]
    timestamps: list[Stamp]
    chain: list[str]


class VerifiedFile(Model):
    """One signed file, or one member of a container."""

    path: str
    format: str
    indication: Indication
    signatures: list[Signature]


class VerificationFinding(Model):
    """Something about a file beyond its signatures."""

    id: str
    severity: str
    where: str
    message: str
    advice: str


class Verification(Model):
    """The verdict on an uploaded file, as `congkhai verify --json` gives it."""

    indication: Indication
    files: list[VerifiedFile]
    findings: list[VerificationFinding]


class Count(Model):
    """How much of a kind waits for people."""

    kind: str
    count: int = Field(ge=0, description="Counts stop at 1001.")


class Status(Model):
    """What waits, in numbers only."""

    agency: str = Field(description="Code of the agency.")
    version: str
    now: Moment
    ready: bool
    waiting: list[Count]


class Problem(Model):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    advice: str = ""
    where: str = ""
    id: str = Field("", description="By which the agency's IT finds it in the log.")
