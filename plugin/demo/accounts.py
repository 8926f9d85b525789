"""One account for each part that people play at the page, with a sign-in that works once."""

from dataclasses import dataclass

from ..accounts import Account, Duty, accounts, add_account, give_ticket
from ..house import House
from ..store import Transaction
from ..text import _

_PARTS = (
    ("van-thu", Duty.CLERK, "records_officer"),
    ("thu-truong", Duty.HEAD, "head"),
    ("mat-tran", Duty.SIGNER, "front_chair"),
    ("thanh-tra", Duty.INSPECTOR, ""),
    ("quan-tri", Duty.ADMIN, ""),
)


@dataclass(frozen=True, slots=True)
class SignIn:
    """What the demo prints: whom it is for, and the secret that works once."""

    name: str
    person: str
    secret: str


def sign_ins(house: House) -> list[SignIn]:
    """Make the accounts where they are missing, and give each a new one-time sign-in."""
    people = {signer.role: signer.person for signer in house.signers.values()}
    names = {"thanh-tra": _("Ban Thanh tra nhân dân"), "quan-tri": _("Quản trị")}
    with house.store.write(house.agency, "congkhai demo") as tx:
        present = {one.name: one for one in accounts(tx.connection, house.agency)}
        found = []
        for name, duty, role in _PARTS:
            holder = present.get(name) or _make(tx, name, duty, role, people.get(role) or names.get(name, name))
            found.append(SignIn(name, holder.person, give_ticket(tx, holder)))
    return found


def _make(tx: Transaction, name: str, duty: Duty, role: str, person: str) -> Account:
    return add_account(tx, name=name, person=person, duties={duty, Duty.SIGNER} if role else {duty}, role=role)
