"""What a launch template's version asks, and its data as AWS takes it (RequestLaunchTemplateData)."""

import base64
import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Ref, Refs
from apps.catalog.scope import Scope
from apps.catalog.tags import as_aws, check_unique, tag_rows
from apps.services.ec2 import userdata
from apps.services.ec2.launch_rules import root_mapping
from apps.services.ec2.volume_types import check_volume

PLAIN = ("gp3", "gp2", "standard")  # types that need no number of IOPS
NAME = re.compile(r"[a-zA-Z0-9().\-/_]+")


class VersionForm(forms.Form):
    """All but the image may be left to whoever launches from it; AWS asks for an image and a type then."""

    description = forms.CharField(label=_("Description of the version"), max_length=255, required=False)
    image = Ref("ec2.image", label=_("Image (AMI)"), required=False)
    type = Ref("ec2.instance-type", label=_("Instance type"), required=False)
    key_pair = Ref("ec2.key-pair", label=_("Key pair"), required=False)
    groups = Refs("ec2.security-group", label=_("Security groups"), required=False, most=5)
    profile = Ref("iam.instance-profile", label=_("Instance profile"), required=False)
    root_size = forms.IntegerField(label=_("Root volume, GiB"), min_value=1, max_value=65536, required=False)
    root_type = forms.ChoiceField(
        label=_("Root volume type"),
        choices=[("", _("As the image says")), *((name, name) for name in PLAIN)],
        required=False,
    )
    market = forms.ChoiceField(
        label=_("Purchase option"), choices=[("on-demand", _("On-Demand")), ("spot", "Spot")], initial="on-demand"
    )
    termination_protection = forms.BooleanField(label=_("Termination protection"), required=False)
    monitoring = forms.BooleanField(label=_("Detailed monitoring"), required=False)
    imds_required = forms.BooleanField(label=_("Require IMDSv2"), required=False, initial=True)
    hop_limit = forms.IntegerField(label=_("Metadata hop limit"), min_value=1, max_value=64, initial=2)
    user_data = userdata.UserData(help_text=_("Runs at the first start. At most 16 KiB."))

    scope: Scope | None = None

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        image = self.scope.get("ec2.image", values["image"]) if self.scope and values.get("image") else None
        size = self.scope.get("ec2.instance-type", values["type"]) if self.scope and values.get("type") else None
        offers = (size.attrs.get("ProcessorInfo") or {}).get("SupportedArchitectures") if size else None
        needs = image.attrs.get("Architecture") if image else None
        if size and offers and needs and needs not in offers:
            said = _now("%(type)s runs %(offers)s; the image is %(needs)s.")
            self.add_error("type", said % {"type": size.id, "offers": ", ".join(offers), "needs": needs})
        if values.get("root_type") or values.get("root_size"):
            check_volume(self, {"root_type": "gp3"} | {k: v for k, v in values.items() if v}, "root_")
            least = root_mapping(image)[1].get("VolumeSize") or 0
            if values.get("root_size") and values["root_size"] < least:
                said = _now("The image needs at least %(least)d GiB, not %(size)d.")
                self.add_error("root_size", said % {"least": least, "size": values["root_size"]})
        if values.get("market") == "spot" and values.get("termination_protection"):
            said = _now("A Spot Instance has no termination protection.")
            self.add_error("termination_protection", said)
        return values


class TemplateForm(VersionForm):
    name = forms.CharField(label=_("Name"), min_length=3, max_length=128)
    tags = tag_rows(tags=True, help_text=_("Applied to the template, and to instances and volumes launched from it."))

    field_order = ("name", "tags")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not NAME.fullmatch(name):
            said = _now("A launch template's name has letters, digits and ().-/_ only; this one is %(name)s.")
            raise forms.ValidationError(said % {"name": name})
        if self.scope and any(item.name == name for item in self.scope.find("ec2.launch-template", name=name)):
            said = _now("%(name)s exists already in this account and Region.")
            raise forms.ValidationError(said % {"name": name})
        return name

    def clean_tags(self) -> list[dict[str, str]]:
        tags: list[dict[str, str]] = self.cleaned_data["tags"]
        check_unique(tags)
        return tags


def device_of(scope: Scope, image: str) -> str:
    """The name of an image's root device."""
    return root_mapping(scope.get("ec2.image", image) if image else None)[0]


def data(values: Mapping[str, Any], device: str, tags: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """LaunchTemplateData; what is left open is left out. `device` is the root device's name."""
    text = values["user_data"]
    return {
        "ImageId": values["image"] or None,
        "InstanceType": values["type"] or None,
        "KeyName": values["key_pair"] or None,
        "SecurityGroupIds": values["groups"] or None,
        "IamInstanceProfile": {"Name": values["profile"]} if values["profile"] else None,
        "BlockDeviceMappings": _disks(values, device),
        "InstanceMarketOptions": {"MarketType": "spot"} if values["market"] == "spot" else None,
        "DisableApiTermination": values["termination_protection"] or None,
        "Monitoring": {"Enabled": True} if values["monitoring"] else None,
        "MetadataOptions": {
            "HttpTokens": "required" if values["imds_required"] else "optional",
            "HttpPutResponseHopLimit": values["hop_limit"],
        },
        "UserData": base64.b64encode(text.encode()).decode() if text else None,
        "TagSpecifications": [{"ResourceType": kind, "Tags": tags} for kind in ("instance", "volume")]
        if tags
        else None,
    }


def _disks(values: Mapping[str, Any], device: str) -> list[dict[str, Any]] | None:
    ebs = {"VolumeSize": values["root_size"], "VolumeType": values["root_type"] or None}
    said = {key: value for key, value in ebs.items() if value}
    return [{"DeviceName": device, "Ebs": said}] if said else None


def like(known: Mapping[str, Any]) -> dict[str, Any]:
    """The form's values from a version's data."""
    metadata = known.get("MetadataOptions") or {}
    written = known.get("UserData")
    ebs = next(((each.get("Ebs") or {}) for each in known.get("BlockDeviceMappings") or ()), {})
    try:
        text = userdata.decoded(written) if isinstance(written, str) else ""
    except ValueError:
        text = ""
    profile = known.get("IamInstanceProfile") or {}
    return {
        "image": known.get("ImageId") or "",
        "type": known.get("InstanceType") or "",
        "key_pair": known.get("KeyName") or "",
        "groups": known.get("SecurityGroupIds") or [],
        "profile": profile.get("Name") or str(profile.get("Arn") or "").rpartition("/")[2],
        "root_size": ebs.get("VolumeSize"),
        "root_type": ebs.get("VolumeType") or "",
        "market": "spot" if (known.get("InstanceMarketOptions") or {}).get("MarketType") == "spot" else "on-demand",
        "termination_protection": bool(known.get("DisableApiTermination")),
        "monitoring": bool((known.get("Monitoring") or {}).get("Enabled")),
        "imds_required": metadata.get("HttpTokens", "required") == "required",
        "hop_limit": metadata.get("HttpPutResponseHopLimit") or 2,
        "user_data": text,
    }


def named(values: Mapping[str, Any]) -> list[dict[str, str]]:
    return as_aws(values["tags"])
