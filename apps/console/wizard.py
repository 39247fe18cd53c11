"""Wizards, drawn from any action that creates: the page, its live summary, checks, drafts and submission."""

from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.catalog.fields import Ref, Rows, is_row_number
from apps.catalog.resources import Action
from apps.console import controls, flash, picking, posted, refs, shell, submitting, suggesting
from apps.console import wizard_page as page
from apps.console.operations import shown
from apps.operations import drafts, prepare, preview, replays
from apps.operations.prepare import Prepared
from apps.tenancy import access
from apps.tenancy.context import tenant_tx
from apps.tenancy.decorators import SignedRequest, own_transactions, signed_in


def action_of(service: str, slug: str, verb: str) -> Action:
    """The wizard of that address. Raises Http404."""
    found = refs.resource(service, slug).wizards.get(verb)
    if found is None:
        raise Http404(_("There is no such page."))
    return found


def place(request: SignedRequest, action: Action, kept: dict[str, str]) -> page.Where:
    """Where the wizard acts. Raises Http404 when an account is asked for that the person may not see."""
    found = page.where(request, action, request.GET.dict(), kept)
    asked = request.GET.get(page.IN_ACCOUNT)
    if found is None or (asked and asked != found.account.id):
        raise Http404(_("There is no such account, or you may not see it."))
    return found


@signed_in
@require_http_methods(["GET", "POST"])
def wizard(request: SignedRequest, service: str, slug: str, verb: str) -> HttpResponse:
    action = action_of(service, slug, verb)
    shell.on(request, action.resource)
    draft = drafts.load_draft(request.actor, action.act)
    data, kept = posted.from_draft(draft.data) if draft else (None, {})
    if not shell.shell_of(request).accounts:
        return render(request, "wizard/no_account.html", {"action": action, "resource": action.resource})
    if request.method == "POST":
        return _posted(request, action, place(request, action, kept))
    if like := request.GET.get("like"):
        return _like(request, action, like)
    at = place(request, action, kept)
    led = bool(action.form.base_fields.keys() & request.GET.keys())
    if draft is not None and data is not None and not led:
        return _taken_up(request, action, at, data, kept, draft)
    return _page(request, action, at, posted.filled(_defaults(request, action, at), action.form, request.GET))


def _defaults(
    request: SignedRequest, action: Action, at: page.Where, initial: dict[str, Any] | None = None
) -> QueryDict:
    blank = prepare.prepare_create(
        request.actor, action, None, account=at.account.id, region=at.region, initial=initial
    )
    return posted.of(blank.form)


def _like(request: SignedRequest, action: Action, like: str) -> HttpResponse:
    """The form with the choices of a resource that exists, in its account and Region."""
    item = refs.find(request, action.resource, like)
    at = page.where(
        request, action, {page.IN_ACCOUNT: item.account, page.IN_REGION: item.region} | request.GET.dict(), {}
    )
    if at is None or action.like is None:
        raise Http404(_("There is no such page."))
    data = _defaults(request, action, at, action.like(item))
    return _page(request, action, at, data, like=item)


def _taken_up(
    request: SignedRequest, action: Action, at: page.Where, data: QueryDict, kept: dict[str, str], draft: Any
) -> HttpResponse:
    """A draft that is taken up again; in another account or Region without what does not exist there."""
    dropped: list[str] = []
    if (at.account.id, at.region) != (kept["account"], kept["region"]):
        blank = prepare.prepare_create(request.actor, action, None, account=at.account.id, region=at.region)
        if blank.scope is not None:
            data, dropped = posted.without_strangers(data, action.form, blank.scope)
            _fill(data, blank, dropped)
    return _page(request, action, at, data, draft=draft, dropped=dropped)


def _fill(data: QueryDict, blank: Prepared, dropped: list[str]) -> None:
    """The account's own defaults for what was dropped."""
    defaults = posted.of(blank.form)
    for name, field in blank.form.fields.items():
        if str(field.label or name) in dropped and name not in data and name in defaults:
            data.setlist(name, defaults.getlist(name))


