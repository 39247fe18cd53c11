"""Actions on resources that exist: a dialog that says what will happen, and the submission."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.catalog.fields import Ref
from apps.catalog.items import Item
from apps.cloud.explain import CallFailed
from apps.console import picking, posted, refs, shell, submitting, suggesting
from apps.console import wizard_page as page
from apps.console.context import is_fragment
from apps.console.dialogs import Dialog, dialog_of, informed, weighed
from apps.operations import facts, prepare, preview, submit
from apps.operations.prepare import Prepared
from apps.tenancy import access
from apps.tenancy.context import tenant_tx
from apps.tenancy.decorators import SignedRequest, own_transactions, signed_in

SEEN = "_seen"  # the mark of the facts that the form was drawn with, in a hidden field
_SHOWN = 20  # targets whose plan is shown while somebody types


@require_http_methods(["GET", "POST"])
@own_transactions
@signed_in
def action(request: SignedRequest, service: str, slug: str, verb: str) -> HttpResponse:
    kind = refs.resource(service, slug)
    found = kind.actions.get(verb)
    if found is None:
        raise Http404(_("There is no such page."))
    given = request.POST if request.method == "POST" else request.GET
    previewed = "_preview" in given and found.facts
    with tenant_tx(request.actor.tenant_id):
        shell.on(request, kind)
        items = refs.find_all(request, kind, given.getlist("id"))
        if not items:
            raise Http404(_("There is no such resource, or you may not see it."))
        # As somebody types the plan is made anew each time: of a few, where AWS is asked about each.
        dialog = dialog_of(request, found, items[:_SHOWN] if previewed else items)
        if request.method == "POST" and not _only_drawn(request):
            _require(request, dialog)
    try:
        targets = [] if dialog.denied else [target.item for target in dialog.targets]
        known = facts.read(request.actor, found, targets, again=request.method == "POST")
    except CallFailed as failed:
        with tenant_tx(request.actor.tenant_id):
            context = {"dialog": dialog, "action": found, "resource": kind, "error": failed.explained}
            return render(request, "actions/failed.html", context | {"fragment": is_fragment(request)})
    with tenant_tx(request.actor.tenant_id):
        dialog = informed(dialog, known)
        return _posted(request, dialog) if request.method == "POST" else _shown(request, dialog, None)


def _only_drawn(request: SignedRequest) -> bool:
    """Whether a posted form is only to be drawn anew, not submitted."""
    return "_preview" in request.POST or posted.edited(request.POST) is not None


def _shown(
    request: SignedRequest, dialog: Dialog, data: QueryDict | None, *, problem: str = "", **more: Any
) -> HttpResponse:
    """The dialog. Before anything is typed the form is drawn with its defaults, and the plan is that of these."""
    checked = _prepare(request, dialog, data) if dialog.targets and data is not None else None
    if checked is None and dialog.targets:
        blank = _prepare(request, dialog, None)
        checked = _prepare(request, dialog, _asked(request, blank.form)) if blank else None
    dialog = weighed(dialog, checked)
    if checked:
        suggesting.freshen(request.actor, checked.form)
    plain = not dialog.resource or not dialog.action.form.base_fields
    args = [dialog.resource.service, dialog.resource.slug, dialog.action.verb]
    context = {
        "dialog": dialog,
        "action": dialog.action,
        "resource": dialog.resource,
        "form": checked.form if checked else None,
        "plain": plain,
        "outline": preview.outline(request.actor, checked) if checked and checked.plan else None,
        "show_errors": data is not None and not more,
        "errors": page.problems(checked.form) if checked and data is not None and not more else (),
        # What stands in the way whatever is filled in is said before anybody does.
        "invalid": [one for one in page.problems(checked.form) if not one[0]] if checked and data is None else (),
        "problem": problem,
        "typed": data.get("confirm", "") if data is not None else "",
        "key": (data.get(submitting.KEY) if data is not None else "") or submitting.new_key(),
        "seen": data.get(SEEN, "") if data is not None else facts.mark(dialog.known),
        "fragment": is_fragment(request),
        "urls": {
            "self": reverse("action", args=args),
            "options": f"{reverse('action-options', args=args)}?{_query(dialog)}",
        },
    }
    return render(request, "actions/page.html", context | more)


def _asked(request: SignedRequest, form: forms.Form) -> QueryDict:
    """The form's defaults, with what the address that led here gives in their place."""
    asked = posted.of(form)
    return posted.filled(asked, type(form), request.GET) if request.method == "GET" else asked


