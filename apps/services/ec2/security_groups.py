"""Security groups: the kind, its rules on its page, who uses one, and deleting it. Making one is in
security_group_create.py, changing its rules in security_group_edit.py."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps, reaches
from apps.catalog.resources import Call, Capacity, Column, Part, Related, Resource, Risk
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2 import NETWORK
from apps.services.ec2 import security_group_rules as rules
from apps.services.ec2.security_group_rules import Rule
from apps.services.ec2.tags import taggable
from apps.services.ec2.use import listed, users

INBOUND, OUTBOUND = "IpPermissions", "IpPermissionsEgress"


def rules_now(item: Item, part: str) -> list[Rule]:
    return rules.rules_of(item.attrs.get(part), str(item.attrs.get("OwnerId") or ""))


def open_to_all(item: Item) -> list[str]:
    """Ports that anybody may reach, such as `443`, `8000-8100` or `all`."""
    return list(dict.fromkeys(rules.ports_of(rule) or "all" for rule in rules_now(item, INBOUND) if rule.open))


def exposed(item: Item) -> bool:
    """Whether anybody may reach what administers a machine, or a database."""
    return any(rules.exposed(rule) for rule in rules_now(item, INBOUND))


def is_default(item: Item) -> bool:
    return item.name == "default"


def _part(key: str) -> Part:
    """Part of what the listing answers; read anew before its rules are edited."""
    path = f"SecurityGroups[0].{key}"
    return Part(
        key, "describe_security_groups", lambda obj: {"GroupIds": [obj["GroupId"]]}, path, asked=True, unordered=True
    )


_PEER = {"GroupId": "sg-0e5f60718293a4b5c", "UserId": "444455556666"}
_STALE = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [_PEER]}  # of the example

security_group = Resource(
    kind="ec2.security-group",
    label=_("Security group"),
    plural=_("Security groups"),
    group=NETWORK,
    icon="shield-check",
    fresh=300,
    about=_("A security group says which traffic reaches an instance."),
    read=Call("describe_security_groups", "SecurityGroups[]", by_id="GroupIds", missing=("InvalidGroup.NotFound",)),
    id="GroupId",
    name="GroupName",
    arn="SecurityGroupArn",
    capacity=Capacity("ec2.create_security_group", "vpc", "L-E79EC296", _("security groups")),
    parts=(
        _part(INBOUND),
        _part(OUTBOUND),
        Part(
            "Stale",
            "describe_stale_security_groups",
            lambda obj: {"VpcId": obj["VpcId"]} if obj.get("VpcId") else None,
            "StaleSecurityGroupSet",
            asked=True,
        ),
    ),
    columns=(
        Column(_("VPC"), "VpcId", key="vpc", ref="ec2.vpc", facet=True),
        Column(_("Inbound rules"), lambda item: len(rules_now(item, INBOUND)), key="rules", number=True),
        Column(_("Outbound rules"), lambda item: len(rules_now(item, OUTBOUND)), key="out", number=True, wide=True),
        Column(_("Open to all"), open_to_all, key="open"),
        Column(_("Administration open to all"), exposed, key="exposed", facet=True, hidden=True),
        Column(_("Default of its VPC"), is_default, key="default", facet=True, hidden=True),
        Column(_("Description"), "Description", wide=True),
    ),
    related=(
        Related("ec2.vpc", "VpcId"),
        *(Related("ec2.security-group", f"{part}[].UserIdGroupPairs[].GroupId") for part in (INBOUND, OUTBOUND)),
        *(Related("ec2.prefix-list", f"{part}[].PrefixListIds[].PrefixListId") for part in (INBOUND, OUTBOUND)),
    ),
    example={
        "GroupId": "sg-0d4e5f60718293a4b",
        "GroupName": "web",
        "OwnerId": "111122223333",
        "VpcId": "vpc-0a1b2c3d4e5f60718",
        "Description": "web",
        INBOUND: [
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": rules.ANYWHERE}]},
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "203.0.113.7/32"}]},
            _STALE,
        ],
        OUTBOUND: [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": rules.ANYWHERE}]}],
        "Stale": [{"GroupId": "sg-0d4e5f60718293a4b", "StaleIpPermissions": [_STALE]}],
        "Tags": [{"Key": "owner", "Value": "web"}],
    },
)

taggable(security_group)


# Who uses one


class DeleteForm(forms.Form):
    items: tuple[Item, ...] = ()
    scope: Scope | None = None

    def clean(self) -> dict[str, Any]:
        deleted = {item.id for item in self.items}
        for item in self.items:
            if is_default(item):
                said = _now("%(name)s is the default group of %(vpc)s, which goes only with its VPC.")
                self.add_error(None, said % {"name": item.id, "vpc": item.attrs.get("VpcId", "–")})
            elif self.scope:
                self._check_use(item, self.scope, deleted)
        return self.cleaned_data

    def _check_use(self, item: Item, scope: Scope, deleted: set[str]) -> None:
        by: dict[Text, list[str]] = {}
        for kind, other in users(scope, item):
            if other.id not in deleted:
                by.setdefault(kind.plural, []).append(other.title)
        for plural, names in by.items():
            said = _now("%(group)s is in use: %(kind)s %(names)s. Take it away there first.")
            words = {"group": item.title, "kind": str(plural).lower(), "names": listed(names)}
            self.add_error(None, said % words)


def _warn(item: Item) -> Iterable[Text]:
    count = len(rules_now(item, INBOUND)) + len(rules_now(item, OUTBOUND))
    yield _now("%(name)s goes with its rules (%(count)d).") % {"name": item.title, "count": count}


@security_group.action(
    _("Delete"),
    icon="trash-2",
    risk=Risk.DESTROYS,
    form=DeleteForm,
    warn=_warn,
    iam="ec2:DeleteSecurityGroup",
)
def delete(item: Item, values: dict[str, Any]) -> Steps:
    yield Step(
        "ec2.delete_security_group",
        title=_("Delete %(name)s") % {"name": item.title},
        already=("InvalidGroup.NotFound",),
        GroupId=item.id,
        until=reaches(item.kind, [item.id], gone=True),
    )
