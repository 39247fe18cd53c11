"""IAM of the demo's accounts: who the panel is there, and the profiles that instances run with."""

import json
from typing import Any

from .fleet import DEVELOPMENT, PRODUCTION, STAGING, TIDEWATER

PANEL_USER, PANEL_ROLE = "northgate", "NorthgateAccess"
PROFILES = {
    "app-server": "Reads configuration and writes logs",
    "batch-worker": "Reads and writes the reporting buckets",
}
# What the panel may do in an account: the services that it manages, and nothing of the organization's.
SERVICES = (
    *("ec2", "ec2-instance-connect", "autoscaling", "elasticloadbalancing", "batch", "ecs", "ecr", "lambda"),
    *("cloudwatch", "logs", "events", "scheduler", "sqs", "sns", "ses", "apigateway", "s3", "dynamodb"),
    *("iam", "kms", "secretsmanager", "ssm", "servicequotas", "pricing", "tag", "savingsplans"),
)


def build(iam_of: Any, external_id: str) -> dict[str, dict[str, str]]:
    """Everything in IAM. `iam_of(account)` is a client. What the panel connects with, by account number."""
    doors: dict[str, dict[str, str]] = {}
    for account in (PRODUCTION, DEVELOPMENT, TIDEWATER):
        doors[account] = _user(iam_of(account), account)
    staging = iam_of(STAGING)
    trust = _allow("sts:AssumeRole", principal={"AWS": f"arn:aws:iam::{PRODUCTION}:user/{PANEL_USER}"})
    trust["Statement"][0]["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    role = staging.create_role(
        RoleName=PANEL_ROLE, AssumeRolePolicyDocument=json.dumps(trust), Description="The control panel"
    )["Role"]
    staging.put_role_policy(RoleName=PANEL_ROLE, PolicyName="panel", PolicyDocument=json.dumps(_panel_policy(STAGING)))
    doors[STAGING] = {"role_arn": role["Arn"], "external_id": external_id, "source": PRODUCTION}
    for account in (PRODUCTION, STAGING, DEVELOPMENT):
        _profiles(iam_of(account))
    return doors


def _user(iam: Any, account: str) -> dict[str, str]:
    iam.create_user(UserName=PANEL_USER, Tags=[{"Key": "purpose", "Value": "control panel"}])
    iam.put_user_policy(UserName=PANEL_USER, PolicyName="panel", PolicyDocument=json.dumps(_panel_policy(account)))
    key = iam.create_access_key(UserName=PANEL_USER)["AccessKey"]
    return {"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}


def _panel_policy(account: str) -> dict[str, Any]:
    policy = _allow(*[f"{service}:*" for service in SERVICES], "sts:GetCallerIdentity")
    if account == PRODUCTION:
        assume = _allow("sts:AssumeRole", resource=f"arn:aws:iam::{STAGING}:role/{PANEL_ROLE}")
        policy["Statement"] += assume["Statement"]
    return policy


def _allow(*actions: str, resource: str = "*", principal: dict[str, str] | None = None) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": list(actions)}
    # A trust policy has a principal and no resource.
    statement.update({"Principal": principal} if principal else {"Resource": resource})
    return {"Version": "2012-10-17", "Statement": [statement]}


def _profiles(iam: Any) -> None:
    trust = json.dumps(_allow("sts:AssumeRole", principal={"Service": "ec2.amazonaws.com"}))
    for name, about in PROFILES.items():
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, Description=about)
        iam.create_instance_profile(InstanceProfileName=name)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
