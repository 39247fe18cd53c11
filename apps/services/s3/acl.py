"""A bucket's access control list: grants to accounts and groups. AWS advises against them; old buckets have some."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Shown
from apps.catalog.fields import Rows
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps
from apps.catalog.text import Text, one_line
from apps.services.s3 import access
from apps.services.s3.buckets import bucket, same
from apps.services.s3.policy_who import CANONICAL
from apps.services.s3.sheets import PERMISSIONS

PART = "Acl"
MOST = 100  # grants of one list
LOGS = "http://acs.amazonaws.com/groups/s3/LogDelivery"
OWNER, ACCOUNT = "owner", "account"
GROUPS = {"everyone": access.EVERYBODY, "authenticated": access.AUTHENTICATED, "logs": LOGS}
_GROUP_OF = {uri: key for key, uri in GROUPS.items()}
_GROUP_WORDS: dict[str, Text] = {
    "everyone": _("Anybody"),
    "authenticated": _("Anybody with an AWS account"),
    "logs": _("The log delivery of Amazon S3"),
}
# What a permission on a bucket allows.
_MAY: dict[str, Text] = {
    "FULL_CONTROL": _("list, write and delete objects, and see and change the ACL"),
    "READ": _("list the objects"),
    "WRITE": _("write, replace and delete objects"),
    "READ_ACP": _("see the ACL"),
    "WRITE_ACP": _("change the ACL, and so allow anything"),
}


class GrantForm(forms.Form):
    chosen = True  # the owner's grant is nothing but choices

    grantee = forms.ChoiceField(
        label=_("Who"),
        choices=[
            (OWNER, _("The bucket's owner")),
            (ACCOUNT, _("Another AWS account")),
            ("everyone", _("Everyone (public)")),
            ("authenticated", _("Anyone with an AWS account")),
            ("logs", _("S3 log delivery")),
        ],
        initial=ACCOUNT,
    )
    canonical = forms.CharField(label=_("Canonical user ID"), required=False, max_length=64)
    permission = forms.ChoiceField(
        label=_("Permission"),
        choices=[
            ("READ", _("List objects (READ)")),
            ("WRITE", _("Write objects (WRITE)")),
            ("READ_ACP", _("See the ACL (READ_ACP)")),
            ("WRITE_ACP", _("Change the ACL (WRITE_ACP)")),
            ("FULL_CONTROL", _("Everything (FULL_CONTROL)")),
        ],
        initial="READ",
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        canonical = values.get("canonical", "")
        if values.get("grantee") != ACCOUNT and canonical:
            self.add_error("canonical", _now("Only another AWS account is named by its id."))
        elif values.get("grantee") == ACCOUNT and not CANONICAL.fullmatch(canonical):
            self.add_error("canonical", _now("An account's canonical user id has 64 digits from 0 to f."))
        return values


class AclForm(forms.Form):
    grants = Rows(GrantForm, most=MOST, label=_("Grants"), add=_("Add grant"))

    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if len(self.items) > 1:
            self.add_error(None, _now("What is granted differs: edit one bucket at a time."))
        for item in self.items:
            if not access.acls_count(item):
                self.add_error(None, off(item))
            for grant in strange(item):
                said = _now(
                    "The ACL has a grant that this form does not know: %(grant)s. Change it by AWS's own tools."
                )
                self.add_error(None, said % {"grant": one_line(grant)})
        rows = [tuple(row.values()) for row in values.get("grants", ())]
        if len(set(rows)) < len(rows):
            self.add_error("grants", _now("The same grant stands there twice."))
        return values


def off(item: Item) -> str:
    """Why an ACL can't be edited."""
    said = _now("ACLs are off for %(name)s, as AWS advises. Change its object ownership first, if you need them.")
    return said % {"name": item.id}


def acl(item: Item) -> Mapping[str, Any]:
    found: Mapping[str, Any] = item.attrs.get(PART) or {}
    return found


def owner(item: Item) -> str:
    """The canonical id of the account that the bucket belongs to."""
    return str((acl(item).get("Owner") or {}).get("ID") or "")


def rows(item: Item) -> list[dict[str, str]]:
    """The grants that a form can show."""
    return [row for grant in acl(item).get("Grants", ()) if (row := _row(item, grant))]


def strange(item: Item) -> list[str]:
    """Those that it can't."""
    return [str(grant.get("Grantee")) for grant in acl(item).get("Grants", ()) if not _row(item, grant)]


