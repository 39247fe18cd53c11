"""What an instance tells of itself: metadata to its own programs, monitoring to CloudWatch."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Shown
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps
from apps.catalog.text import Text
from apps.services.ec2.instances import instance
from apps.services.ec2.settings import SETTINGS, THERE
from apps.services.ec2.status import CHECKS

# Instance metadata


class MetadataForm(forms.Form):
    enabled = forms.BooleanField(label=_("Metadata service"), required=False, initial=True)
    imds_required = forms.BooleanField(
        label=_("Require IMDSv2"),
        required=False,
        help_text=_("Metadata only with a session token: protects the instance's role from request forgery."),
    )
    hop_limit = forms.IntegerField(
        label=_("Hop limit"),
        min_value=1,
        max_value=64,
        initial=2,
        help_text=_("1 keeps metadata from containers on the instance; most of these need 2."),
    )
    tags = forms.BooleanField(label=_("Tags in the metadata"), required=False)


def _options(item: Item) -> dict[str, Any]:
    return dict(item.attrs.get("MetadataOptions") or {})


def _like(item: Item) -> dict[str, Any]:
    now = _options(item)
    return {
        "enabled": now.get("HttpEndpoint", "enabled") == "enabled",
        "imds_required": now.get("HttpTokens") == "required",
        "hop_limit": now.get("HttpPutResponseHopLimit") or 1,
        "tags": now.get("InstanceMetadataTags") == "enabled",
    }


def _params(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "HttpEndpoint": "enabled" if values["enabled"] else "disabled",
        "HttpTokens": "required" if values["imds_required"] else "optional",
        "HttpPutResponseHopLimit": values["hop_limit"],
        "InstanceMetadataTags": "enabled" if values["tags"] else "disabled",
    }


def _risks(item: Item, values: Mapping[str, Any]) -> Iterator[Text]:
    now, said = _like(item), {"name": item.title}
    if now["enabled"] and not values["enabled"]:
        yield _now("Programs on %(name)s get neither metadata nor the credentials of its role any more.") % said
    elif values["imds_required"] and not now["imds_required"]:
        yield _now("Programs on %(name)s that know only IMDSv1 get no metadata and no credentials any more.") % said


@instance.action(
    _("Edit metadata options"),
    verb="edit-metadata",
    submit=_("Save"),
    icon="info",
    when=THERE,
    form=MetadataForm,
    facts=("MetadataOptions",),
    like=_like,
    risks=_risks,
    iam="ec2:ModifyInstanceMetadataOptions",
    example={"enabled": True, "imds_required": True, "hop_limit": 1, "tags": True},
)
def edit_metadata(item: Item, values: Mapping[str, Any]) -> Steps:
    before, wanted = _params(_like(item)), _params(values)
    if before == wanted:
        return
    yield Step(
        "ec2.modify_instance_metadata_options",
        title=_("Set the metadata options of %(name)s") % {"name": item.title},
        touches=[(item.kind, [item.id])],
        undo=Step(
            "ec2.modify_instance_metadata_options",
            title=_("Set the metadata options of %(name)s back") % {"name": item.title},
            InstanceId=item.id,
            **before,
        ),
        InstanceId=item.id,
        **wanted,
    )


@instance.card(SETTINGS, _("Instance metadata"), verbs=("edit-metadata",), rank=40)
def metadata_card(item: Item) -> Shown:
    now = _like(item)
    if not now["enabled"]:
        words, tone = _now("Off: programs on it get neither metadata nor credentials of its role."), "idle"
    elif now["imds_required"]:
        words, tone = _now("On, with session tokens only (IMDSv2)."), "ok"
    else:
        words, tone = _now("On, and without session tokens, too: request forgery may reach its role's keys."), "warn"
    facts = [(_now("Hop limit"), now["hop_limit"]), (_now("Tags in the metadata"), now["tags"])]
    return Shown(words=[words], tone=tone, facts=facts)


# Monitoring


class MonitoringForm(forms.Form):
    detailed = forms.BooleanField(
        label=_("Detailed monitoring"),
        required=False,
        help_text=_("CloudWatch every minute instead of every five, at extra cost."),
    )


def is_detailed(item: Item) -> bool:
    return (item.attrs.get("Monitoring") or {}).get("State") in ("enabled", "pending")


@instance.action(
    _("Edit monitoring"),
    verb="edit-monitoring",
    submit=_("Save"),
    icon="activity",
    when=THERE,
    form=MonitoringForm,
    facts=("Monitoring",),
    like=lambda item: {"detailed": is_detailed(item)},
    iam=("ec2:MonitorInstances", "ec2:UnmonitorInstances"),
    example={"detailed": True},
)
def edit_monitoring(item: Item, values: Mapping[str, Any]) -> Steps:
    if values["detailed"] == is_detailed(item):
        return
    said = {True: _("Monitor %(name)s every minute"), False: _("Monitor %(name)s every five minutes")}
    calls = {True: "ec2.monitor_instances", False: "ec2.unmonitor_instances"}
    wanted, before = values["detailed"], not values["detailed"]
    yield Step(
        calls[wanted],
        title=said[wanted] % {"name": item.title},
        repeat="safe",
        touches=[(item.kind, [item.id])],
        undo=Step(calls[before], title=said[before] % {"name": item.title}, repeat="safe", InstanceIds=[item.id]),
        InstanceIds=[item.id],
    )


@instance.card(CHECKS, _("Detailed monitoring"), verbs=("edit-monitoring",), rank=40)
def monitoring_card(item: Item) -> Shown:
    if is_detailed(item):
        return Shown(words=[_now("Detailed: CloudWatch has values of every minute.")], tone="ok")
    return Shown(words=[_now("Basic: CloudWatch has values of every five minutes.")], tone="idle")
