"""Cross-origin rules: which pages of other origins a browser lets talk to a bucket. Pure functions over AWS's rules.

A request is judged by the first rule that names its origin, its method and all headers it asks to send; what the page
may read of the answer's headers that rule says too (Amazon S3 User Guide, "Elements of a CORS configuration").
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Rule = Mapping[str, Any]

MOST_RULES = 100
MOST_SIZE = 64 * 1024  # bytes of the whole configuration
METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")
ID = "northgate-uploads"
_CHECKSUMS = ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256")

# What the panel's pages need to send a file's parts straight to the bucket and to know that they arrived whole.
UPLOAD_METHODS = ("PUT", "GET", "HEAD")
UPLOAD_HEADERS = ("*",)
UPLOAD_EXPOSES = ("ETag", *(f"x-amz-checksum-{each.lower()}" for each in _CHECKSUMS))
UPLOAD_AGE = 3600  # seconds


def allows(
    rules: Iterable[Rule], origin: str, method: str, headers: Iterable[str] = (), exposes: Iterable[str] = ()
) -> bool:
    """Whether a page of the origin may make such a request with these headers, and read those of the answer."""
    for rule in rules:
        if not any(_fits(pattern, origin) for pattern in rule.get("AllowedOrigins") or ()):
            continue
        if method not in (rule.get("AllowedMethods") or ()):
            continue
        allowed = [pattern.lower() for pattern in rule.get("AllowedHeaders") or ()]
        if not all(any(_fits(pattern, header.lower()) for pattern in allowed) for header in headers):
            continue
        exposed = {header.lower() for header in rule.get("ExposeHeaders") or ()}
        return all(header.lower() in exposed for header in exposes)
    return False


def allows_uploads(rules: Sequence[Rule], origin: str) -> bool:
    """Whether the panel's pages, which are of that origin, can upload straight to the bucket."""
    sent = ("content-type", "x-amz-checksum-crc32", "x-amz-meta-any")
    return all(allows(rules, origin, method, sent, UPLOAD_EXPOSES) for method in UPLOAD_METHODS)


def merged(rules: Sequence[Rule], origin: str) -> list[Rule]:
    """The rules with what uploads from pages of the origin need; as they are where that is so already.

    The bucket's own rules stay as they are. The panel's comes before them: a wider one might not let the pages read
    what they need to.
    """
    if allows_uploads(rules, origin):
        return list(rules)
    mine = next((rule for rule in rules if rule.get("ID") == ID), None)
    origins = [*(mine["AllowedOrigins"] if mine else ()), origin]
    ours = {
        "ID": ID,
        "AllowedOrigins": list(dict.fromkeys(origins)),
        "AllowedMethods": list(UPLOAD_METHODS),
        "AllowedHeaders": list(UPLOAD_HEADERS),
        "ExposeHeaders": list(UPLOAD_EXPOSES),
        "MaxAgeSeconds": UPLOAD_AGE,
    }
    return [ours, *(rule for rule in rules if rule is not mine)]


def _fits(pattern: str, text: str) -> bool:
    """`*` stands for anything, once."""
    before, star, after = pattern.partition("*")
    if not star:
        return pattern == text
    return len(text) >= len(before) + len(after) and text.startswith(before) and text.endswith(after)


_ORIGIN = re.compile(r"https?://(?P<host>[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?", re.IGNORECASE)


def is_origin(text: str) -> bool:
    """Whether it is what a browser sends as `Origin`: scheme, host and port alone."""
    return bool(_ORIGIN.fullmatch(text))