def _query(dialog: Dialog) -> str:
    query = QueryDict(mutable=True)
    query.setlist("id", [target.ref for target in dialog.targets])
    return query.urlencode()


def _prepare(request: SignedRequest, dialog: Dialog, data: QueryDict | None, mint: bool = False) -> Prepared | None:
    items = [target.item for target in dialog.targets]
    ids = [item.id for item in items]
    account, region = _one_place(items)
    try:
        return prepare.prepare_targets(
            request.actor, dialog.action, ids, data, account=account, region=region, attrs=dialog.known, mint=mint
        )
    except prepare.Missing:
        raise Http404(_("There is no such resource, or you may not see it.")) from None


def _one_place(items: list[Item]) -> tuple[str, str]:
    """The account and Region of the targets where they share them, else empty: a key pair's name stands in several."""
    places = {(item.account, item.region) for item in items}
    return next(iter(places)) if len(places) == 1 else ("", "")


def _posted(request: SignedRequest, dialog: Dialog) -> HttpResponse:
    if "_preview" in request.POST:
        return _typed(request, dialog)
    if edit := posted.edited(request.POST):
        return _shown(request, dialog, edit[0], added_rows=edit[1])
    if not dialog.targets:
        return _shown(request, dialog, request.POST, problem=_("None of them is in a state for this."))
    if request.POST.get(SEEN, "") != facts.mark(dialog.known):
        problem = _("It was changed since this form was opened. Nothing was submitted. Open the form again.")
        return _shown(request, dialog, request.POST, problem=problem)
    prepared = _prepare(request, dialog, request.POST, mint=True)
    expect = weighed(dialog, prepared).expect
    if expect and request.POST.get("confirm", "").strip() != expect:
        return _shown(request, dialog, request.POST, problem=_("Type %(word)s to confirm.") % {"word": expect})
    if prepared is None or prepared.plan is None:
        return _shown(request, dialog, request.POST)
    if not prepared.plan.steps:
        return _shown(request, dialog, request.POST, problem=_("Nothing would change: it is so already."))
    operation = submitting.once(request, prepared)
    return _done(request, dialog, operation)


def _typed(request: SignedRequest, dialog: Dialog) -> HttpResponse:
    """What the form as it stands would do and mean; what has to be typed, where that is no longer what the page has."""
    checked = _prepare(request, dialog, request.POST) if dialog.targets else None
    dialog = weighed(dialog, checked)
    context = {
        "outline": preview.outline(request.actor, checked) if checked and checked.plan else None,
        "invalid": page.problems(checked.form) if checked and dialog.action.means else (),
        "live": True,
        "go": dialog.expect != request.POST.get("_expect", ""),
        "typed": request.POST.get("confirm", ""),
        "dialog": dialog,
        "action": dialog.action,
        "resource": dialog.resource,
        "fragment": request.POST.get("_dialog") == "1",  # the preview is a fragment on the whole page, too
    }
    return render(request, "actions/plan.html", context)


def _require(request: SignedRequest, dialog: Dialog) -> None:
    """Raises Denied."""
    for target in dialog.targets:
        item = target.item
        for permission in (dialog.action.permission, *dialog.action.guards):
            access.require(
                request.actor,
                permission,
                account=item.account,
                region=item.region,
                tags=item.tags,
                label=target.account,
                target=submit.target(item, None),
            )


def _done(request: SignedRequest, dialog: Dialog, operation: Any) -> HttpResponse:
    """In the page: a message with a link, and the dialog closes. Without scripts: the operation's page."""
    address = reverse("operation", args=[operation.id])
    if not is_fragment(request):
        return redirect(address)
    text = format_html(
        '{} <a href="{}">{}</a>', _("%(title)s has begun.") % {"title": operation.title}, address, _("View progress")
    )
    messages.success(request, text)
    answer = render(request, "actions/done.html", {"operation": operation})
    answer["HX-Trigger"] = "acted"
    return answer


@signed_in
def options(request: SignedRequest, service: str, slug: str, verb: str) -> HttpResponse:
    """What can be chosen in a field of the dialog."""
    kind = refs.resource(service, slug)
    found = kind.actions.get(verb)
    items = refs.find_all(request, kind, request.GET.getlist("id")) if found else []
    if found is None or not items:
        raise Http404(_("There is no such page."))
    account, region = _one_place(items)
    ids = [item.id for item in items]
    blank = prepare.prepare_targets(request.actor, found, ids, None, account=account, region=region)
    field = picking.field_of(blank.form, request.GET.get("field", ""))
    if not isinstance(field, Ref):
        raise Http404(_("There is no such field."))
    return picking.answer(request, field, items[0].region)
