"""What the AWS CLI takes differently from boto3."""

from collections.abc import Mapping
from typing import Any

from apps.services.ec2 import ec2


@ec2.as_cli("ec2.run_instances")
def count_option(params: Mapping[str, Any]) -> dict[str, Any]:
    """The AWS CLI joins MinCount and MaxCount in --count."""
    rest = {
        key: value
        for key, value in _turned(params, "DisableApiTermination", "EnableApiTermination").items()
        if key not in {"MinCount", "MaxCount"}
    }
    least, most = params["MinCount"], params["MaxCount"]
    return rest | {"Count": most if least == most else f"{least}:{most}"}


@ec2.as_cli("ec2.import_key_pair")
def key_file(params: Mapping[str, Any]) -> dict[str, Any]:
    """The AWS CLI reads the public key from a file."""
    return dict(params) | {"PublicKeyMaterial": f"fileb://{params['KeyName']}.pub"}


def _opposite(call: str, name: str, other: str) -> None:
    """The option that says false has a name of its own there."""

    @ec2.as_cli(call)
    def turn(params: Mapping[str, Any]) -> dict[str, Any]:
        return _turned(params, name, other)


def _turned(params: Mapping[str, Any], name: str, other: str) -> dict[str, Any]:
    if params.get(name) is not False:
        return dict(params)
    return {key: value for key, value in params.items() if key != name} | {other: True}


_opposite("ec2.create_image", "NoReboot", "Reboot")
for verb in ("create", "delete", "replace"):
    _opposite(f"ec2.{verb}_network_acl_entry", "Egress", "Ingress")
