"""Images: the account's own, those shared with it, and the publishers that the launch wizard offers first."""

from django.utils.translation import gettext_lazy as _

from apps.catalog.items import Item
from apps.catalog.resources import Call, Column, Resource, State
from apps.services.ec2 import INSTANCES

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
        Column(_("Owner"), "OwnerId", key="owner", facet=True, wide=True),
        Column(_("Root device"), "RootDeviceType", key="root", facet=True, hidden=True),
        Column(_("Virtualization"), "VirtualizationType", key="virtualization", facet=True, hidden=True),
        Column(_("Boot mode"), "BootMode", key="boot", facet=True, hidden=True),
        Column(_("Public"), "Public", facet=True, hidden=True),
        Column(_("Description"), "Description", hidden=True),
        Column(_("Created"), "CreationDate", key="created", time=True),
    ),
    example={
        "ImageId": "ami-0d5f1c3e7b9a24680",
        "Name": "al2023-ami-2023.5-x86_64",
        "State": "available",
        "Architecture": "x86_64",
        "RootDeviceName": "/dev/xvda",
        "RootDeviceType": "ebs",
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8, "VolumeType": "gp3"}}],
    },
)
