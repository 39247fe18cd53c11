"""Making a security group with its rules, also as a copy of another, in the same VPC or in one more."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Ref
from apps.catalog.items import Item
from apps.catalog.plans import OPERATION_TAG, Find, Output, Step, Steps
from apps.catalog.resources import Section
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2 import security_group_form as form
from apps.services.ec2 import security_group_rules as rules
from apps.services.ec2.security_group_edit import DUPLICATE, MISSING, WAYS
from apps.services.ec2.security_group_rules import ALL, ANYWHERE, ANYWHERE6, Rule
from apps.services.ec2.security_groups import INBOUND, OUTBOUND, rules_now, security_group
from apps.services.ec2.tags import as_aws, by_operation, check_unique, specification, tag_rows

EVERYTHING, EVERYTHING6 = Rule(ALL, None, None, ANYWHERE), Rule(ALL, None, None, ANYWHERE6)


class CreateForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=255, validators=[form.GROUP_TEXT])
    description = forms.CharField(
        label=_("Description"),
        max_length=255,
        validators=[form.GROUP_TEXT],
        help_text=_("AWS wants one, and never changes it."),
    )
    vpc = Ref("ec2.vpc", label="VPC", required=False, help_text=_("Empty: the default VPC."))
    tags = tag_rows(tags=True)
    inbound = form.inbound_rows()
    outbound = form.outbound_rows(
        initial=lambda: [rules.row_of(EVERYTHING)],
        help_text=_("Without any, what is in the group can begin no connection."),
    )

    scope: Scope | None = None

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name.lower().startswith("sg-"):
            said = _("The name of a security group can't start with sg-; this one is %(name)s.")
            raise forms.ValidationError(said % {"name": name})
        if name.lower() == "default":
            raise forms.ValidationError(_("The name default is that of each VPC's own group."))
        return name

    def clean_tags(self) -> list[dict[str, str]]:
        tags: list[dict[str, str]] = self.cleaned_data["tags"]
        check_unique(tags)
        return tags

    def clean_inbound(self) -> list[dict[str, Any]]:
        return self._checked("inbound")

    def clean_outbound(self) -> list[dict[str, Any]]:
        return self._checked("outbound")

    def _checked(self, field: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.cleaned_data[field]
        if found := list(form.problems(form.rules_in(rows), (), self.scope)):
            raise forms.ValidationError([str(text) for text in found])
        return rows

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        name, place = values.get("name"), _vpc(self.scope, values) if self.scope else None
        for other in self.scope.find(security_group.kind, name=name) if self.scope and name and place else ():
            if other.name == name and place and other.attrs.get("VpcId") == place.id:
                said = _("There is a group of the name %(name)s in %(vpc)s already: %(id)s.")
                self.add_error("name", said % {"name": name, "vpc": place.title, "id": other.id})
        return values


def _vpc(scope: Scope, values: Mapping[str, Any]) -> Item | None:
    if values.get("vpc"):
        return scope.get("ec2.vpc", values["vpc"])
    return next(iter(scope.find("ec2.vpc", IsDefault=True)), None)


def given(scope: Scope, values: Mapping[str, Any]) -> list[Rule]:
    """The outbound rules that AWS gives a new group in that VPC."""
    vpc = _vpc(scope, values)
    six = bool(vpc and vpc.attrs.get("Ipv6CidrBlockAssociationSet"))
    return [EVERYTHING, EVERYTHING6] if six else [EVERYTHING]


def defaults(scope: Scope) -> dict[str, Any]:
    vpc = _vpc(scope, {})
    return {"vpc": vpc.id if vpc else ""}


def like(item: Item) -> dict[str, Any]:
    """A copy, under another name; what refers to the group itself refers to the copy."""
    return {
        "name": f"{item.name[:240]}-copy",
        "description": item.attrs.get("Description") or item.name,
        "vpc": item.attrs.get("VpcId", ""),
        "tags": [
            {"key": key, "value": value}
            for key, value in item.tags.items()
            if key not in ("Name", OPERATION_TAG["Key"]) and not key.startswith("aws:")
        ],
        "inbound": [rules.row_of(rule, item.id) for rule in rules_now(item, INBOUND)],
        "outbound": [rules.row_of(rule, item.id) for rule in rules_now(item, OUTBOUND)],
    }


def risks(scope: Scope, values: Mapping[str, Any]) -> Iterable[Text]:
    yield from form.dangers(form.rules_in(values["inbound"]))


def notes(scope: Scope, values: Mapping[str, Any]) -> Iterable[Text]:
    vpc = _vpc(scope, values)
    for field in ("inbound", "outbound"):
        yield from form.oddities(form.rules_in(values[field]), scope, vpc.id if vpc else "")


@security_group.wizard(
    _("Create security group"),
    verb="create",
    form=CreateForm,
    icon="plus",
    submit=_("Create"),
    title=lambda values: _("Create security group %(name)s") % {"name": values["name"]},
    sections=(
        Section("group", _("Name and place"), ("name", "description", "vpc")),
        Section("inbound", _("Inbound rules"), ("inbound",), help=_("Who may reach what is in the group.")),
        Section("outbound", _("Outbound rules"), ("outbound",), help=_("Whom what is in the group may reach.")),
        Section("tags", _("Tags"), ("tags",)),
    ),
    initial=defaults,
    like=like,
    risks=risks,
    notes=notes,
    iam=(
        "ec2:CreateSecurityGroup",
        "ec2:CreateTags",
        *(f"ec2:{verb}SecurityGroup{way}" for verb in ("Authorize", "Revoke") for way in ("Ingress", "Egress")),
    ),
    example={
        "name": "api",
        "description": "What instances of the API take",
        "inbound": [{"protocol": "tcp", "ports": "443", "source": "0.0.0.0/0", "description": "HTTPS"}],
        "tags": [{"key": "env", "value": "prod"}],
    },
)
def create(scope: Scope, values: Mapping[str, Any]) -> Steps:
    name = values["name"]
    made = yield Step(
        "ec2.create_security_group",
        title=_now("Create security group %(name)s") % {"name": name},
        find=Find("ec2.describe_security_groups", "SecurityGroups[0]", {"Filters": by_operation()}),
        undo=lambda out: Step(
            "ec2.delete_security_group",
            title=_now("Delete security group %(name)s") % {"name": name},
            GroupId=out["GroupId"],
        ),
        touches=lambda out: [(security_group.kind, [out["GroupId"]])],
        GroupName=name,
        Description=values["description"],
        VpcId=values["vpc"] or None,
        TagSpecifications=[specification("security-group", as_aws(values["tags"]))],
    )
    if inbound := form.rules_in(values["inbound"]):
        yield _step("authorize", INBOUND, inbound, made, _now("Allow %(count)d inbound rules"), DUPLICATE)
    found = rules.change(given(scope, values), form.rules_in(values["outbound"]))
    # AWS gives a group this one, too, where the VPC has IPv6 of which the panel doesn't know yet.
    more = [rule for rule in found.added if rule.key == EVERYTHING6.key]
    for some in ([rule for rule in found.added if rule not in more], more):
        if some:
            yield _step("authorize", OUTBOUND, some, made, _now("Allow %(count)d outbound rules"), DUPLICATE)
    if found.removed:
        title = _now("Revoke what AWS allows every new group (%(count)d)")
        yield _step("revoke", OUTBOUND, list(found.removed), made, title, MISSING)
    if found.described:
        verb, title = "update_security_group_rule_descriptions", _now("Describe %(count)d outbound rules")
        yield _step(verb, OUTBOUND, [after for _before, after in found.described], made, title)
    return {"kind": security_group.kind, "ids": [made["GroupId"]]}


def _step(verb: str, part: str, found: list[Rule], made: Output, title: Text, already: tuple[str, ...] = ()) -> Step:
    call = f"{verb}_security_group" if verb in ("authorize", "revoke") else verb
    return Step(
        f"ec2.{call}_{WAYS[part]}",
        title=title % {"count": len(found)},
        already=already,
        repeat="safe",
        covered=True,
        touches=[(security_group.kind, [made["GroupId"]])],
        GroupId=made["GroupId"],
        IpPermissions=rules.permissions_of(found, made["GroupId"]),
    )
