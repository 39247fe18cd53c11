"""Launch templates: the kind and its versions."""

from collections.abc import Iterable, Mapping
from difflib import unified_diff
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Named, Sheet, Shown, When
from apps.catalog.items import Item
from apps.catalog.reading import Part
from apps.catalog.resources import Call, Column, Resource, Tab
from apps.services.ec2 import INSTANCES, userdata
from apps.services.ec2.tags import taggable

VERSIONS, WHOLE = "Versions", "VersionsWithUserData"
SHEET = Sheet("versions", _("Versions"), rank=5)

GUARD = "read-user-data"
_READ, _PATH = "describe_launch_template_versions", "LaunchTemplateVersions"


def _asked(obj: Mapping[str, Any]) -> dict[str, Any]:
    return {"LaunchTemplateId": obj["LaunchTemplateId"], "MaxResults": 200}


def _newest_first(found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return sorted(map(dict, found), key=lambda one: -int(one["VersionNumber"]))


def _told(found: list[dict[str, Any]]) -> str:
    """The user data of each version, and what of it each changed; versions that have none are left out."""
    said, texts = [], {int(one["VersionNumber"]): _text_of(one) for one in found}
    for one in _newest_first(found):
        number = int(one["VersionNumber"])
        before = max((each for each in texts if each < number), default=0)
        name = _now("Version %(number)d, the default") if one.get("DefaultVersion") else _now("Version %(number)d")
        head = f"==> {name % {'number': number}} <=="
        if not texts[number] and not texts.get(before):
            continue
        if before and texts[before] == texts[number]:
            said.append(f"{head}\n" + _now("As in version %(before)d.") % {"before": before})
            continue
        said.append(f"{head}\n{texts[number].rstrip()}" if texts[number] else f"{head}\n" + _now("None."))
        if texts.get(before) and texts[number]:
            lines = unified_diff(texts[before].splitlines(), texts[number].splitlines(), lineterm="", n=0)
            changed = "\n".join(list(lines)[2:])
            said.append("--- " + _now("Changed since version %(before)d:") % {"before": before} + f"\n{changed}")
    return "\n\n".join(said)


def _text_of(version: Mapping[str, Any]) -> str:
    return userdata.shown((version.get("LaunchTemplateData") or {}).get("UserData") or "")


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
        Part(VERSIONS, _READ, _asked, _PATH, asked=True, veils=("UserData",)),
        Part(WHOLE, _READ, _asked, _PATH, asked=True, soft=True, guard=GUARD),
    ),
    tabs=(
        Tab(
            "user-data",
            _("User data"),
            f"ec2.{_READ}",
            lambda item: _asked(item.attrs),
            _PATH,
            _("None: no version tells an instance anything as it starts."),
            GUARD,
            read=_told,
            secret=True,
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
    """The newest first. User data is in them for who may read it; else true stands there where a version has some."""
    return _newest_first(item.attrs.get(WHOLE) or item.attrs.get(VERSIONS) or ())


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
        _now("User data"),
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
                bool(data.get("UserData")),
                When(one.get("CreateTime")),
            ]
        )
    return Shown(heads=heads, rows=rows)
