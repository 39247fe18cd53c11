"""The demo company's buckets, each with something in it to look at, and what is set on it."""

import json
import struct
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .fleet import DEVELOPMENT, PRODUCTION, STAGING, TIDEWATER

PORTS = ("Rotterdam", "Singapore", "Yokohama", "Newark", "Felixstowe", "Santos", "Busan", "Durban")


@dataclass(frozen=True)
class Bucket:
    account: str
    region: str
    name: str
    objects: Callable[[], Iterator[tuple[str, bytes, str]]]
    versioning: bool = False
    tags: dict[str, str] = field(default_factory=dict)
    days: int = 0  # after which objects go, by a lifecycle rule


def _manifests() -> Iterator[tuple[str, bytes, str]]:
    for month in range(1, 11):
        for n, port in enumerate(PORTS):
            rows = "\n".join(f"HFSU{month:02d}{n}{i:04d},{port},{20 + i % 7},{180 * i % 2600}" for i in range(40))
            text = f"container,port,feet,kilograms\n{rows}\n"
            yield f"manifests/2026/{month:02d}/{port.lower()}.csv", text.encode(), "text/csv"


def _site() -> Iterator[tuple[str, bytes, str]]:
    page = "<!doctype html><title>Harbour Freight Systems</title><h1>Where is my container?</h1>"
    yield "index.html", page.encode(), "text/html"
    yield "error.html", b"<!doctype html><title>Not here</title><h1>Not here</h1>", "text/html"
    for n, port in enumerate(PORTS):
        yield f"images/{port.lower()}.png", _png(96, 64, (20 + 25 * n, 90, 190 - 15 * n)), "image/png"
    yield "assets/map.json", json.dumps({"ports": [{"name": port} for port in PORTS]}).encode(), "application/json"


def _logs() -> Iterator[tuple[str, bytes, str]]:
    for day in range(1, 21):
        lines = "".join(f"2026-11-{day:02d}T{hour:02d}:00:00Z GET /track {200}\n" for hour in range(24))
        yield f"access/2026/11/{day:02d}.log", lines.encode(), "text/plain"


def _uploads() -> Iterator[tuple[str, bytes, str]]:
    for n in range(30):
        yield f"inbox/customer-{n:03d}/bill of lading {n}.txt", f"Bill of lading {n}\n".encode(), "text/plain"
    yield "inbox/été à l’ouest/manifeste “final”.txt", "Tout est à bord.\n".encode(), "text/plain"


def _scratch() -> Iterator[tuple[str, bytes, str]]:
    for name in ("alice", "haruka", "tom"):
        yield f"{name}/notes.md", f"# {name}\n\n- try the new tracker\n".encode(), "text/markdown"
        yield f"{name}/sample.json", json.dumps({"who": name, "tries": 3}).encode(), "application/json"


BUCKETS = (
    Bucket(PRODUCTION, "us-east-1", "harbour-manifests", _manifests, True, {"owner": "orders", "env": "production"}),
    Bucket(PRODUCTION, "eu-west-1", "harbour-uploads-eu", _uploads, True, {"owner": "web", "env": "production"}),
    Bucket(PRODUCTION, "us-east-1", "harbour-access-logs", _logs, False, {"owner": "platform"}, days=90),
    Bucket(PRODUCTION, "us-east-1", "harbour-www", _site, False, {"owner": "web", "env": "production"}),
    Bucket(STAGING, "us-east-1", "harbour-staging-uploads", _uploads, False, {"owner": "web", "env": "staging"}),
    Bucket(STAGING, "us-east-1", "harbour-staging-www", _site, False, {"owner": "web", "env": "staging"}),
    Bucket(DEVELOPMENT, "us-east-1", "harbour-scratch", _scratch, False, {"owner": "platform"}, days=30),
    Bucket(TIDEWATER, "us-east-1", "tidewater-reports", _logs, True, {"owner": "ops"}),
)


def build(client: Callable[[str, str, str], Any], now: datetime) -> int:
    """Makes them all; `client(service, account, region)` answers one. Returns how many objects."""

    def make(bucket: Bucket) -> int:
        count, size = _fill(client("s3", bucket.account, bucket.region), bucket)
        _measure(client("cloudwatch", bucket.account, bucket.region), bucket.name, count, size, now)
        return count

    with ThreadPoolExecutor(4) as pool:
        return sum(pool.map(make, BUCKETS))


def _measure(cloudwatch: Any, name: str, count: int, size: int, now: datetime) -> None:
    """As S3 reports once a day, for midnight."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    data = [
        {
            "MetricName": metric,
            "Dimensions": [{"Name": "BucketName", "Value": name}, {"Name": "StorageType", "Value": storage}],
            "Timestamp": day - timedelta(days=back),
            "Value": float(value),
            "Unit": unit,
        }
        for metric, storage, value, unit in (
            ("BucketSizeBytes", "StandardStorage", size, "Bytes"),
            ("NumberOfObjects", "AllStorageTypes", count, "Count"),
        )
        for back in range(3)
    ]
    cloudwatch.put_metric_data(Namespace="AWS/S3", MetricData=data)


def _fill(s3: Any, bucket: Bucket) -> tuple[int, int]:
    where = {} if bucket.region == "us-east-1" else {"LocationConstraint": bucket.region}
    s3.create_bucket(Bucket=bucket.name, **({"CreateBucketConfiguration": where} if where else {}))
    tags = [{"Key": key, "Value": value} for key, value in bucket.tags.items()]
    s3.put_bucket_tagging(Bucket=bucket.name, Tagging={"TagSet": tags})
    if bucket.versioning:
        s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    if bucket.days:
        rule = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": bucket.days}}
        s3.put_bucket_lifecycle_configuration(Bucket=bucket.name, LifecycleConfiguration={"Rules": [rule]})
    count = size = 0
    for key, body, kind in bucket.objects():
        s3.put_object(Bucket=bucket.name, Key=key, Body=body, ContentType=kind)
        count, size = count + 1, size + len(body)
    return count, size


def _png(width: int, height: int, color: tuple[int, int, int]) -> bytes:
    """A picture of one colour, which fades downwards."""
    rows = b"".join(b"\0" + bytes(int(part * (1 - y / height / 2)) for part in color) * width for y in range(height))

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
