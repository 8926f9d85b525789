"""From who a provider says somebody is to the account they hold here: by issuer and subject, never by a name."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from ..accounts import Account, Duty, account, add_account
from ..config.oidc_settings import pairs
from ..errors import NotAllowedError
from ..house import House
from ..store import Transaction
from ..store import tables as t
from ..text import _
from .oidc import Identity

_LONGEST_NAME = 60
_MOST_NAMES = 50


def holder_of(house: House, identity: Identity) -> Account:
    """
    Return the account of a person, with the duties and the role that their groups give them.

    With ``oidc-create`` a first sign-in makes the account; without, only one that names this subject is let in. Where
    several agencies share an installation, an account is made only in the agency that the provider names.

    Raises:
        NotAllowedError: no such account, it is closed, or none of its holder's groups has a part here.
    """
    web = house.configuration.web
    groups = groups_of(identity.claims, web.oidc_claim)
    duties = frozenset(Duty(duty) for group, duty in pairs(web.oidc_duties) if group in groups)
    roles = [role for group, role in pairs(web.oidc_roles) if group in groups]
    role = roles[0] if roles else ""
    known = {rule.role for rule in house.regulation.signers}
    agencies = groups_of(identity.claims, web.oidc_agency_claim) if web.oidc_agency_claim else None
    creates = web.oidc_create and (agencies is not None or not house.configuration.several)
    with house.store.write(house.agency, "congkhai") as tx:
        holder = _find(tx, identity.subject)
        if agencies is not None and house.configuration.agency.code not in agencies:
            tx.journal("account.refused", holder.id if holder else "unknown")
            refusal = _("Nơi đăng nhập không xếp người này vào cơ quan đang vào.")
        elif (holder is None and not creates) or (holder is not None and holder.disabled):
            tx.journal("account.refused", holder.id if holder else "unknown")
            refusal = _("Chưa có tài khoản congkhai cho người này.")
        elif web.oidc_duties and not duties:
            tx.journal("account.refused", holder.id if holder else "unknown")
            refusal = _("Nhóm của người này ở nơi đăng nhập không có vai trò nào trong congkhai.")
        elif role and role not in known:
            refusal = _("oidc-roles nêu vai trò {role}, quy chế không có.").format(role=role)
        else:
            return _made(tx, identity, duties, role) if holder is None else _kept(tx, house, holder, duties, role)
    raise NotAllowedError(
        what=refusal, code="congkhai-E785",
        advice=_("Báo người quản trị: congkhai user add --subject, hoặc xếp người này vào nhóm ở nơi đăng nhập."),
    )  # fmt: skip


def groups_of(claims: Mapping[str, Any], claim: str) -> frozenset[str]:
    """Return the groups that a claim holds: one text, or a list of texts; a dot leads into a member."""
    value: Any = claims.get(claim)
    if value is None:
        value = claims
        for part in claim.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    found = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return frozenset(one for one in found if isinstance(one, str))


def _find(tx: Transaction, subject: str) -> Account | None:
    query = sa.select(t.account.c.id).where(t.account.c.agency == tx.agency, t.account.c.subject == subject)
    ids = list(tx.connection.scalars(query.limit(2)))
    if len(ids) > 1:
        raise NotAllowedError(
            what=_("Hai tài khoản cùng mang một người của nơi đăng nhập."), code="congkhai-E785",
            advice=_("Người quản trị khóa bớt một tài khoản bằng congkhai user disable."),
        )  # fmt: skip
    return account(tx.connection, ids[0]) if ids else None


def _made(tx: Transaction, identity: Identity, duties: frozenset[Duty], role: str) -> Account:
    said = identity.claims
    wanted = _words(said.get("preferred_username")) or _words(said.get("sub")) or "oidc"
    person = _words(said.get("name")) or wanted
    taken = set(tx.connection.scalars(sa.select(t.account.c.name).where(t.account.c.agency == tx.agency)))
    # A name that is taken belongs to somebody else, whatever the provider calls this person.
    names = [wanted, *(f"{wanted}-{number}" for number in range(2, _MOST_NAMES))]
    name = next((one for one in names if one not in taken), f"oidc-{len(taken) + 1}")
    return add_account(tx, name=name, person=person, duties=duties, role=role, subject=identity.subject)


def _kept(tx: Transaction, house: House, holder: Account, duties: frozenset[Duty], role: str) -> Account:
    """Let an account follow its holder's groups where the ini maps them; what changes goes into the journal."""
    web = house.configuration.web
    new_duties = duties if web.oidc_duties else holder.duties
    new_role = role if web.oidc_roles else holder.role
    if (new_duties, new_role) == (holder.duties, holder.role):
        return holder
    listed = sorted(duty.value for duty in new_duties)
    tx.connection.execute(sa.update(t.account).where(t.account.c.id == holder.id).values(rights=listed, role=new_role))
    tx.journal("account.duties", holder.id, duties=listed, role=new_role)
    changed = account(tx.connection, holder.id)
    return changed or holder


def _words(value: Any) -> str:
    """Return a claim as one line of text, cut; empty for anything else."""
    text = value if isinstance(value, str) else ""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:_LONGEST_NAME]
