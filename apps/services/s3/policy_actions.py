"""What a bucket policy can speak of: Amazon S3's actions on buckets and on objects, and condition keys and operators.

From the Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3", and the User Guide,
"Required permissions for Amazon S3 API operations". Tests hold it against botocore's operations.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from fnmatch import translate
from functools import lru_cache
from re import IGNORECASE, Pattern
from re import compile as compiled


def names(text: str) -> frozenset[str]:
    """Words of a text as a set."""
    return frozenset(text.split())


# On the bucket itself: arn:aws:s3:::bucket
BUCKET_READS = names(
    """GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketAbac GetBucketAcl GetBucketCORS GetBucketLocation
    GetBucketLogging GetBucketMetadataTableConfiguration GetBucketNotification GetBucketObjectLockConfiguration
    GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock GetBucketRequestPayment
    GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration
    GetIntelligentTieringConfiguration GetInventoryConfiguration GetLifecycleConfiguration GetMetricsConfiguration
    GetReplicationConfiguration ListTagsForResource"""
)
BUCKET_WRITES = names(
    """CreateBucketMetadataTableConfiguration DeleteBucketMetadataTableConfiguration PutAccelerateConfiguration
    PutAnalyticsConfiguration PutBucketAbac PutBucketCORS PutBucketLogging PutBucketNotification
    PutBucketObjectLockConfiguration PutBucketRequestPayment PutBucketTagging PutBucketVersioning PutBucketWebsite
    DeleteBucketWebsite PutEncryptionConfiguration PutIntelligentTieringConfiguration PutInventoryConfiguration
    PutLifecycleConfiguration PutMetricsConfiguration PutReplicationConfiguration TagResource UntagResource
    UpdateBucketMetadataAnnotationTableConfiguration UpdateBucketMetadataInventoryTableConfiguration
    UpdateBucketMetadataJournalTableConfiguration AllowVendedLogDeliveryForResource"""
)
BUCKET_ACCESS = names(
    """DeleteBucketPolicy PutBucketAcl PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock"""
)
BUCKET_LISTS = frozenset(["ListBucket", "ListBucketMultipartUploads", "ListBucketVersions"])
BUCKET = BUCKET_READS | BUCKET_WRITES | BUCKET_ACCESS | BUCKET_LISTS | {"CreateBucket", "DeleteBucket"}

# On objects: arn:aws:s3:::bucket/key
OBJECT = names(
    """AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectAnnotation DeleteObjectTagging
    DeleteObjectVersion DeleteObjectVersionAnnotation DeleteObjectVersionTagging GetObject GetObjectAcl
    GetObjectAnnotation GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging GetObjectTorrent
    GetObjectVersion GetObjectVersionAcl GetObjectVersionAnnotation GetObjectVersionAnnotationForReplication
    GetObjectVersionAttributes GetObjectVersionForReplication GetObjectVersionTagging GetObjectVersionTorrent
    InitiateReplication ListMultipartUploadParts ListObjectAnnotations ListObjectVersionAnnotations
    ObjectOwnerOverrideToBucketOwner PutObject PutObjectAcl PutObjectAnnotation PutObjectLegalHold PutObjectRetention
    PutObjectTagging PutObjectVersionAcl PutObjectVersionAnnotation PutObjectVersionTagging ReplicateDelete
    ReplicateObject ReplicateObjectAnnotation ReplicateTags RestoreObject UpdateObjectEncryption"""
)
EVERY = BUCKET | OBJECT

# Theirs is the account, an access point or a job: a bucket policy can't speak of them.
ELSEWHERE = names(
    """ListAllMyBuckets GetAccountPublicAccessBlock PutAccountPublicAccessBlock CreateJob DescribeJob ListJobs
    UpdateJobPriority UpdateJobStatus GetJobTagging PutJobTagging DeleteJobTagging CreateAccessPoint DeleteAccessPoint
    GetAccessPoint ListAccessPoints GetAccessPointPolicy PutAccessPointPolicy DeleteAccessPointPolicy
    GetAccessPointPolicyStatus PutAccessPointPublicAccessBlock CreateMultiRegionAccessPoint
    DeleteMultiRegionAccessPoint GetMultiRegionAccessPoint ListMultiRegionAccessPoints GetDataAccess CreateAccessGrant
    GetStorageLensConfiguration PutStorageLensConfiguration ListStorageLensConfigurations PauseReplication"""
)

# These can't be told apart from a mistake by their name alone, and are met often: an operation, and what it takes.
OPERATIONS = {
    "HeadObject": "GetObject",
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListParts": "ListMultipartUploadParts",
    "ListBuckets": "ListAllMyBuckets",
    "CopyObject": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "DeleteObjects": "DeleteObject",
    "SelectObjectContent": "GetObject",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "GetBucketReplication": "GetReplicationConfiguration",
    "PutBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketTagging": "PutBucketTagging",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
}

OPERATORS = names(
    """StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike
    NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan NumericGreaterThanEquals
    DateEquals DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan DateGreaterThanEquals Bool BinaryEquals
    IpAddress NotIpAddress ArnEquals ArnLike ArnNotEquals ArnNotLike Null"""
)
_OPERATOR = {name.lower(): name for name in OPERATORS}

KEYS = names(
    """s3:accessgrantsinstancearn s3:accesspointnetworkorigin s3:accesspointtag s3:buckettag s3:dataaccesspointaccount
    s3:dataaccesspointarn s3:existingobjecttag s3:inventoryaccessibleoptionalfields s3:locationconstraint
    s3:objectcreationoperation s3:requestobjecttag s3:requestobjecttagkeys s3:resourceaccount s3:tlsversion
    s3:authtype s3:delimiter s3:destinationregion s3:if-match s3:if-none-match s3:isreplicationpauserequest s3:max-keys
    s3:object-lock-legal-hold s3:object-lock-mode s3:object-lock-remaining-retention-days
    s3:object-lock-retain-until-date s3:prefix s3:signatureage s3:signatureversion s3:versionid s3:x-amz-acl
    s3:x-amz-content-sha256 s3:x-amz-copy-source s3:x-amz-grant-full-control s3:x-amz-grant-read
    s3:x-amz-grant-read-acp s3:x-amz-grant-write s3:x-amz-grant-write-acp s3:x-amz-metadata-directive
    s3:x-amz-object-ownership s3:x-amz-server-side-encryption s3:x-amz-server-side-encryption-aws-kms-key-id
    s3:x-amz-server-side-encryption-customer-algorithm s3:x-amz-storage-class
    s3:x-amz-website-redirect-location"""
)


@lru_cache(maxsize=1024)  # patterns are what people type
def matcher(pattern: str) -> Pattern[str]:
    """A pattern of a policy as a regular expression: `*` and `?` are the only marks, case doesn't count."""
    return compiled(translate(pattern.replace("[", "[[]")), IGNORECASE)


