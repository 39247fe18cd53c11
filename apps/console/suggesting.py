"""What a form suggests is read behind the page as somebody opens it: nobody may ever have looked at its list."""

from django import forms

from apps.catalog import registry
from apps.catalog.fields import Rows
from apps.catalog.hints import Hinted
from apps.cloud.models import Account
from apps.inventory import freshness
from apps.tenancy.access import Actor


def freshen(actor: Actor, form: forms.Form) -> None:
    """Leaves a hint that the kinds which the form suggests are wanted, in the place that it is for."""
    scope = getattr(form, "scope", None)
    fields = [*form.fields.values()]
    fields += [each for field in fields if isinstance(field, Rows) for each in field.row.base_fields.values()]
    kinds = dict.fromkeys(kind for field in fields if isinstance(field, Hinted) for kind in field.kinds)
    if not scope or not kinds:
        return
    account = list(Account.objects.filter(tenant_id=actor.tenant_id, id=scope.account).defer("secret"))
    for kind in kinds:
        freshness.ensure_fresh(actor.tenant_id, registry.resource(kind), account, [scope.region], ())
