"""Buckets and their settings as Terraform declares them."""

import json
from collections.abc import Mapping
from typing import Any

from apps.catalog.resources import snake
from apps.services.s3 import s3

Params = Mapping[str, Any]


@s3.as_terraform("s3.create_bucket", "aws_s3_bucket", name="Bucket")
def bucket(params: Params) -> dict[str, Any]:
    return {"bucket": params["Bucket"], "object_lock_enabled": params.get("ObjectLockEnabledForBucket")}


@s3.as_terraform("s3.create_bucket", "aws_s3_bucket_ownership_controls")
def first_ownership(params: Params) -> dict[str, Any] | None:
    found = params.get("ObjectOwnership")
    return {"bucket": params["Bucket"], "{rule}": {"object_ownership": found}} if found else None


@s3.as_terraform("s3.put_bucket_ownership_controls", "aws_s3_bucket_ownership_controls")
def ownership(params: Params) -> dict[str, Any]:
    rules = [{"object_ownership": rule["ObjectOwnership"]} for rule in params["OwnershipControls"]["Rules"]]
    return {"bucket": params["Bucket"], "{rule}": rules}


@s3.as_terraform("s3.put_public_access_block", "aws_s3_bucket_public_access_block")
def public_access_block(params: Params) -> dict[str, Any]:
    switches = params["PublicAccessBlockConfiguration"]
    return {"bucket": params["Bucket"], **{snake(name): value for name, value in switches.items()}}


@s3.as_terraform("s3.put_bucket_versioning", "aws_s3_bucket_versioning")
def versioning(params: Params) -> dict[str, Any]:
    return {
        "bucket": params["Bucket"],
        "{versioning_configuration}": {"status": params["VersioningConfiguration"]["Status"]},
    }


@s3.as_terraform("s3.put_bucket_encryption", "aws_s3_bucket_server_side_encryption_configuration")
def encryption(params: Params) -> dict[str, Any]:
    rules = []
    for rule in params["ServerSideEncryptionConfiguration"]["Rules"]:
        how = rule["ApplyServerSideEncryptionByDefault"]
        default = {"sse_algorithm": how["SSEAlgorithm"], "kms_master_key_id": how.get("KMSMasterKeyID")}
        rules.append(
            {
                "bucket_key_enabled": rule.get("BucketKeyEnabled"),
                "{apply_server_side_encryption_by_default}": default,
            }
        )
    return {"bucket": params["Bucket"], "{rule}": rules}


@s3.as_terraform("s3.put_bucket_tagging", "aws_s3_bucket", part="Bucket")
def tags(params: Params) -> dict[str, Any]:
    return {"tags": {tag["Key"]: tag["Value"] for tag in params["Tagging"]["TagSet"]}}


@s3.as_terraform("s3.put_bucket_policy", "aws_s3_bucket_policy")
def policy(params: Params) -> dict[str, Any]:
    return {"bucket": params["Bucket"], "policy": params["Policy"]}


@s3.as_terraform("s3.put_bucket_website", "aws_s3_bucket_website_configuration")
def website(params: Params) -> dict[str, Any]:
    wanted = params["WebsiteConfiguration"]
    index, error, all_to = (
        wanted.get(name, {}) for name in ("IndexDocument", "ErrorDocument", "RedirectAllRequestsTo")
    )
    return {
        "bucket": params["Bucket"],
        "{index_document}": index and {"suffix": index["Suffix"]},
        "{error_document}": error and {"key": error["Key"]},
        "{redirect_all_requests_to}": all_to and {"host_name": all_to["HostName"], "protocol": all_to.get("Protocol")},
        "routing_rules": json.dumps(wanted["RoutingRules"]) if wanted.get("RoutingRules") else None,
    }


