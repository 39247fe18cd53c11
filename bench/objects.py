"""A bucket of 100,000 keys, and how long its first rows take against the listing itself."""

import http.client
import statistics
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote, urlsplit

from apps.catalog import registry
from apps.cloud import objects, prices
from apps.cloud.credentials import sealed_keys
from apps.cloud.models import Account, Credential, Status
from apps.demo import privileges
from apps.inventory import places, rows, scans, store
from apps.tenancy.context import tenant_tx
from bench import world
from bench.house import House
from bench.pages import PARTIAL

NUMBER, BUCKET, REGION = "777777777777", "bench-objects", "us-east-1"
FLAT, FOLDERS, EACH = 50_000, 50, 1_000


def fill(house: House) -> None:
    """Starts the emulator on a folder that has the keys: putting them one by one takes most of a minute."""
    home = privileges.home(house.folder, "cloud", privileges.demo_cloud_account())
    root = home / "s3" / NUMBER / BUCKET
    root.mkdir(parents=True)
    keys = [f"file-{n:06}.log" for n in range(FLAT)]
    for n in range(FOLDERS):
        (root / f"day-{n:02}").mkdir()
        keys += [f"day-{n:02}/event-{m:04}.json" for m in range(EACH)]
    for key in keys:
        (root / key).write_bytes(b"x")
    house.objects({"S3_PERSIST": "1"})


def compared(house: House, rounds: int) -> Iterator[tuple[str, float, float]]:
    """(what, ours, the listing's own time), medians in milliseconds, each in turn with its floor."""
    made = world.make("objects", house.url("aws"), {})
    account = connect(made, house.url("s3"), BUCKET)
    base = f"/s3/buckets/{BUCKET}@{account.id}:{REGION}/objects/"
    session = {"Cookie": f"sessionid={made.cookie}"}
    page, part = _asks(house.url("web"), session), _asks(house.url("web"), session | PARTIAL)
    emulator = _asks(house.url("s3"), {})
    cursor = _middle(account)
    views = (
        ("first rows of 100,000 keys, with the page", "", {}),
        ("rows in the middle of 100,000 keys", f"?after={quote(cursor)}", {"ContinuationToken": cursor}),
        ("rows of a folder among 100,000 keys", "?prefix=day-07/", {"Prefix": "day-07/"}),
    )
    for what, query, more in views:
        params = {"Bucket": BUCKET, "Delimiter": "/", "MaxKeys": 100, **more}
        floor = objects.presign(account, REGION, "list_objects_v2", params, seconds=3600)
        listing = floor.removeprefix(house.url("s3"))
        ours, own = [], []
        for _ in range(rounds):
            own.append(emulator(listing))
            ours.append(part(base + query) + (0 if query else page(base)))
        yield what, statistics.median(ours), statistics.median(own)


def _middle(account: Account) -> str:
    """The cursor of a page far into the keys."""
    found = objects.listing(account, REGION, BUCKET, "file-0250", delimiter="", limit=1)
    return found.next


def connect(made: world.World, endpoint: str, bucket: str) -> Account:
    """An account whose inventory has the bucket."""
    account = Account(
        tenant_id=made.tenant_id,
        name="objects",
        number=NUMBER,
        environment="development",
        regions=[REGION],
        credential=Credential.KEYS,
        endpoints={"*": endpoint},
        status=Status.CONNECTED,
    )
    account.secret = sealed_keys(account, NUMBER, "test")
    resource = registry.resource("s3.bucket")
    found = dict(resource.example) | {"Name": bucket, "BucketRegion": REGION}
    items = rows.read_items(resource, [found], str(account.id), REGION)
    place = places.Place(account.tenant_id, account.id, "global", resource.kind)
    with tenant_tx(account.tenant_id):
        account.save()
        claim = scans.claim(place)
        written = store.replace(place, [rows.row(resource, one, prices.book(REGION)) for one in items.values()], claim)
        scans.succeeded(place, written.count, world.FRESH)
    return account


def _asks(origin: str, headers: dict[str, str]) -> Callable[[str], float]:
    """ask(path) over a kept-alive connection: milliseconds until the whole answer is there."""
    parts = urlsplit(origin)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port)

    def ask(path: str) -> float:
        start = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:200]!r}")
        return (time.perf_counter() - start) * 1000

    return ask
