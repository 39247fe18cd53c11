"""What is asked of an account, and the draft that it makes."""

import re
import secrets
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.core.validators import RegexValidator
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.api.problems import Problem
from apps.catalog import forms as binding
from apps.cloud import accounts
from apps.cloud.connect import Draft, tag_keys
from apps.cloud.models import Account, Approval, Credential, Environment
from apps.tenancy.access import Actor

REGION = r"[a-z]{2}(-[a-z]+)+-\d"
MOST_REGIONS, MOST_ENDPOINTS = 50, 50


class AccountForm(forms.Form):
    """The plain fields; `regions` and `endpoints` are read beside it, since no form field is a list or an object."""

    name = forms.CharField(max_length=80)
    number = forms.CharField(
        required=False,
        validators=[RegexValidator(r"^[0-9]{12}\Z", gettext_lazy("An account number is 12 digits."))],
        help_text=gettext_lazy("12 digits; left out, it is taken from the credential."),
    )
    environment = forms.ChoiceField(choices=Environment.choices, initial=Environment.DEVELOPMENT.value)
    approval = forms.ChoiceField(
        choices=Approval.choices,
        initial=Approval.NONE.value,
        help_text=gettext_lazy("Which changes in the account wait until a second person approves them."),
    )
    credential = forms.ChoiceField(choices=Credential.choices, initial=Credential.ROLE.value)
    role_arn = forms.CharField(
        required=False,
        max_length=256,
        validators=[
            RegexValidator(r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/\S+\Z", gettext_lazy("This is no role's ARN."))
        ],
    )
    external_id = forms.CharField(
        required=False, max_length=96, help_text=gettext_lazy("One that `/accounts/external-id/` answered.")
    )
    source = forms.UUIDField(
        required=False, help_text=gettext_lazy("The id of the account whose credential assumes the role.")
    )
    access_key = forms.CharField(required=False, max_length=128)
    secret_key = forms.CharField(required=False, max_length=256)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("credential") == Credential.ROLE:
            if not values.get("role_arn") and "role_arn" not in self.errors:
                self.add_error("role_arn", _("A role is needed."))
            if not values.get("source") and "source" not in self.errors:
                self.add_error("source", _("Name the account whose credential assumes the role."))
        elif bool(values.get("access_key")) != bool(values.get("secret_key")):
            self.add_error("secret_key", _("An access key and its secret come together."))
        return values


def draft_of(actor: Actor, body: Mapping[str, Any], old: Account | None = None) -> Draft:
    """The draft of a new account, or of a change to `old`. Inside tenant_tx. Raises Problem `invalid`."""
    data = dict(body)
    errors: dict[str, list[str]] = {}
    regions = _regions(data.pop("regions", None), old, errors)
    endpoints = _endpoints(data.pop("endpoints", None), old, errors)
    required = _required_tags(data.pop("required_tags", None), old, errors)
    form = binding.bind(AccountForm, data, initial=_present(old) if old else {})
    if not form.is_valid():
        errors |= binding.json_errors(form)
    values = form.cleaned_data
    _check(actor, values, old, errors)
    if errors:
        raise Problem("invalid", errors=errors)
    chosen = {"external_id": values["external_id"]} if values.get("external_id") else {}
    return Draft(
        name=values["name"],
        number=values["number"],
        environment=values["environment"],
        approval=values["approval"],
        required_tags=required,
        regions=regions,
        credential=values["credential"],
        role_arn=values["role_arn"],
        source=values["source"],
        access_key=values["access_key"],
        secret_key=values["secret_key"],
        endpoints=endpoints,
        **chosen,
    )


def _present(old: Account) -> dict[str, Any]:
    names = ("name", "number", "environment", "approval", "credential", "role_arn")
    return {name: getattr(old, name) for name in names} | {"source": str(old.source_id or "")}


def _check(actor: Actor, values: dict[str, Any], old: Account | None, errors: dict[str, list[str]]) -> None:
    others = Account.objects.filter(tenant_id=actor.tenant_id)
    if old:
        others = others.exclude(id=old.id)
    if (name := values.get("name")) and others.filter(name=name).exists():
        errors["name"] = [_("Another account has this name.")]
    source, present = values.get("source"), old.source_id if old else None
    if source and source != present and not _usable(actor, source, old):
        errors["source"] = [_("There is no such account.")]
    if old and values.get("number") and values["number"] != old.number:
        errors["number"] = [_("The number of an account can't change.")]
    if (given := values.get("external_id")) and (old or not is_ours(given, actor.tenant_id)):
        errors["external_id"] = [
            _("The external id of an account can't change.") if old else _("Take one from /accounts/external-id/.")
        ]
    needs_keys = values.get("credential") == Credential.KEYS and not (old and old.credential == Credential.KEYS)
    if needs_keys and not values.get("access_key") and "secret_key" not in errors:
        errors["access_key"] = [_("An access key is needed.")]


def _usable(actor: Actor, source: UUID, old: Account | None) -> bool:
    return (old is None or source != old.id) and accounts.sources(actor).filter(id=source).exists()


def _regions(value: Any, old: Account | None, errors: dict[str, list[str]]) -> tuple[str, ...]:
    if value is None:
        return tuple(old.regions) if old else ()
    if not isinstance(value, list) or len(value) > MOST_REGIONS or not all(map(_is_region, value)):
        errors["regions"] = [_("The value is a list of Regions, such as eu-west-1.")]
        return ()
    return tuple(dict.fromkeys(value))


def _required_tags(value: Any, old: Account | None, errors: dict[str, list[str]]) -> tuple[str, ...]:
    if value is None:
        return tuple(old.required_tags) if old else ()
    if not isinstance(value, list) or not all(isinstance(key, str) and key and "\x00" not in key for key in value):
        errors["required_tags"] = [_("The value is a list of tag keys.")]
        return ()
    try:
        return tag_keys(value)
    except forms.ValidationError as error:
        errors["required_tags"] = list(error.messages)
        return ()


def _is_region(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 32 and re.fullmatch(REGION, value, re.ASCII) is not None


def _endpoints(value: Any, old: Account | None, errors: dict[str, list[str]]) -> Mapping[str, str]:
    if value is None:
        return dict(old.endpoints) if old else {}
    texts = isinstance(value, dict) and all(
        isinstance(each, str) and len(each) <= 512 and "\x00" not in each for each in (*value, *value.values())
    )
    if not texts or len(value) > MOST_ENDPOINTS:
        errors["endpoints"] = [_("The value is an object of addresses by service; `*` is every service.")]
        return {}
    return dict(value)


def external_id(tenant_id: UUID) -> str:
    """A new external id that only this organization can use: it carries the panel's signature. Were it the caller's
    choice, one organization could send another's and have the panel assume the other's role."""
    mark = secrets.token_hex(16)
    return f"{mark}.{_signature(tenant_id, mark)}"


def is_ours(text: str, tenant_id: UUID) -> bool:
    mark, _dot, signature = text.partition(".")
    return constant_time_compare(signature, _signature(tenant_id, mark))


def _signature(tenant_id: UUID, mark: str) -> str:
    return salted_hmac("apps.api.external_id", f"{tenant_id}:{mark}", algorithm="sha256").hexdigest()[:32]
