"""AWS accounts: list, connect, change, check and remove them. What calls AWS stands outside transactions."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from apps.cloud import accounts, connect
from apps.cloud.connect import Verified
from apps.cloud.explain import CallFailed, Explained
from apps.cloud.models import Account, Credential, new_external_id
from apps.console import flash, scope, shell
from apps.console.account_form import AccountForm
from apps.console.context import is_fragment
from apps.inventory import freshness
from apps.tenancy import access
from apps.tenancy.context import tenant_tx
from apps.tenancy.decorators import SignedRequest, own_transactions, signed_in

READ = "cloud.account.read"


@signed_in
def index(request: SignedRequest) -> HttpResponse:
    """Every account that the person may see, with its state and how much the panel knows in it."""
    if not access.reach(request.actor, READ):
        access.require(request.actor, READ)
    shell.at(request, "accounts")
    scope.serve(request, "")
    places = scope.accounts(request)
    rows = {str(row.id): row for row in Account.objects.filter(tenant_id=request.actor.tenant_id).defer("secret")}
    counts: dict[str, int] = {}
    for one in scope.seen(request):
        counts[one.account] = counts.get(one.account, 0) + one.count
    context = {
        "rows": [
            (place, rows[place.id], counts.get(place.id, 0))
            for place in places
            if place.id in rows and access.allowed(request.actor, READ, account=place.id)
        ],
        "may_add": access.explain(request.actor, "cloud.account.create"),
    }
    return render(request, "accounts/list.html", context)


@never_cache
@own_transactions
@signed_in
@sensitive_post_parameters("secret_key")
def connect_account(request: SignedRequest) -> HttpResponse:
    """The form for a new account; a POST of `check` only tries the credential and says what it may do."""
    access.require(request.actor, "cloud.account.create")
    # The session keeps the id that a new account's role must demand: in no other organization, though.
    slot = f"external_id:{request.actor.tenant_id}"
    external_id: str = request.session.setdefault(slot, new_external_id())
    form = AccountForm(request.POST if request.method == "POST" else None, sources=_sources(request))
    if not form.is_bound or not form.is_valid():
        return _form(request, form, external_id)
    draft = form.draft(external_id)
    if "check" in request.POST:
        return _checked(request, form, external_id, lambda: connect.verify(request.actor.tenant_id, draft))
    try:
        account = accounts.create_account(request.actor, draft)
    except CallFailed as failed:
        return _form(request, form, external_id, problem=failed.explained)
    except IntegrityError:
        form.add_error("name", _("There is an account of this name."))
        return _form(request, form, external_id)
    del request.session[slot]
    _look(account)
    flash.ok(request, _("%(name)s is connected. The panel is looking at what is in it.") % {"name": account.name})
    return redirect("accounts")


@never_cache
@own_transactions
@signed_in
@sensitive_post_parameters("secret_key")
def edit(request: SignedRequest, id: UUID) -> HttpResponse:
    """One account: its settings, what its credential may do, and its removal."""
    account = _account(request, id)
    form = AccountForm(
        request.POST if request.method == "POST" else None, account=account, sources=_sources(request, account)
    )
    if not form.is_bound or not form.is_valid():
        return _form(request, form, account.external_id, account=account)
    draft = form.draft(account.external_id)
    try:
        if "check" in request.POST:
            access.require(request.actor, "cloud.account.update", account=id)
            return _checked(
                request,
                form,
                account.external_id,
                lambda: connect.verify(request.actor.tenant_id, draft, account=account),
                account,
            )
        changed = accounts.update_account(request.actor, id, draft)
    except CallFailed as failed:
        return _form(request, form, account.external_id, account=account, problem=failed.explained)
    except IntegrityError:
        form.add_error("name", _("There is an account of this name."))
        return _form(request, form, account.external_id, account=account)
    _look(changed)
    flash.ok(request, _("%(name)s is saved.") % {"name": changed.name})
    return redirect("account", id=id)


@require_POST
@own_transactions
@signed_in
def check(request: SignedRequest, id: UUID) -> HttpResponse:
    """Signs in anew and keeps the result as the account's state."""
    account = _account(request, id)
    try:
        accounts.check_account(request.actor, id)
    except CallFailed as failed:
        flash.failed(request, failed.explained)
    else:
        flash.ok(request, _("AWS accepts the credential of %(name)s.") % {"name": account.name})
    return redirect("accounts")


