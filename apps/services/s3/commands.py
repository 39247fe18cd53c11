"""What the AWS CLI takes differently from boto3."""

from collections.abc import Mapping
from typing import Any

from apps.services.s3 import s3


@s3.as_cli("s3.copy_object")
def copy_object(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The source is one text, `bucket/key`."""
    source = params["CopySource"]
    parts = [source["Bucket"], "/", source["Key"]]
    parts += ["?versionId=", source["VersionId"]] if source.get("VersionId") else []
    known = all(isinstance(part, str) for part in parts)
    return {**params, "CopySource": "".join(parts) if known else {"$join": parts}}
