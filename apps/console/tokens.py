"""A member's API tokens: made, shown once, revoked."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from apps.console import flash, preferences, scope, shell
from apps.tenancy import tokens
from apps.tenancy.decorators import SignedRequest, signed_in
from apps.tenancy.models import ApiToken

DAYS = [
    (7, gettext_lazy("7 days")),
    (30, gettext_lazy("30 days")),
    (90, gettext_lazy("90 days")),
    (365, gettext_lazy("1 year")),
]


class TokenForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        help_text=gettext_lazy("What uses it, such as: nightly backup."),
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("Expires after"),
        choices=DAYS,
        coerce=int,
        initial=90,
        widget=forms.Select(attrs={"class": "select"}),
    )
    permissions = forms.CharField(
        label=gettext_lazy("Only these permissions"),
        required=False,
        help_text=gettext_lazy("One on each line, such as ec2.instance.read or *.*.read. Empty: all that you may do."),
        widget=forms.Textarea(attrs={"class": "input", "rows": 3, "spellcheck": "false"}),
    )
    accounts = forms.MultipleChoiceField(
        label=gettext_lazy("Only these accounts"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def clean_permissions(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["permissions"].splitlines() if line.strip()]


@never_cache
@signed_in
def index(request: SignedRequest) -> HttpResponse:
    """The member's own tokens, and the form for a new one. The text of a new token is in this one answer only."""
    shell.at(request, "tokens")
    form = _form(request, request.POST or None)
    made = _make(request, form) if request.method == "POST" and form.is_valid() else None
    mine = ApiToken.objects.filter(
        tenant_id=request.actor.tenant_id, membership__user_id=preferences.person(request)
    ).order_by("revoked_at", "-created_at")
    context = {"form": _form(request) if made else form, "made": made, "now": now(), "mine": mine}
    return render(request, "pages/tokens.html", context, status=422 if form.errors else 200)


def _form(request: SignedRequest, data: Any = None) -> TokenForm:
    form = TokenForm(data)
    choices = [(place.id, place.name) for place in scope.accounts(request)]
    cast(forms.MultipleChoiceField, form.fields["accounts"]).choices = choices
    return form


def _make(request: SignedRequest, form: TokenForm) -> str | None:
    data = form.cleaned_data
    try:
        _token, text = tokens.create(
            request.actor,
            data["name"],
            days=data["days"],
            permissions=data["permissions"],
            accounts=[UUID(id) for id in data["accounts"]],
        )
    except ValidationError as error:
        fields = error.message_dict if hasattr(error, "error_dict") else {"permissions": error.messages}
        for field, messages in fields.items():
            form.add_error(field if field in form.fields else None, messages)
        return None
    return text


@require_POST
@signed_in
def revoke(request: SignedRequest, id: UUID) -> HttpResponse:
    try:
        tokens.revoke(request.actor, id)
    except ApiToken.DoesNotExist:
        raise Http404(_("There is no such token.")) from None
    flash.ok(request, _("The token is revoked. Scripts that use it are refused from now on."))
    return redirect("tokens")
