"""The form of an AWS account: how it is reached, what it is called, where it is used."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.cloud.connect import Draft, tag_keys
from apps.cloud.models import Account, Approval, Credential, Environment
from apps.console.regions import PLACES

INPUT = {"class": "input", "autocomplete": "off", "spellcheck": "false"}
SELECT = {"class": "select"}


_NEW = {"environment": "development", "approval": "none", "credential": "role"}


class AccountForm(forms.Form):
    """`account` is the one that is changed, or None. Fields of the credential that is not chosen are ignored."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80, widget=forms.TextInput(attrs=INPUT))
    environment = forms.ChoiceField(
        label=gettext_lazy("Environment"),
        choices=Environment.choices,
        help_text=gettext_lazy(
            "Its colour stands beside the name everywhere. Production asks before it is interrupted."
        ),
        widget=forms.Select(attrs=SELECT),
    )
    approval = forms.ChoiceField(
        label=gettext_lazy("Needs approval"),
        required=False,
        choices=Approval.choices,
        help_text=gettext_lazy(
            "Such a change waits until somebody else approves it, whose role allows that in this account."
        ),
        widget=forms.Select(attrs=SELECT),
    )
    required_tags = forms.CharField(
        label=gettext_lazy("Required tags"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("Keys, separated by commas. What is made in the account must have these tags."),
        widget=forms.TextInput(attrs=INPUT | {"placeholder": "owner, cost-center"}),
    )
    credential = forms.ChoiceField(label=gettext_lazy("How the panel signs in"), choices=Credential.choices)
    role_arn = forms.CharField(
        label=gettext_lazy("Role ARN"),
        required=False,
        max_length=256,
        widget=forms.TextInput(attrs=INPUT | {"placeholder": "arn:aws:iam::111122223333:role/northgate"}),
    )
    source = forms.ChoiceField(
        label=gettext_lazy("Assumed by"),
        required=False,
        help_text=gettext_lazy("The account whose credential assumes the role."),
        widget=forms.Select(attrs=SELECT),
    )
    access_key = forms.CharField(
        label=gettext_lazy("Access key ID"), required=False, max_length=128, widget=forms.TextInput(attrs=INPUT)
    )
    secret_key = forms.CharField(
        label=gettext_lazy("Secret access key"),
        required=False,
        max_length=256,
        help_text=gettext_lazy("Kept sealed. It is never shown again."),
        widget=forms.PasswordInput(attrs=INPUT | {"autocomplete": "new-password"}),
    )
    regions = forms.MultipleChoiceField(
        label=gettext_lazy("Regions"),
        required=False,
        choices=[(code, f"{place} {code}") for code, place in PLACES.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    endpoints = forms.CharField(
        label=gettext_lazy("Endpoints"),
        required=False,
        help_text=gettext_lazy(
            "One on each line: a service and an address, or * for all. Only those that the operator allows."
        ),
        widget=forms.Textarea(attrs=INPUT | {"rows": 3}),
    )

    def __init__(
        self, data: Any = None, *, account: Account | None = None, sources: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(data, initial=_initial(account) if account else dict(_NEW))
        self.account = account
        self.fields["source"].choices = [("", _("Choose an account")), *sources]  # type: ignore[attr-defined]
        known = {code for code, _label in self.fields["regions"].choices}  # type: ignore[attr-defined]
        more = [code for code in (account.regions if account else ()) if code not in known]
        self.fields["regions"].choices += [(code, code) for code in more]  # type: ignore[attr-defined]
        if not settings.NORTHGATE_ENDPOINTS:
            del self.fields["endpoints"]

    def clean_required_tags(self) -> tuple[str, ...]:
        keys = [key.strip() for key in self.cleaned_data["required_tags"].split(",") if key.strip()]
        return tag_keys(keys)

    def clean_endpoints(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in self.cleaned_data["endpoints"].splitlines():
            if not line.strip():
                continue
            service, _space, address = line.strip().partition(" ")
            if not address.strip().startswith(("http://", "https://")):
                raise forms.ValidationError(_("Write a service, a space and an address, such as: ec2 https://host"))
            found[service] = address.strip()
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("credential") == Credential.ROLE:
            self._need("role_arn", _("Enter the ARN of the role."))
            self._need("source", _("Choose the account that assumes the role. Connect one with access keys first."))
        elif data.get("credential") == Credential.KEYS:
            kept = self.account is not None and self.account.credential == Credential.KEYS
            if not kept or data.get("access_key") or data.get("secret_key"):
                self._need("access_key", _("Enter the access key ID."))
                self._need("secret_key", _("Enter the secret access key."))
        return data

    def _need(self, field: str, words: str) -> None:
        if not self.cleaned_data.get(field) and field not in self.errors:
            self.add_error(field, words)

    def draft(self, external_id: str) -> Draft:
        """What was entered, for apps.cloud. Valid forms only."""
        data = self.cleaned_data
        role = data["credential"] == Credential.ROLE
        kept = dict(self.account.endpoints) if self.account else {}
        return Draft(
            name=data["name"],
            environment=data["environment"],
            required_tags=data["required_tags"],
            approval=data["approval"] or (self.account.approval if self.account else Approval.NONE),
            regions=tuple(data["regions"]),
            credential=data["credential"],
            role_arn=data["role_arn"] if role else "",
            external_id=external_id,
            source=UUID(data["source"]) if role and data["source"] else None,
            access_key="" if role else data["access_key"],
            secret_key="" if role else data["secret_key"],
            endpoints=data.get("endpoints", kept),
        )


def _initial(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "environment": account.environment,
        "approval": account.approval,
        "required_tags": ", ".join(account.required_tags),
        "credential": account.credential,
        "role_arn": account.role_arn,
        "source": str(account.source_id or ""),
        "regions": account.regions,
        "endpoints": "\n".join(f"{service} {address}" for service, address in account.endpoints.items()),
    }
