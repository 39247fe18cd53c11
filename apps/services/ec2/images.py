"""Images: the account's own, and of the publishers those that the launch wizard offers first. Making them is in
image_copies.py, what can be changed of them in image_settings.py."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.catalog.items import Item
from apps.catalog.resources import Call, Column, Part, Related, Resource, State
from apps.catalog.text import Text
from apps.services.ec2 import INSTANCES
from apps.services.ec2.tags import taggable

# Owners as AWS documents them for "find an AMI": Amazon, Canonical, Debian.
PUBLISHERS = ("amazon", "099720109477", "136693071363")
QUICK_START = (
    "al2023-ami-2023*",
    "amzn2-ami-hvm-*",
    "ubuntu/images/hvm-ssd*/ubuntu-*-2*",
    "debian-1*",
    "Windows_Server-20*-English-Full-Base-*",
)


def platform(item: Item) -> str:
    """As AWS details it, or what follows from the Windows mark where it does not."""
    return str(
        item.attrs.get("PlatformDetails") or ("Windows" if item.attrs.get("Platform") == "windows" else "Linux/UNIX")
    )


ACCOUNT = "Account"  # the number of the AWS account whose list it is in


def is_own(item: Item) -> bool:
    """Whether the account that the image is seen in is its owner."""
    return bool(item.attrs.get("OwnerId")) and item.attrs.get("OwnerId") == item.attrs.get(ACCOUNT)


def not_own(item: Item) -> Text:
    """Why nothing can be changed of an image, for the actions that change one."""
    if is_own(item):
        return ""
    owner = item.attrs.get("ImageOwnerAlias") or item.attrs.get("OwnerId") or _("another account")
    return _("It belongs to %(owner)s; only its owner can change it.") % {"owner": owner}


def whose(item: Item) -> str:
    """As AWS's own filter has it: `self`, an alias such as `amazon`, or the owner's number."""
    return "self" if is_own(item) else str(item.attrs.get("ImageOwnerAlias") or item.attrs.get("OwnerId") or "")


def _permissions(obj: Mapping[str, Any]) -> dict[str, Any] | None:
    own = obj.get("OwnerId") == obj.get(ACCOUNT)
    return {"ImageId": obj["ImageId"], "Attribute": "launchPermission"} if own else None


image = Resource(
    kind="ec2.image",
    label=_("Image"),
    plural=_("Images"),
    group=INSTANCES,
    icon="image",
    fresh=3600,
    about=_("An image (AMI) is the disk that an instance starts from."),
    read=(
        Call(
            "describe_images",
            "Images[]",
            by_id="ImageIds",
            params={"Owners": ["self"]},
            missing=("InvalidAMIID.NotFound",),
        ),
        Call(
            "describe_images",
            "Images[]",
            params={
                "Owners": list(PUBLISHERS),
                "Filters": [{"Name": "name", "Values": list(QUICK_START)}, {"Name": "state", "Values": ["available"]}],
            },
        ),
    ),
    id="ImageId",
    name="Name",
    number=ACCOUNT,
    created="CreationDate",
    arn="arn:aws:ec2:{region}::image/{id}",
    state=State(
        "State",
        ok={"available"},
        busy={"pending", "transient"},
        idle={"deregistered", "disabled"},
        bad={"failed", "error", "invalid"},
    ),
    columns=(
        Column(_("Platform"), platform, key="platform", facet=True),
        Column(_("Architecture"), "Architecture", facet=True),
        Column(_("Owner"), whose, key="whose", facet=True),
        Column(_("Owner's account"), "OwnerId", key="owner", facet=True, hidden=True),
        Column(_("Root device"), "RootDeviceType", key="root", facet=True, hidden=True),
        Column(_("Virtualization"), "VirtualizationType", key="virtualization", facet=True, hidden=True),
        Column(_("Boot mode"), "BootMode", key="boot", facet=True, hidden=True),
        Column(_("Public"), "Public", facet=True, hidden=True),
        Column(_("Source instance"), "SourceInstanceId", key="source", ref="ec2.instance", hidden=True),
        Column(_("Deprecated from"), "DeprecationTime", key="deprecated", time=True, hidden=True),
        Column(_("Description"), "Description", hidden=True),
        Column(_("Created"), "CreationDate", key="created", time=True),
    ),
    parts=(
        Part("Permissions", "describe_image_attribute", _permissions, "LaunchPermissions", asked=True, unordered=True),
    ),
    related=(Related("ec2.snapshot", "BlockDeviceMappings[].Ebs.SnapshotId"),),
    example={
        "ImageId": "ami-0d5f1c3e7b9a24680",
        "Name": "al2023-ami-2023.5-x86_64",
        "State": "available",
        "Architecture": "x86_64",
        "RootDeviceName": "/dev/xvda",
        "RootDeviceType": "ebs",
        "OwnerId": "111122223333",
        ACCOUNT: "111122223333",
        "BlockDeviceMappings": [
            {
                "DeviceName": "/dev/xvda",
                "Ebs": {"VolumeSize": 8, "VolumeType": "gp3", "SnapshotId": "snap-0f1e2d3c4b5a69788"},
            }
        ],
    },
)

taggable(image)


@image.lead(_("Launch instance"), to="ec2.instance.launch", icon="play", when={"available"}, main=True)
def launch(item: Item) -> dict[str, Any]:
    arm = item.attrs.get("Architecture") == "arm64"
    return {"image": item.id} | ({"type": "t4g.micro"} if arm else {})
