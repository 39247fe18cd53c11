"""Instance types: what AWS offers in a Region."""

from django.utils.translation import gettext_lazy as _

from apps.catalog.costs import HOURS, Book, CostPart
from apps.catalog.items import Item
from apps.catalog.resources import Call, Column, Resource
from apps.services.ec2 import INSTANCES


def memory(item: Item) -> float:
    """GiB."""
    return round(int((item.attrs.get("MemoryInfo") or {}).get("SizeInMiB", 0)) / 1024, 2)


def vcpus(item: Item) -> int:
    return int((item.attrs.get("VCpuInfo") or {}).get("DefaultVCpus", 0))


def cost(item: Item, book: Book) -> tuple[CostPart, ...]:
    """What one costs that runs all month: the price of the type, not a running cost."""
    hour = book.instance(item.id)
    return (CostPart(_("Compute, 730 h"), None if hour is None else hour * HOURS),)


instance_type = Resource(
    kind="ec2.instance-type",
    label=_("Instance type"),
    plural=_("Instance types"),
    group=INSTANCES,
    icon="gauge",
    billed=False,
    fresh=86400,
    about=_("The sizes of instance that AWS offers in the Region."),
    read=Call("describe_instance_types", "InstanceTypes[]", by_id="InstanceTypes", missing=("InvalidInstanceType",)),
    id="InstanceType",
    name="InstanceType",
    tags="",
    columns=(
        Column("vCPU", vcpus, key="vcpu", number=True),
        Column(_("Memory"), memory, key="memory", unit="GiB", number=True),
        Column(_("Architecture"), "ProcessorInfo.SupportedArchitectures", key="architecture", facet=True),
        Column(_("Network"), "NetworkInfo.NetworkPerformance", key="network"),
        Column(_("Current generation"), "CurrentGeneration", key="current", facet=True, wide=True),
        Column(_("Bare metal"), "BareMetal", facet=True, hidden=True),
        Column(_("Burstable"), "BurstablePerformanceSupported", key="burstable", facet=True, hidden=True),
        Column(_("Free tier"), "FreeTierEligible", key="free_tier", facet=True, hidden=True),
    ),
    monthly_cost=cost,
    example={
        "InstanceType": "t3.micro",
        "VCpuInfo": {"DefaultVCpus": 2},
        "MemoryInfo": {"SizeInMiB": 1024},
        "ProcessorInfo": {"SupportedArchitectures": ["x86_64"]},
    },
)