def expand(pattern: str) -> frozenset[str]:
    """The actions that `s3:Get*` or `*` means; none where it means none of a bucket's."""
    if pattern == "*":
        return EVERY
    prefix, _, name = pattern.partition(":")
    if prefix.lower() != "s3":
        return frozenset()
    wanted = matcher(name)
    return frozenset(action for action in EVERY if wanted.match(action))


def is_elsewhere(name: str) -> bool:
    """Whether it is an action of S3's, but none that a bucket policy can speak of."""
    return any(matcher(name).match(action) for action in ELSEWHERE)


def nearest(name: str, known: Iterable[str] = EVERY) -> str:
    """The known name that is most like it, or nothing."""
    lower = {one.lower(): one for one in known}
    found = get_close_matches(name.lower(), lower, 1, 0.6)
    return lower[found[0]] if found else ""


def operator(text: str) -> tuple[str, str, bool] | None:
    """(`ForAnyValue`, `ForAllValues` or nothing; the operator's name; whether it ends with IfExists), or None."""
    first, _, rest = text.rpartition(":")
    sets = {"foranyvalue": "ForAnyValue", "forallvalues": "ForAllValues", "": ""}
    if first.lower() not in sets or (":" in text and not first):
        return None
    if_exists = rest.lower().endswith("ifexists")
    name = _OPERATOR.get(rest[: -len("ifexists")].lower() if if_exists else rest.lower())
    if name is None or (if_exists and name == "Null"):
        return None
    return sets[first.lower()], name, if_exists
