"""Launch templates: the kind and its versions."""

from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Named, Sheet, Shown, When
from apps.catalog.items import Item
from apps.catalog.reading import Part
from apps.catalog.resources import Call, Column, Resource
from apps.services.ec2 import INSTANCES
from apps.services.ec2.tags import taggable

VERSIONS = "Versions"
SHEET = Sheet("versions", _("Versions"), rank=5)

template = Resource(
    kind="ec2.launch-template",
    label=_("Launch template"),
    plural=_("Launch templates"),
    group=INSTANCES,
    icon="file-code",
    fresh=300,
    about=_("A launch template keeps what an instance is launched with, in versions."),
    read=Call(
        "describe_launch_templates",
        "LaunchTemplates[]",
        by_id="LaunchTemplateIds",
        missing=("InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.Malformed"),
    ),
    id="LaunchTemplateId",
    name="LaunchTemplateName",
    created="CreateTime",
    arn="arn:aws:ec2:{region}:{account}:launch-template/{id}",
    columns=(
        Column(_("Default version"), "DefaultVersionNumber", key="default", number=True),
        Column(_("Latest version"), "LatestVersionNumber", key="latest", number=True),
        Column(_("Made by"), "CreatedBy", key="by", hidden=True),
        Column(_("Created"), "CreateTime", key="created", time=True),
    ),
    parts=(
        Part(
            VERSIONS,
            "describe_launch_template_versions",
            lambda obj: {"LaunchTemplateId": obj["LaunchTemplateId"], "MaxResults": 200},
            "LaunchTemplateVersions",
            asked=True,
        ),
    ),
    example={
        "LaunchTemplateId": "lt-0a1b2c3d4e5f60718",
        "LaunchTemplateName": "api",
        "DefaultVersionNumber": 1,
        "LatestVersionNumber": 2,
        "Versions": [
            {
                "VersionNumber": 2,
                "LaunchTemplateData": {"InstanceType": "t3.small", "ImageId": "ami-0d5f1c3e7b9a24680"},
            },
            {
                "VersionNumber": 1,
                "DefaultVersion": True,
                "LaunchTemplateData": {"InstanceType": "t3.micro", "ImageId": "ami-0d5f1c3e7b9a24680"},
            },
        ],
    },
)
taggable(template)


def versions(item: Item) -> list[dict[str, Any]]:
    """The newest first."""
    return sorted(item.attrs.get(VERSIONS) or (), key=lambda one: -int(one["VersionNumber"]))


def data_of(item: Item, version: str) -> dict[str, Any]:
    """What a version says: of a number, `$Default` or `$Latest`. Empty where it isn't known."""
    number = {"$Default": item.attrs.get("DefaultVersionNumber"), "$Latest": item.attrs.get("LatestVersionNumber")}
    wanted = str(number.get(version, version))
    found = (one for one in versions(item) if str(one["VersionNumber"]) == wanted)
    return dict(next(found, {}).get("LaunchTemplateData") or {})


@template.card(SHEET, _("Versions"), part=VERSIONS, verbs=("launch", "add-version", "set-default"), rank=10)
def versions_card(item: Item) -> Shown:
    heads = [
        _now("Version"),
        _now("Default"),
        _now("Description"),
        _now("Image"),
        _now("Type"),
        _now("Key pair"),
        _now("Security groups"),
        _now("Created"),
    ]
    rows = []
    for one in versions(item):
        data = one.get("LaunchTemplateData") or {}
        rows.append(
            [
                str(one["VersionNumber"]),
                bool(one.get("DefaultVersion")),
                one.get("VersionDescription"),
                data.get("ImageId"),
                data.get("InstanceType"),
                Named("ec2.key-pair", data.get("KeyName") or ""),
                data.get("SecurityGroupIds"),
                When(one.get("CreateTime")),
            ]
        )
    return Shown(heads=heads, rows=rows)
