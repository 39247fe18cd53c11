"""The sentences that say why an act is allowed or refused."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def place(account: str, region: str, path: str = "") -> str:
    """ " on acme/logs/x in account prod, eu-west-1", with its leading space, or nothing."""
    on = _(" on %(path)s") % {"path": path} if path else ""
    return on + _in(account, region)


def _in(account: str, region: str) -> str:
    if account and region:
        return _(" in account %(account)s, %(region)s") % {"account": account, "region": region}
    if account:
        return _(" in account %(account)s") % {"account": account}
    return _(" in %(region)s") % {"region": region} if region else ""


def role_allows(role: str, permission: str, where: str) -> str:
    return _("Your role %(role)s allows %(permission)s%(where)s.") % {
        "role": role,
        "permission": permission,
        "where": where,
    }


def roles_lack(roles: Sequence[str], permission: str, where: str) -> str:
    if not roles:
        return _("You have no role here, and %(permission)s%(where)s needs one.") % {
            "permission": permission,
            "where": where,
        }
    return ngettext(
        "Your role %(roles)s lacks %(permission)s%(where)s.",
        "Your roles %(roles)s lack %(permission)s%(where)s.",
        len(roles),
    ) % {"roles": get_text_list(list(roles), _("and")), "permission": permission, "where": where}


def roles_reach(roles: Sequence[str], permission: str, where: str) -> str:
    """A role has the permission, on another account, Region or tag."""
    names = get_text_list(list(roles), _("and"))
    if not where:
        return ngettext(
            "Your role %(roles)s allows %(permission)s on a part of the organization only.",
            "Your roles %(roles)s allow %(permission)s on a part of the organization only.",
            len(roles),
        ) % {"roles": names, "permission": permission}
    return ngettext(
        "Your role %(roles)s allows %(permission)s on a part of the organization, but not%(where)s.",
        "Your roles %(roles)s allow %(permission)s on a part of the organization, but not%(where)s.",
        len(roles),
    ) % {"roles": names, "permission": permission, "where": where}


def token_lacks(token: str, permission: str, where: str) -> str:
    return _("The token %(token)s isn't made for %(permission)s%(where)s.") % {
        "token": token,
        "permission": permission,
        "where": where,
    }
