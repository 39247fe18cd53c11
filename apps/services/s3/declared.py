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