def _page(
    request: SignedRequest,
    action: Action,
    at: page.Where,
    data: QueryDict,
    *,
    show_errors: bool = False,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    prepared = _prepare(request, action, at, data)
    suggesting.freshen(request.actor, prepared.form)
    context = {
        "action": action,
        "resource": action.resource,
        "place": at,
        "form": prepared.form,
        "parts": page.parts(action, prepared.form),
        "summary": page.summary(request, prepared, at),
        "urls": page.urls(action, at),
        "show_errors": show_errors,
        "errors": page.problems(prepared.form) if show_errors else (),
        "key": request.POST.get(submitting.KEY) or submitting.new_key(),
        "address": request.META.get("REMOTE_ADDR", ""),
        **more,
    }
    return render(request, page.template(action), context, status=status)


def _prepare(request: SignedRequest, action: Action, at: page.Where, data: QueryDict, mint: bool = False) -> Prepared:
    return prepare.prepare_create(request.actor, action, data, account=at.account.id, region=at.region, mint=mint)


# Submitting


def _posted(request: SignedRequest, action: Action, at: page.Where) -> HttpResponse:
    _keep(request, action, at)
    if "_place" in request.POST:
        account, _colon, region = request.POST["_place"].partition(":")
        query = QueryDict(mutable=True)
        query.update({page.IN_ACCOUNT: account, page.IN_REGION: region})
        return redirect(f"{request.path}?{query.urlencode()}")
    if edit := posted.edited(request.POST):
        data, added = edit
        return _page(request, action, at, data, added_rows=added)
    access.require(request.actor, action.permission, account=at.account.id, region=at.region, label=at.account.name)
    prepared = _prepare(request, action, at, request.POST, mint=True)
    if prepared.plan is None:
        return _page(request, action, at, request.POST, show_errors=True)
    operation = submitting.once(request, prepared)
    drafts.drop_draft(request.actor, action.act)
    address = reverse("operation", args=[operation.id])
    if not prepared.reveal or operation.plan_hash != prepared.plan.hash:
        return redirect(address, permanent=False)
    context = shown(request, operation) | {"reveal": prepared.reveal}
    answer = render(request, "wizard/reveal.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def _keep(request: SignedRequest, action: Action, at: page.Where) -> bool:
    """Saves the draft: what is typed is never lost. A request that a page sent before it was submitted may come after
    that, and must not bring the draft back; it has waited for the submission by then, which has saved the same row."""
    data = posted.to_draft(request.POST, action.form, at.account.id, at.region)
    drafts.save_draft(request.actor, action.act, data)
    if late := replays.used(request.actor, request.POST.get(submitting.KEY, "")):
        drafts.drop_draft(request.actor, action.act)
    return not late


# What the page asks for while it is filled in


@signed_in
@require_POST
def summary(request: SignedRequest, service: str, slug: str, verb: str) -> HttpResponse:
    """The summary column for the form as it stands; saves the draft. The table of contents comes along."""
    action = action_of(service, slug, verb)
    at = place(request, action, {})
    kept = _keep(request, action, at)
    prepared = _prepare(request, action, at, request.POST)
    context = {
        "action": action,
        "place": at,
        "summary": page.summary(request, prepared, at),
        "parts": page.parts(action, prepared.form),
        "urls": page.urls(action, at),
        "live": True,
    }
    answer = render(request, "wizard/summary.html", context)
    if kept:
        answer["HX-Trigger"] = "draft-saved"
    return answer


@own_transactions
@signed_in
@require_POST
def probes(request: SignedRequest, service: str, slug: str, verb: str) -> HttpResponse:
    """The checks that ask AWS (dry run, quota), without a transaction around them."""
    action = action_of(service, slug, verb)
    with tenant_tx(request.actor.tenant_id):
        at = place(request, action, {})
        prepared = _prepare(request, action, at, request.POST)
        may = access.allowed(request.actor, action.permission, account=at.account.id, region=at.region)
    checks = preview.probes(request.actor, prepared.plan) if prepared.plan and may else ()
    with tenant_tx(request.actor.tenant_id):
        return render(request, "wizard/checks.html", {"checks": checks})


@signed_in
@require_POST
def field(request: SignedRequest, service: str, slug: str, verb: str) -> HttpResponse:
    """The errors of one field (`_field`, as it is named in the page) with the rest as it stands."""
    action = action_of(service, slug, verb)
    prepared = _prepare(request, action, place(request, action, {}), request.POST)
    name = request.POST.get("_field", "")
    return render(request, "fields/messages.html", {"errors": errors_of(prepared.form, name, request.POST)})


def errors_of(form: Any, name: str, data: QueryDict) -> list[str]:
    """The messages for a field's name in the page; for one in a row (`tags-1-key`), that row's."""
    if name in form.fields and not isinstance(form.fields[name], Rows):
        return [str(each) for each in form.errors.get(name, ())]
    base, _dash, rest = name.partition("-")
    number, _dash, key = rest.partition("-")
    rows = form.fields.get(base)
    if not isinstance(rows, Rows):
        return []
    if not key:
        return controls.whole_errors(form[base])
    at = posted.row_index(data, rows.widget, base, int(number)) if is_row_number(number) else -1
    return [str(each) for each in rows.problems.get(at, {}).get(key, ())]


@signed_in
@require_GET
def options(request: SignedRequest, service: str, slug: str, verb: str) -> HttpResponse:
    """What can be chosen in a field (`field`), narrowed by `q` and `match`: options, or rows of a table."""
    action = action_of(service, slug, verb)
    at = place(request, action, {})
    prepared = _prepare(request, action, at, QueryDict())
    found = picking.field_of(prepared.form, request.GET.get("field", ""))
    if not isinstance(found, Ref):
        raise Http404(_("There is no such field."))
    return picking.answer(request, found, at.region)


@signed_in
@require_POST
def draft(request: SignedRequest, service: str, slug: str, verb: str) -> HttpResponse:
    """Start over: forgets the draft."""
    action = action_of(service, slug, verb)
    drafts.drop_draft(request.actor, action.act)
    flash.info(request, _("The draft was discarded."))
    return redirect(reverse("wizard", args=[service, slug, verb]) + f"?{request.GET.urlencode()}")
