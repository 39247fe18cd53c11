"""What `manage.py check --deploy` says of the record."""

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

from apps.audit import signing


@register(Tags.security, deploy=True)
def seal_key(**_: Any) -> list[CheckMessage]:
    """There is a key that signs the record's seals, and it is one."""
    try:
        if signing.private_key() is not None:
            return []
    except ImproperlyConfigured as wrong:
        return [Error(str(wrong), id="witness.E001")]
    text = "The record is not sealed: whoever owns the database can change it unnoticed."
    return [Warning(text, hint="Set NORTHGATE_SEAL_KEY. See docker/.env.example.", id="witness.W001")]
