"""The launch template that a group launches from: choosing one and its version, and changing it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Ref
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.autoscaling.groups import STEADY, UPDATING, group, instances, template

_VERSION = re.compile(r"\$Latest|\$Default|[1-9]\d{0,17}")


def template_field() -> Ref:
    return Ref("ec2.launch-template", label=_("Launch template"))


def version_field() -> forms.CharField:
    return forms.CharField(
        label=_("Version"), max_length=20, initial="$Default", help_text=_("A number, $Default or $Latest.")
    )


def check_version(form: forms.Form, values: Mapping[str, Any], scope: Scope | None) -> None:
    """That the version is one, and that the template has it."""
    id, version = values.get("launch_template"), values.get("version") or ""
    if version and not _VERSION.fullmatch(version):
        said = _now("A version is a number, $Default or $Latest, not %(text)s.")
        form.add_error("version", said % {"text": version})
        return
    found = scope.get("ec2.launch-template", id) if scope and id else None
    latest = found.attrs.get("LatestVersionNumber") if found else None
    if found and version.isdecimal() and isinstance(latest, int) and int(version) > latest:
        words = {"name": found.title, "version": version, "latest": latest}
        said = _now("%(name)s has versions up to %(latest)d, not %(version)s.")
        form.add_error("version", said % words)


def specification(values: Mapping[str, Any]) -> dict[str, str]:
    return {"LaunchTemplateId": values["launch_template"], "Version": values["version"]}


class TemplateForm(forms.Form):
    launch_template = template_field()
    version = version_field()

    items: tuple[Item, ...] = ()
    scope: Scope | None = None

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        check_version(self, values, self.scope)
        for item in self.items:
            if item.attrs.get("MixedInstancesPolicy"):
                said = _now("%(name)s mixes instance types: its launch template is set in AWS's console.")
                self.add_error(None, said % {"name": item.title})
        return values


def means(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    words = {"name": item.title, "count": len(instances(item))}
    yield _now("What %(name)s launches from now on is so. Its %(count)d instances stay until a refresh.") % words


@group.action(
    _("Edit launch template"),
    verb="edit-template",
    submit=_("Save"),
    icon="file-code",
    when={STEADY, UPDATING},
    form=TemplateForm,
    facts=("LaunchTemplate", "MixedInstancesPolicy", "Instances"),
    like=lambda item: {
        "launch_template": template(item).get("LaunchTemplateId", ""),
        "version": template(item).get("Version") or "$Default",
    },
    means=means,
    iam=("autoscaling:UpdateAutoScalingGroup", "ec2:RunInstances"),
    example={"launch_template": "lt-0a1b2c3d4e5f60718", "version": "$Latest"},
)
def edit_template(item: Item, values: Mapping[str, Any]) -> Steps:
    now, wanted = template(item), specification(values)
    before = {key: now[key] for key in ("LaunchTemplateId", "Version") if now.get(key)}
    if before == wanted:
        return

    def written(found: Mapping[str, str], title: Text) -> Step:
        return Step(
            "autoscaling.update_auto_scaling_group",
            title=title,
            repeat="safe",
            touches=[(item.kind, [item.id])],
            AutoScalingGroupName=item.id,
            LaunchTemplate=dict(found),
        )

    words = {"name": item.title, "template": values["launch_template"], "version": values["version"]}
    step = written(wanted, _("Launch %(name)s from %(template)s, version %(version)s") % words)
    step.undo = written(before, _("Write the launch template back")) if "LaunchTemplateId" in before else None
    yield step