def _block(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A structure of plain values."""
    return {snake(key): value for key, value in found.items()} if found else None


@s3.as_terraform("s3.put_bucket_cors", "aws_s3_bucket_cors_configuration")
def cors(params: Params) -> dict[str, Any]:
    return {
        "bucket": params["Bucket"],
        "{cors_rule}": [_block(each) for each in params["CORSConfiguration"]["CORSRules"]],
    }


def _grant(grant: Params) -> dict[str, Any]:
    who = grant["Grantee"]
    names = {"Type": "type", "ID": "id", "URI": "uri", "EmailAddress": "email_address"}
    return {"permission": grant["Permission"], "{grantee}": {names[key]: who[key] for key in names if who.get(key)}}


@s3.as_terraform("s3.put_bucket_acl", "aws_s3_bucket_acl")
def acl(params: Params) -> dict[str, Any]:
    wanted = params["AccessControlPolicy"]
    policy = {"{owner}": _block(wanted["Owner"]), "{grant}": [_grant(each) for each in wanted.get("Grants") or ()]}
    return {"bucket": params["Bucket"], "{access_control_policy}": policy}


@s3.as_terraform("s3.put_bucket_logging", "aws_s3_bucket_logging")
def logging(params: Params) -> dict[str, Any] | None:
    target = params["BucketLoggingStatus"].get("LoggingEnabled")
    if not target:
        return None
    form = target.get("TargetObjectKeyFormat") or {}
    return {
        "bucket": params["Bucket"],
        "target_bucket": target["TargetBucket"],
        "target_prefix": target["TargetPrefix"],
        "{target_grant}": [_grant(each) for each in target.get("TargetGrants") or ()],
        "{target_object_key_format}": {
            "{partitioned_prefix}": _block(form.get("PartitionedPrefix")),
            "{simple_prefix}": [{}] if "SimplePrefix" in form else None,
        }
        if form
        else None,
    }


@s3.as_terraform("s3.put_bucket_logging", "aws_s3_bucket_logging", gone=True)
def no_logging(params: Params) -> dict[str, Any] | None:
    return None if params["BucketLoggingStatus"].get("LoggingEnabled") else {"bucket": params["Bucket"]}


@s3.as_terraform("s3.put_bucket_lifecycle_configuration", "aws_s3_bucket_lifecycle_configuration")
def lifecycle(params: Params) -> dict[str, Any]:
    return {
        "bucket": params["Bucket"],
        "transition_default_minimum_object_size": params.get("TransitionDefaultMinimumObjectSize"),
        "{rule}": [_lifecycle_rule(each) for each in params["LifecycleConfiguration"]["Rules"]],
    }


def _lifecycle_rule(rule: Params) -> dict[str, Any]:
    found = rule.get("Filter")
    return {
        "id": rule.get("ID"),
        "status": rule["Status"],
        "prefix": rule.get("Prefix"),
        "{filter}": None if found is None else [_filter(found)],
        "{expiration}": _block(rule.get("Expiration")),
        "{transition}": [_block(each) for each in rule.get("Transitions") or ()],
        "{noncurrent_version_expiration}": _block(rule.get("NoncurrentVersionExpiration")),
        "{noncurrent_version_transition}": [_block(each) for each in rule.get("NoncurrentVersionTransitions") or ()],
        "{abort_incomplete_multipart_upload}": _block(rule.get("AbortIncompleteMultipartUpload")),
    }


def _filter(found: Params) -> dict[str, Any]:
    """Which objects: the one thing that they have in common, or all of several."""
    several = found.get("And")
    plain = {key: value for key, value in found.items() if key not in {"And", "Tag"}}
    return {
        **(_block(plain) or {}),
        "{tag}": _block(found.get("Tag")),
        "{and}": several
        and {
            **{snake(key): value for key, value in several.items() if key != "Tags"},
            "tags": {tag["Key"]: tag["Value"] for tag in several.get("Tags") or ()},
        },
    }


for _call in ("s3.copy_object", "s3.put_object", "s3.put_object_tagging"):
    s3.not_in_terraform(_call, "a bucket is declared, what people keep in it is not")
