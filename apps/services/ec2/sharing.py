"""With whom snapshots and images are shared: accounts and everybody. What is read and what is asked for are compared,
and the difference is the plan."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Sheet, Shown
from apps.catalog.fields import Rows
from apps.catalog.items import Item
from apps.catalog.plans import Same, Step, Steps
from apps.catalog.resources import Resource
from apps.catalog.text import Text
from apps.services.ec2 import ec2
from apps.services.ec2.snapshot_copies import is_encrypted
from apps.services.ec2.snapshots import snapshot

PART = "Permissions"  # of the kinds that can be shared
_EVERYBODY = {"Group": "all"}


@dataclass(frozen=True)
class Sharing:
    """The calls for one kind: where AWS says it, and the parameter that changes it."""

    resource: Resource
    read: str
    write: str
    id: str
    attribute: str
    path: str
    parameter: str


SNAPSHOTS = Sharing(
    snapshot,
    "ec2.describe_snapshot_attribute",
    "ec2.modify_snapshot_attribute",
    "SnapshotId",
    "createVolumePermission",
    "CreateVolumePermissions",
    "CreateVolumePermission",
)


class AccountForm(forms.Form):
    """One AWS account."""

    account = forms.CharField(
        label=_("Account"),
        validators=[RegexValidator(r"^[0-9]{12}\Z", _("The number of an AWS account has 12 digits."))],
    )


class ShareForm(forms.Form):
    items: Sequence[Item] = ()

    accounts = Rows(AccountForm, most=1000, label=_("Accounts"), add=_("Add account"))
    public = forms.BooleanField(
        label=_("Public"), required=False, help_text=_("Everybody with an AWS account can use and copy it.")
    )

    def clean_accounts(self) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = self.cleaned_data["accounts"]
        numbers = [row["account"] for row in rows]
        if twice := sorted({number for number in numbers if numbers.count(number) > 1}):
            raise forms.ValidationError(_("Account %(account)s stands twice.") % {"account": twice[0]})
        return rows

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if len(self.items) > 1:
            self.add_error(None, _("Share one at a time: each has its own list of accounts."))
        for item in self.items:
            if not is_encrypted(item):
                continue
            if values.get("public"):
                self.add_error("public", _("%(name)s is encrypted and can't be public.") % {"name": item.title})
            if values.get("accounts") and (item.attrs.get("Key") or {}).get("KeyManager") == "AWS":
                text = _(
                    "%(name)s is encrypted with AWS's own key, with which nothing can be shared. Copy it with a key of "
                    "your own, and share the copy."
                )
                self.add_error("accounts", text % {"name": item.title})
        return values


def now_shared(item: Item) -> dict[str, Any]:
    """The form's values as AWS has them."""
    there: Sequence[Mapping[str, str]] = item.attrs.get(PART) or ()
    accounts = [{"account": one["UserId"]} for one in there if one.get("UserId")]
    return {"accounts": accounts, "public": any(one.get("Group") == "all" for one in there)}


def difference(item: Item, values: Mapping[str, Any]) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """What is added and what is removed. Organizations, which the form doesn't have, stay."""
    before, after = (
        [{"UserId": row["account"]} for row in each["accounts"]] + ([_EVERYBODY] if each["public"] else [])
        for each in (now_shared(item), values)
    )
    return [one for one in after if one not in before], [one for one in before if one not in after]


def shown(entries: Iterable[Mapping[str, str]]) -> str:
    return ", ".join(one.get("UserId") or str(_("everybody")) for one in entries)


def means(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    added, removed = difference(item, values)
    if added:
        yield _("Shared with from then on: %(who)s.") % {"who": shown(added)}
    if removed:
        yield _("No longer shared with: %(who)s. What they copied or made of it they keep.") % {"who": shown(removed)}
    if added and is_encrypted(item):
        yield _(
            "It is encrypted: the accounts must also be allowed to use its KMS key, and with AWS's own key AWS refuses."
        )


def risks(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    if _EVERYBODY in difference(item, values)[0]:
        said = {"name": item.title}
        yield _("Everybody with an AWS account can read all that is in %(name)s: files, passwords, keys.") % said


def share_steps(how: Sharing, item: Item, values: Mapping[str, Any]) -> Steps:
    """First what is taken away, then what is given: AWS doesn't take both in one call."""
    added, removed = difference(item, values)
    params = {how.id: item.id, "Attribute": how.attribute}
    same: Same | None = Same(
        how.read, params, how.path, item.attrs.get(PART), what=_("With whom it is shared"), unordered=True
    )
    for verb, back, entries, title in (
        ("Remove", "Add", removed, _("Stop sharing %(name)s with %(who)s")),
        ("Add", "Remove", added, _("Share %(name)s with %(who)s")),
    ):
        if not entries:
            continue
        there: dict[str, Any] = {how.id: item.id, how.parameter: {verb: entries}}
        before: dict[str, Any] = {how.id: item.id, how.parameter: {back: entries}}
        yield Step(
            how.write,
            title=title % {"name": item.title, "who": shown(entries)},
            same=same,
            undo=Step(how.write, title=_("Take it back"), **before),
            touches=[(item.kind, [item.id])],
            **there,
        )
        same = None


def _entered(params: Mapping[str, Any], key: str, verb: str) -> list[dict[str, Any]]:
    return list((params.get(key) or {}).get(verb) or ())


def _said(verb: str, gone: bool) -> None:
    @ec2.as_terraform("ec2.modify_snapshot_attribute", "aws_snapshot_create_volume_permission", gone=gone)
    def create_volume_permission(params: Mapping[str, Any]) -> list[dict[str, Any]]:
        entries = _entered(params, "CreateVolumePermission", verb)
        return [
            {"snapshot_id": params["SnapshotId"], "account_id": one["UserId"]} for one in entries if one.get("UserId")
        ]

    @ec2.as_terraform("ec2.modify_image_attribute", "aws_ami_launch_permission", gone=gone)
    def launch_permission(params: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [
            {"image_id": params["ImageId"], "account_id": one.get("UserId"), "group": one.get("Group")}
            for one in _entered(params, "LaunchPermission", verb)
        ]


_said("Add", gone=False)
_said("Remove", gone=True)


@snapshot.action(
    _("Share"),
    icon="share-2",
    form=ShareForm,
    when={"completed", "pending"},
    facts=(PART, "Key"),
    iam=("ec2:ModifySnapshotAttribute", "ec2:DescribeSnapshotAttribute", "kms:DescribeKey"),
    like=now_shared,
    means=means,
    risks=risks,
    example={"accounts": [{"account": "444455556666"}]},
)
def share(item: Item, values: dict[str, Any]) -> Steps:
    yield from share_steps(SNAPSHOTS, item, values)


SHEET = Sheet("sharing", _("Sharing"), 20)


@snapshot.card(
    SHEET,
    _("Who may make volumes of it"),
    part=PART,
    verbs=("share",),
    empty=_("Nobody but this account."),
)
def shared_with(item: Item) -> Shown:
    """The accounts, and a warning where it is everybody."""
    there: Sequence[Mapping[str, str]] = item.attrs.get(PART) or ()
    public = _EVERYBODY in there
    rows = [(one.get("UserId") or one.get("OrganizationArn") or one.get("OrganizationalUnitArn"),) for one in there]
    return Shown(
        words=[_now("It is public: everybody with an AWS account can read all that is in it.")] if public else [],
        tone="warn" if public else "",
        heads=[_now("Shared with")],
        rows=[row for row in rows if row[0]],
    )
