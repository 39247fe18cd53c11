"""Resources without an emulator, stored the way that a sync stores them."""

from datetime import UTC, datetime

from apps.catalog import registry
from apps.cloud import prices
from apps.inventory import measure_scans, rows, scans, store
from apps.inventory.models import Entry, MeasuredValue
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


def measure(account, region, values, kind="ec2.instance", key="cpu"):
    """What CloudWatch reported of these, by id: the points up to now."""
    with tenant_tx(account.tenant_id):
        ids = Entry.objects.filter(account_id=account.id, kind=kind, resource_id__in=values).values_list
        for entry, id in ids("id", "resource_id"):
            MeasuredValue.objects.update_or_create(
                tenant_id=account.tenant_id,
                entry_id=entry,
                key=key,
                defaults={
                    "account_id": account.id,
                    "kind": kind,
                    "region": region,
                    "points": values[id],
                    "last": values[id][-1],
                    "at": datetime(2026, 11, 20, 9, 5, tzinfo=UTC),
                },
            )


def unmeasured(account, region, error, kind="ec2.instance", key="cpu"):
    """CloudWatch refused to tell."""
    place = Place(account.tenant_id, account.id, region, kind)
    with tenant_tx(account.tenant_id):
        measure_scans.claim(place, [key])
        measure_scans.finish(place, [key], {region: error}, 900)
