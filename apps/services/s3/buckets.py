"""Buckets: one list for all Regions; what is set on each comes from calls of its own."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.catalog.items import Item
from apps.catalog.metrics import Measure, Metric
from apps.catalog.plans import Same, Step
from apps.catalog.resources import Call, Column, Part, Resource
from apps.catalog.text import Text
from apps.services.s3 import STORAGE, access

# Each class of storage is a series of its own. Amazon S3 User Guide, "Amazon S3 metrics and dimensions".
STORAGE_TYPES = (
    *("StandardStorage", "StandardIAStorage", "OneZoneIAStorage", "ReducedRedundancyStorage", "ExpressOneZone"),
    *("IntelligentTieringFAStorage", "IntelligentTieringIAStorage", "IntelligentTieringAIAStorage"),
    *("GlacierInstantRetrievalStorage", "GlacierStorage", "DeepArchiveStorage"),
)

_CANONICAL = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"  # an example's


def _daily(name: str, label: Text, unit: Text, types: tuple[str, ...]) -> Metric:
    return Metric(name, label, "AWS/S3", "BucketName", unit=unit, fixed=tuple({"StorageType": one} for one in types))


def _bucket(obj: Mapping[str, Any]) -> dict[str, Any]:
    return {"Bucket": obj["Name"]}


def _part(key: str, operation: str, path: str = "", *absent: str) -> Part:
    return Part(key, operation, _bucket, path, absent)


def versioning(item: Item) -> str:
    """`Enabled`, `Suspended` or `Disabled`."""
    return str(item.attrs.get("Versioning", {}).get("Status") or "Disabled") if "Versioning" in item.attrs else ""


def same(item: Item, key: str, what: Text = "") -> Same:
    """That a part of a bucket is still what the plan was made from; the action needs it among its `facts`."""
    part = next(part for part in bucket.parts if part.key == key)
    params = part.params(item.attrs) or {}
    return Same(bucket.call_of(part), params, part.path, item.attrs.get(key), part.absent, what or key)


def setting(item: Item, key: str, call: str, *, title: str, what: Text = "", **params: Any) -> Step:
    """The step that writes a part of a bucket, if it still is what the plan was made from."""
    here = [(bucket.kind, [item.id])]
    return Step(call, title=title, touches=here, same=same(item, key, what), Bucket=item.id, **params)


bucket = Resource(
    kind="s3.bucket",
    label=_("Bucket"),
    plural=_("Buckets"),
    group=STORAGE,
    icon="database",
    scope="global",
    region="BucketRegion",
    fresh=600,
    about=_("A bucket holds objects: files of any size under keys of your choice."),
    # AWS tells a bucket's Region only when the request has a parameter.
    read=Call("list_buckets", "Buckets[]", params={"MaxBuckets": 1000}),
    id="Name",
    name="Name",
    created="CreationDate",
    arn="arn:aws:s3:::{id}",
    number="AccountId",
    parts=(
        _part("Versioning", "get_bucket_versioning"),
        _part(
            "Encryption",
            "get_bucket_encryption",
            "ServerSideEncryptionConfiguration.Rules[0]",
            "ServerSideEncryptionConfigurationNotFoundError",
        ),
        _part(
            "PublicAccessBlock",
            "get_public_access_block",
            "PublicAccessBlockConfiguration",
            "NoSuchPublicAccessBlockConfiguration",
        ),
        Part(
            "AccountBlock",
            "get_public_access_block",
            lambda obj: {"AccountId": obj.get("AccountId", "")},
            "PublicAccessBlockConfiguration",
            ("NoSuchPublicAccessBlockConfiguration",),
            api="s3control",
            shared=True,
        ),
        _part("Policy", "get_bucket_policy", "Policy", "NoSuchBucketPolicy"),
        _part("PolicyStatus", "get_bucket_policy_status", "PolicyStatus", "NoSuchBucketPolicy"),
        _part("Acl", "get_bucket_acl"),
        _part(
            "Ownership",
            "get_bucket_ownership_controls",
            "OwnershipControls.Rules[0].ObjectOwnership",
            "OwnershipControlsNotFoundError",
        ),
        _part("Tags", "get_bucket_tagging", "TagSet", "NoSuchTagSet"),
        _part("ObjectLock", "get_object_lock_configuration", "", "ObjectLockConfigurationNotFoundError"),
        _part("Lifecycle", "get_bucket_lifecycle_configuration", "", "NoSuchLifecycleConfiguration"),
        _part("Cors", "get_bucket_cors", "CORSRules", "NoSuchCORSConfiguration"),
        _part("Logging", "get_bucket_logging", "LoggingEnabled"),
        _part("Notifications", "get_bucket_notification_configuration"),
        _part("Website", "get_bucket_website", "", "NoSuchWebsiteConfiguration"),
    ),
    measures=(
        Measure(
            "size",
            _("Size"),
            _daily("BucketSizeBytes", _("Size"), "bytes", STORAGE_TYPES),
            window=3 * 86400,
            period=86400,
            curve=False,
        ),
        Measure(
            "objects",
            _("Objects"),
            _daily("NumberOfObjects", _("Objects"), "", ("AllStorageTypes",)),
            window=3 * 86400,
            period=86400,
            curve=False,
        ),
    ),
    columns=(
        Column(_("Access"), access.public, key="access", facet=True, part="PolicyStatus"),
        Column(_("Versioning"), versioning, key="versioning", facet=True, part="Versioning"),
        Column(
            _("Encryption"),
            "Encryption.ApplyServerSideEncryptionByDefault.SSEAlgorithm",
            key="encryption",
            facet=True,
            wide=True,
        ),
        Column(_("Created"), "CreationDate", key="created", time=True, wide=True),
        Column("ARN", lambda item: f"arn:aws:s3:::{item.id}", key="arn", copy=True, hidden=True),
    ),
    example={
        "Name": "acme-uploads",
        "BucketRegion": "eu-west-1",
        "AccountId": "111122223333",
        "CreationDate": "2025-03-01T09:00:00Z",
        "Versioning": {"Status": "Enabled"},
        "Encryption": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True},
        "PublicAccessBlock": {
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
        "PolicyStatus": {"IsPublic": False},
        "Ownership": "BucketOwnerPreferred",
        "Acl": {
            "Owner": {"ID": _CANONICAL},
            "Grants": [{"Grantee": {"Type": "CanonicalUser", "ID": _CANONICAL}, "Permission": "FULL_CONTROL"}],
        },
        "Policy": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:PutObject",'
        '"Principal":{"Service":"logging.s3.amazonaws.com"},"Resource":"arn:aws:s3:::acme-uploads/logs/*"}]}',
        "Website": {"IndexDocument": {"Suffix": "start.html"}},
        "Tags": [{"Key": "owner", "Value": "web"}],
    },
)
