"""What the console's tests of objects share: buckets in the inventory of an organization, and their addresses."""

from urllib.parse import quote, urlencode

from tests.buckets import REGION


def base(account, bucket, region=REGION) -> str:
    """The address of a bucket's browser."""
    return f"/s3/buckets/{bucket}@{account.id}:{region}/objects/"


def at(path: str, **query: str) -> str:
    return f"{path}?{urlencode(query, quote_via=quote)}" if query else path
