"""Making launch templates and their versions, and launching from them."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Ref
from apps.catalog.items import Item
from apps.catalog.plans import OPERATION_TAG, Find, Same, Step, Steps, reaches
from apps.catalog.resources import Risk, Section
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2 import template_form
from apps.services.ec2.instances import instance
from apps.services.ec2.tags import specification
from apps.services.ec2.template_form import TemplateForm, VersionForm
from apps.services.ec2.templates import GUARD, VERSIONS, WHOLE, data_of, template, versions


@template.wizard(
    _("Create launch template"),
    form=TemplateForm,
    icon="plus",
    submit=_("Create launch template"),
    title=lambda values: _("Create launch template %(name)s") % {"name": values["name"]},
    sections=(
        Section("name", _("Name and tags"), ("name", "description", "tags")),
        Section("what", _("Image and type"), ("image", "type", "market")),
        Section("access", _("Access"), ("key_pair", "groups", "profile")),
        Section("storage", _("Storage"), ("root_size", "root_type")),
        Section(
            "advanced",
            _("Advanced"),
            ("termination_protection", "monitoring", "imds_required", "hop_limit", "user_data"),
            advanced=True,
        ),
    ),
    iam=("ec2:CreateLaunchTemplate", "ec2:CreateTags"),
    sight=GUARD,
    example={"name": "api-prod", "image": "ami-0d5f1c3e7b9a24680", "type": "t3.micro", "user_data": "#!/bin/sh\n"},
)
def create(scope: Scope, values: dict[str, Any]) -> Steps:
    said = {"name": values["name"]}
    tags = template_form.named(values)
    made = yield Step(
        "ec2.create_launch_template",
        title=_("Create launch template %(name)s") % said,
        undo=lambda out: Step(
            "ec2.delete_launch_template",
            title=_("Delete launch template %(name)s") % said,
            LaunchTemplateId=out["LaunchTemplate.LaunchTemplateId"],
        ),
        touches=lambda out: [(template.kind, out["LaunchTemplate.LaunchTemplateId"])],
        LaunchTemplateName=values["name"],
        VersionDescription=values["description"] or None,
        LaunchTemplateData=template_form.data(values, template_form.device_of(scope, values["image"]), tags),
        TagSpecifications=[specification("launch-template", tags)],
    )
    return {"kind": template.kind, "ids": [made["LaunchTemplate.LaunchTemplateId"]]}


@template.lead(_("Create Auto Scaling group"), to="autoscaling.group.create", icon="boxes")
def scaled(item: Item) -> dict[str, Any]:
    return {"launch_template": item.id}


@instance.lead(_("Create template from it"), to="ec2.launch-template.create", icon="file-code")
def from_instance(item: Item) -> dict[str, Any]:
    attrs = item.attrs
    fields = ("image", "type", "key_pair", "groups", "profile", "market", "imds_required", "hop_limit", "monitoring")
    known = {
        **{key: attrs.get(key) for key in ("ImageId", "InstanceType", "KeyName", "IamInstanceProfile")},
        "SecurityGroupIds": [group["GroupId"] for group in attrs.get("SecurityGroups") or ()],
        "MetadataOptions": attrs.get("MetadataOptions"),
        "InstanceMarketOptions": {"MarketType": attrs.get("InstanceLifecycle")},
        "Monitoring": {"Enabled": (attrs.get("Monitoring") or {}).get("State") == "enabled"},
    }
    said = template_form.like(known)
    return {key: said[key] for key in fields if said[key] not in ("", [], None)}


def _unseen(item: Item) -> Iterator[Text]:
    if data_of(item, "$Latest").get("UserData") is True:
        said = _now("The latest version has user data, which takes %(permission)s to be seen. Left empty, it stays.")
        yield said % {"permission": f"{item.kind}.{GUARD}"}


@template.action(
    _("New version"),
    verb="add-version",
    submit=_("Create version"),
    icon="git-branch",
    form=VersionForm,
    facts=(VERSIONS, WHOLE, "LatestVersionNumber"),
    like=lambda item: template_form.like(data_of(item, "$Latest")),
    warn=_unseen,
    iam="ec2:CreateLaunchTemplateVersion",
    help=_("What is left empty, and what this form does not ask, stays as the latest version has it."),
    example={"type": "t3.large", "description": "more memory"},
)
def add_version(item: Item, values: dict[str, Any]) -> Steps:
    known = data_of(item, "$Latest").get("BlockDeviceMappings") or [{}]
    wanted = template_form.data(values, known[0].get("DeviceName") or "/dev/xvda")
    yield Step(
        "ec2.create_launch_template_version",
        title=_("Create a version of %(name)s") % {"name": item.title},
        touches=[(template.kind, [item.id])],
        LaunchTemplateId=item.id,
        SourceVersion=str(item.attrs.get("LatestVersionNumber") or 1),
        VersionDescription=values["description"] or None,
        LaunchTemplateData=wanted,
    )


def _exists(form: Any, text: str) -> str:
    """A version that each target has. Raises ValidationError."""
    for item in form.items:
        known = {str(one["VersionNumber"]) for one in versions(item)}
        if known and text not in known | {"$Default", "$Latest"}:
            said = _now("%(name)s has no version %(version)s; it has %(known)s.")
            words = {"name": item.title, "version": text, "known": ", ".join(sorted(known, key=int))}
            raise forms.ValidationError(said % words)
    return text


class DefaultForm(forms.Form):
    version = forms.IntegerField(label=_("Default version"), min_value=1)

    items: tuple[Item, ...] = ()

    def clean_version(self) -> int:
        return int(_exists(self, str(self.cleaned_data["version"])))


@template.action(
    _("Set default version"),
    verb="set-default",
    submit=_("Save"),
    icon="check",
    form=DefaultForm,
    facts=(VERSIONS, "DefaultVersionNumber"),
    like=lambda item: {"version": item.attrs.get("LatestVersionNumber")},
    iam="ec2:ModifyLaunchTemplate",
    help=_("What launches from the default version, such as an Auto Scaling group, takes this one from then on."),
    example={"version": 2},
)
def set_default(item: Item, values: dict[str, Any]) -> Steps:
    before, wanted = str(item.attrs.get("DefaultVersionNumber")), str(values["version"])
    if before == wanted:
        return
    what, asked = _("The default version"), {"LaunchTemplateIds": [item.id]}
    path = "LaunchTemplates[0].DefaultVersionNumber"
    said = {"name": item.title, "before": before, "wanted": wanted}
    yield Step(
        "ec2.modify_launch_template",
        title=_("Make version %(wanted)s the default of %(name)s") % said,
        same=Same("ec2.describe_launch_templates", asked, path, item.attrs.get("DefaultVersionNumber"), what=what),
        touches=[(template.kind, [item.id])],
        undo=Step(
            "ec2.modify_launch_template",
            title=_("Make version %(before)s the default of %(name)s again") % said,
            LaunchTemplateId=item.id,
            DefaultVersion=before,
        ),
        LaunchTemplateId=item.id,
        DefaultVersion=wanted,
    )


class LaunchFromForm(forms.Form):
    version = forms.CharField(
        label=_("Version"), max_length=20, initial="$Default", help_text=_("$Default, $Latest or a number.")
    )
    name = forms.CharField(label=_("Name"), max_length=256, required=False)
    count = forms.IntegerField(label=_("Number of instances"), min_value=1, max_value=1000, initial=1)
    subnet = Ref("ec2.subnet", label=_("Subnet"), required=False, help_text=_("Empty: as the template says."))

    items: tuple[Item, ...] = ()

    def clean_version(self) -> str:
        return _exists(self, self.cleaned_data["version"])

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        for item in self.items if values.get("version") else ():
            known = data_of(item, values["version"])
            asks = [
                key
                for key in ("ImageId", "InstanceType")
                if not known.get(key) and not known.get("InstanceRequirements")
            ]
            if versions(item) and asks:
                said = _now("Version %(version)s of %(name)s names no %(what)s: nothing can be launched from it alone.")
                words = {"version": values["version"], "name": item.title, "what": ", ".join(asks)}
                self.add_error("version", said % words)
        return values


def _launched(item: Item, values: Mapping[str, Any]) -> Iterator[Text]:
    known = data_of(item, values["version"])
    if known.get("InstanceType"):
        said = _now("%(count)d × %(type)s from %(image)s are launched.")
        yield said % {"count": values["count"], "type": known["InstanceType"], "image": known.get("ImageId", "–")}


@template.action(
    _("Launch instances"),
    verb="launch",
    submit=_("Launch"),
    icon="play",
    main=True,
    form=LaunchFromForm,
    facts=(VERSIONS, "DefaultVersionNumber", "LatestVersionNumber"),
    means=_launched,
    also=lambda item, values, scope: [("launch", instance.item({"InstanceId": "-"}, item.account, item.region))],
    iam=("ec2:RunInstances", "ec2:CreateTags", "iam:PassRole"),
    example={"version": "$Default", "name": "api", "count": 2},
)
def launch(item: Item, values: dict[str, Any]) -> Steps:
    known = data_of(item, values["version"])
    said = {"count": values["count"], "name": item.title}
    alive = {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}
    mine = {"Name": f"tag:{OPERATION_TAG['Key']}", "Values": [OPERATION_TAG["Value"]]}
    tags = [{"Key": "Name", "Value": values["name"]}] if values["name"] else []
    yield Step(
        "ec2.run_instances",
        title=_("Launch %(count)d from %(name)s") % said,
        find=Find("ec2.describe_instances", "Reservations[0]", {"Filters": [mine, alive]}),
        until=lambda out: reaches(
            instance.kind, out["Instances[].InstanceId"], "running", bad={"terminated", "shutting-down"}
        ),
        undo=lambda out: Step(
            "ec2.terminate_instances",
            title=_("Terminate what was launched"),
            InstanceIds=out["Instances[].InstanceId"],
            until=reaches(instance.kind, out["Instances[].InstanceId"], "terminated", gone=True),
        ),
        touches=lambda out: [(instance.kind, out["Instances[].InstanceId"]), ("ec2.volume", None)],
        LaunchTemplate={"LaunchTemplateId": item.id, "Version": values["version"]},
        # Said again, so that the plan is priced and counted by what will run.
        InstanceType=known.get("InstanceType"),
        InstanceMarketOptions=known.get("InstanceMarketOptions"),
        MinCount=values["count"],
        MaxCount=values["count"],
        SubnetId=values["subnet"] or None,
        TagSpecifications=[specification("instance", tags)],
    )


@template.action(
    _("Delete"),
    icon="trash-2",
    risk=Risk.DESTROYS,
    iam="ec2:DeleteLaunchTemplate",
    warn=lambda item: [
        _now("All %(count)s versions of %(name)s go. What launches from it, such as an Auto Scaling group, fails then.")
        % {"count": item.attrs.get("LatestVersionNumber") or "", "name": item.title}
    ],
)
def delete(item: Item, values: dict[str, Any]) -> Steps:
    yield Step(
        "ec2.delete_launch_template",
        title=_("Delete launch template %(name)s") % {"name": item.title},
        touches=[(template.kind, [item.id])],
        LaunchTemplateId=item.id,
    )
