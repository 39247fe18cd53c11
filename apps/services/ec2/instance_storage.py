"""The volumes of an instance, and which of them go with it."""

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Around, Named, Shown
from apps.catalog.items import Item
from apps.services.ec2.instance_tabs import STORAGE
from apps.services.ec2.instances import instance


@instance.card(STORAGE, _("Root device"), rank=10)
def root_card(item: Item) -> Shown:
    attrs = item.attrs
    facts = [
        (_now("Device"), attrs.get("RootDeviceName")),
        (_now("Type"), attrs.get("RootDeviceType")),
        (_now("EBS optimized"), attrs.get("EbsOptimized")),
    ]
    return Shown(facts=facts)


@instance.card(STORAGE, _("Volumes"), around=True, rank=20, empty=_("None is attached now."))
def volumes_card(item: Item, around: Around) -> Shown:
    heads = [
        *(_now("Volume"), _now("Device"), _now("Size"), _now("Type"), "IOPS"),
        *(_now("Encrypted"), _now("On termination")),
    ]
    rows = []
    for one in item.attrs.get("BlockDeviceMappings") or ():
        ebs = one.get("Ebs") or {}
        known = around.scope.get("ec2.volume", str(ebs.get("VolumeId") or ""))
        attrs = known.attrs if known else {}
        rows.append(
            (
                Named("ec2.volume", str(ebs.get("VolumeId") or "")),
                one.get("DeviceName"),
                f"{attrs['Size']} GiB" if attrs.get("Size") else None,
                attrs.get("VolumeType"),
                attrs.get("Iops"),
                attrs.get("Encrypted"),
                _now("Deleted") if ebs.get("DeleteOnTermination") else _now("Kept"),
            )
        )
    return Shown(heads=heads, rows=rows)
