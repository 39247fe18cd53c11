"""Block Public Access: four switches over whatever a policy or an ACL says."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Shown
from apps.catalog.items import Item
from apps.catalog.plans import Steps
from apps.catalog.text import Text
from apps.services.s3 import access
from apps.services.s3.buckets import bucket, setting
from apps.services.s3.sheets import PERMISSIONS

FIELDS = {
    "block_new_acls": "BlockPublicAcls",
    "ignore_acls": "IgnorePublicAcls",
    "block_new_policies": "BlockPublicPolicy",
    "restrict_policies": "RestrictPublicBuckets",
}
PART = "PublicAccessBlock"


class BlocksForm(forms.Form):
    block_new_acls = forms.BooleanField(
        label=_("Block new public ACLs"),
        required=False,
        help_text=_("A request that would make the bucket or an object public by an ACL is refused."),
    )
    ignore_acls = forms.BooleanField(
        label=_("Ignore public ACLs"),
        required=False,
        help_text=_("What public ACLs allow counts for nothing, those that are there included."),
    )
    block_new_policies = forms.BooleanField(
        label=_("Block new public policies"),
        required=False,
        help_text=_("A bucket policy that would make the bucket public is refused."),
    )
    restrict_policies = forms.BooleanField(
        label=_("Keep strangers out of a bucket with a public policy"),
        required=False,
        help_text=_("Only AWS services and people of the bucket's account get what a public policy allows."),
    )
    public = forms.BooleanField(
        label=_("I know that the bucket and its objects may become public"),
        required=False,
        help_text=_("Needed only where one of the four is off."),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not all(values.get(name) for name in FIELDS) and not values.get("public"):
            self.add_error("public", _now("Agree to it, or leave all four on."))
        return values


def now(item: Item) -> dict[str, bool]:
    """The four as AWS calls them; a bucket without any has all off."""
    set_now: Mapping[str, Any] = item.attrs.get(PART) or {}
    return {name: bool(set_now.get(name)) for name in FIELDS.values()}


def like(item: Item) -> dict[str, bool]:
    """The form's fields from the four."""
    switches = now(item)
    return {field: switches[name] for field, name in FIELDS.items()}


def risks(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    """What is public, or may become so, when a switch that is on goes off."""
    switches, attrs = now(item), item.attrs
    off = {name for field, name in FIELDS.items() if switches[name] and not values[field]}
    acls = attrs.get("Ownership") != "BucketOwnerEnforced"
    if "RestrictPublicBuckets" in off and attrs.get("PolicyStatus", {}).get("IsPublic"):
        yield _now("Its policy is public: everybody gets what the policy allows, at once.")
    if "IgnorePublicAcls" in off and acls:
        if access.acl_is_public(attrs.get("Acl") or {}):
            yield _now("Its ACL is public: everybody gets what the ACL allows, at once.")
        yield _now("Everybody can read each object whose own ACL is public.")
    if "BlockPublicPolicy" in off:
        yield _now("From then on a policy may make the bucket public.")
    if "BlockPublicAcls" in off and acls:
        yield _now("From then on ACLs may make the bucket and its objects public.")


@bucket.action(
    _("Edit Block Public Access"),
    verb="edit-public-access-block",
    submit=_("Save"),
    icon="shield",
    form=BlocksForm,
    facts=(PART,),
    like=like,
    risks=risks,
    iam="s3:PutBucketPublicAccessBlock",
    help=_("All four on, nothing in the bucket can be public, whatever a policy or an ACL says."),
    example=dict.fromkeys(FIELDS, True) | {"restrict_policies": False, "public": True},
)
def edit_public_access_block(item: Item, values: Mapping[str, Any]) -> Steps:
    wanted = {name: bool(values[field]) for field, name in FIELDS.items()}
    if wanted == now(item):
        return
    yield setting(
        item,
        PART,
        "s3.put_public_access_block",
        title=_now("Set Block Public Access of %(name)s") % {"name": item.id},
        what=_("Block Public Access"),
        PublicAccessBlockConfiguration=wanted,
    )


@bucket.card(
    PERMISSIONS,
    _("Block Public Access"),
    part=PART,
    verbs=("edit-public-access-block",),
    help=_("Four switches over whatever a policy or an ACL says."),
    rank=10,
)
def card(item: Item) -> Shown:
    switches = now(item)
    on = sum(switches.values())
    said = {len(switches): _now("All four are on: nothing in the bucket can be public."), 0: _now("All four are off.")}
    words = said.get(on) or _now("%(on)d of four are on.") % {"on": on}
    labels = [(BlocksForm.base_fields[field].label, switches[name]) for field, name in FIELDS.items()]
    return Shown(words=[words], tone="ok" if on == len(switches) else "warn", facts=[(str(a), b) for a, b in labels])