@require_POST
@own_transactions
@signed_in
def remove(request: SignedRequest, id: UUID) -> HttpResponse:
    """Forgets an account; its name must be typed. Nothing at AWS changes."""
    account = _account(request, id)
    if request.POST.get("confirm", "").strip() != account.name:
        flash.bad(request, _("Type %(name)s to confirm. Nothing was changed.") % {"name": account.name})
        return redirect("account", id=id)
    try:
        accounts.delete_account(request.actor, id)
    except accounts.InUse as used:
        words = _("%(names)s sign in through this account. Change them first. Nothing was changed.")
        flash.bad(request, words % {"names": ", ".join(used.names)})
        return redirect("account", id=id)
    flash.ok(request, _("%(name)s is removed from the panel. Nothing at AWS has changed.") % {"name": account.name})
    return redirect("accounts")


def _account(request: SignedRequest, id: UUID) -> Account:
    """Raises Http404 for an account that is not there or not to be seen."""
    with tenant_tx(request.actor.tenant_id):
        account = Account.objects.filter(tenant_id=request.actor.tenant_id, id=id).first()
        if account is None or str(id) not in {place.id for place in scope.accounts(request)}:
            raise Http404(_("There is no such account."))
    access.require(request.actor, READ, account=id, label=account.name, target=accounts.target(account))
    return account


def _sources(request: SignedRequest, account: Account | None = None) -> list[tuple[str, str]]:
    """Accounts to choose from; the present one stays among them, without its name for who may not use it."""
    with tenant_tx(request.actor.tenant_id):
        rows = accounts.sources(request.actor).filter(credential=Credential.KEYS)
        found = {str(one.id): f"{one.name} ({one.number})" for one in rows if account is None or one.id != account.id}
    if account is not None and account.source_id is not None:
        found.setdefault(str(account.source_id), _("The present one"))
    return list(found.items())


def _look(account: Account) -> None:
    with tenant_tx(account.tenant_id):
        freshness.sync_account(account)


def _checked(
    request: SignedRequest, form: AccountForm, external_id: str, verify: Any, account: Account | None = None
) -> HttpResponse:
    try:
        verified: Verified = verify()
    except CallFailed as failed:
        return _form(request, form, external_id, account=account, problem=failed.explained)
    return _form(request, form, external_id, account=account, verified=verified)


def _form(
    request: SignedRequest,
    form: AccountForm,
    external_id: str,
    *,
    account: Account | None = None,
    problem: Explained | None = None,
    verified: Verified | None = None,
) -> HttpResponse:
    """The whole page, or for the check by htmx only its outcome."""
    actor = request.actor
    context: dict[str, Any] = {
        "form": form,
        "account": account,
        "external_id": external_id,
        "problem": problem,
        "verified": verified,
        "allowed": [name for name, may in verified.may if may] if verified else [],
        "refused": [name for name, may in verified.may if may is False] if verified else [],
        "unsaid": [name for name, may in verified.may if may is None] if verified else [],
        "credential": form["credential"].value(),
    }
    with tenant_tx(actor.tenant_id):
        shell.at(request, "accounts")
        if account:
            for verb in ("update", "delete"):
                context[f"may_{verb}"] = access.explain(
                    actor, f"cloud.account.{verb}", account=account.id, label=account.name
                )
        template = "accounts/outcome.html" if is_fragment(request) else "accounts/form.html"
        status = 422 if (form.errors or problem) and not is_fragment(request) else 200
        return render(request, template, context, status=status)