def _row(item: Item, grant: Mapping[str, Any]) -> dict[str, str]:
    grantee = grant.get("Grantee") or {}
    permission = str(grant.get("Permission") or "")
    if grantee.get("URI") in _GROUP_OF:
        return {"grantee": _GROUP_OF[grantee["URI"]], "canonical": "", "permission": permission}
    if not grantee.get("ID"):
        return {}
    mine = grantee["ID"] == owner(item)
    return {"grantee": OWNER if mine else ACCOUNT, "canonical": "" if mine else grantee["ID"], "permission": permission}


def grants(item: Item, wanted: Iterable[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Rows as AWS takes them."""
    out = []
    for row in wanted:
        if row["grantee"] in GROUPS:
            grantee = {"Type": "Group", "URI": GROUPS[row["grantee"]]}
        else:
            id = owner(item) if row["grantee"] == OWNER else row["canonical"]
            grantee = {"Type": "CanonicalUser", "ID": id}
        out.append({"Grantee": grantee, "Permission": row["permission"]})
    return out


def sentences(wanted: Sequence[Mapping[str, str]]) -> list[str]:
    """What the grants say, a sentence for each."""
    return [_now("%(who)s may %(what)s.") % {"who": _who(row), "what": _MAY[row["permission"]]} for row in wanted]


def _who(row: Mapping[str, str]) -> str:
    if row["grantee"] == OWNER:
        return _now("The bucket's owner")
    if row["grantee"] == ACCOUNT:
        id = row["canonical"]
        return _now("The AWS account with the canonical id %(id)s") % {"id": one_line(f"{id[:8]}…{id[-4:]}")}
    return str(_GROUP_WORDS[row["grantee"]])


def notes(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    mine = {row["permission"] for row in values["grants"] if row["grantee"] == OWNER}
    if "FULL_CONTROL" not in mine:
        yield _now("The bucket's owner is not granted everything: only the account's own policies allow it the rest.")


def risks(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    open_to = [row for row in values["grants"] if row["grantee"] in ("everyone", "authenticated")]
    if not open_to:
        return
    blocked = access.block(item)
    yield _now("The bucket becomes public by its ACL.")
    if blocked["BlockPublicAcls"]:
        yield _now("Block Public Access refuses new public ACLs here, so Amazon S3 will not take this one.")
    elif blocked["IgnorePublicAcls"]:
        yield _now("Block Public Access ignores public ACLs here, as long as it stays as it is.")
    if any(row["permission"] in ("WRITE", "FULL_CONTROL") for row in open_to):
        yield _now("Strangers may write, replace and delete what is in the bucket, at your expense.")
    if any(row["permission"] in ("WRITE_ACP", "FULL_CONTROL") for row in open_to):
        yield _now("Strangers may change the ACL itself.")


@bucket.action(
    _("Edit ACL"),
    verb="edit-acl",
    icon="list-checks",
    form=AclForm,
    facts=(PART, "Ownership", "AccountBlock"),
    like=lambda item: {"grants": rows(item)},
    means=lambda item, values: sentences(values["grants"]),
    notes=notes,
    risks=risks,
    iam="s3:PutBucketAcl",
    help=_("A grant on a bucket is not one on its objects: READ lists them, but doesn't open any."),
    example={
        "grants": [{"grantee": "owner", "permission": "FULL_CONTROL"}, {"grantee": "logs", "permission": "WRITE"}]
    },
)
def edit_acl(item: Item, values: Mapping[str, Any]) -> Steps:
    wanted = [{key: row[key] for key in ("grantee", "canonical", "permission")} for row in values["grants"]]
    if _key(wanted) == _key(rows(item)):
        return
    yield Step(
        "s3.put_bucket_acl",
        title=_now("Write the ACL of %(name)s") % {"name": item.id},
        touches=[(bucket.kind, [item.id])],
        same=same(item, PART, "The ACL"),
        Bucket=item.id,
        AccessControlPolicy={"Owner": {"ID": owner(item)}, "Grants": grants(item, wanted)},
    )


def _key(wanted: Iterable[Mapping[str, str]]) -> list[tuple[str, ...]]:
    return sorted(tuple(row.values()) for row in wanted)


@bucket.card(
    PERMISSIONS,
    _("ACL"),
    part=PART,
    verbs=("edit-acl",),
    help=_("Grants to whole accounts and groups, from before there were policies."),
    rank=50,
)
def card(item: Item) -> Shown:
    if not access.acls_count(item):
        return Shown(words=[_now("ACLs are off: whatever they say counts for nothing.")], tone="ok")
    said = [*sentences(rows(item)), *(one_line(grant) for grant in strange(item))]
    return Shown(words=said, tone="warn" if access.acl_is_public(acl(item)) else "")
