"""Resources without an emulator, stored the way that a sync stores them."""

from apps.catalog import registry
from apps.cloud import prices
from apps.inventory import rows, scans, store
from apps.inventory.places import Place
from apps.tenancy.context import tenant_tx


def instance(n, *, name="", state="running", type="t3.micro", zone="a", region="us-east-1", **tags):
    pairs = {**({"Name": name} if name else {}), **tags}
    return {
        "InstanceId": f"i-{n:017x}",
        "InstanceType": type,
        "State": {"Name": state},
        "Placement": {"AvailabilityZone": f"{region}{zone}"},
        "PrivateIpAddress": f"10.0.{n // 256}.{n % 256}",
        "LaunchTime": f"2026-01-{1 + n % 28:02}T00:00:00Z",
        "Tags": [{"Key": key, "Value": value} for key, value in pairs.items()],
    }


def keep(account, region, objects, kind="ec2.instance"):
    """The scope holds exactly these."""
    resource = registry.resource(kind)
    place = Place(account.tenant_id, account.id, region, kind)
    book = prices.book(region)
    made = [rows.row(resource, resource.item(obj, str(account.id), region), book) for obj in objects]
    with tenant_tx(account.tenant_id):
        written = store.replace(place, made, scans.claim(place))
        scans.succeeded(place, written.count, resource.fresh)
    return written
