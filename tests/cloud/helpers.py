"""Accounts for tests. A 12-digit access key is that account's root in ministack; in moto, an assumed role separates
accounts."""

import secrets

from apps.cloud import accounts
from apps.cloud.connect import Draft


def number() -> str:
    return str(secrets.randbelow(899_999_999_999) + 100_000_000_000)


def keys_draft(address: str, access_key: str = "", **more) -> Draft:
    access_key = access_key or number()
    values = {
        "number": access_key if access_key.isdigit() else "",
        "name": f"keys-{secrets.token_hex(4)}",
        "credential": "keys",
        "access_key": access_key,
        "secret_key": "secret-of-the-tests",
        "regions": ("us-east-1",),
        "endpoints": {"*": address},
    }
    return Draft(**{**values, **more})


def role_draft(address: str, source, target: str, **more) -> Draft:
    values = {
        "name": f"role-{secrets.token_hex(4)}",
        "credential": "role",
        "number": target,
        "role_arn": f"arn:aws:iam::{target}:role/northgate",
        "source": source.id,
        "regions": ("us-east-1",),
        "endpoints": {"*": address},
    }
    return Draft(**{**values, **more})


def moto_account(actor, address: str, *, regions=("us-east-1",)):
    """An account of its own in moto: a role, assumed by keys."""
    source = accounts.create_account(actor, keys_draft(address, regions=regions), check=False)
    return accounts.create_account(actor, role_draft(address, source, number(), regions=regions), check=False)
