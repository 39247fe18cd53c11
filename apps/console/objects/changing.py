"""Changes of objects: a dialog that says what will happen, and the submission."""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.catalog.fields import Ref as RefField
from apps.catalog.items import Item
from apps.catalog.resources import Action, Risk
from apps.catalog.text import Text
from apps.cloud.explain import CallFailed
from apps.console import picking, posted, submitting
from apps.console import wizard_page as page
from apps.console.context import is_fragment
from apps.console.dialogs import MOST_NAMED
from apps.console.objects import place, taking
from apps.console.objects.place import Place
from apps.objects import changes, names
from apps.objects.names import Ref
from apps.operations import approvals, prepare, preview, submit
from apps.operations.prepare import Prepared
from apps.tenancy import access
from apps.tenancy.context import tenant_tx
from apps.tenancy.decorators import SignedRequest, own_transactions, signed_in

_TYPABLE = 64  # characters of a name that somebody is asked to type
_SHOWN = 20  # targets whose plan is shown while somebody types


@dataclass(frozen=True)
class Target:
    """What the action is for, as the dialog names it. `note` says how much of it."""

    item: Item
    ref: str
    title: str
    note: str
    warnings: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Dialog:
    """What the dialog shows. `expect` is what has to be typed, if anything; `why` is why it can't be done."""

    action: Action
    at: Place
    targets: tuple[Target, ...]
    expect: str
    why: str
    approval: bool
    lasting: bool

    @property
    def named(self) -> tuple[Target, ...]:
        return self.targets[:MOST_NAMED]

    @property
    def unnamed(self) -> int:
        return len(self.targets) - len(self.named)

    @property
    def warnings(self) -> list[Text]:
        return list(dict.fromkeys(str(text) for target in self.targets for text in target.warnings))

    @property
    def dangerous(self) -> bool:
        return self.action.risk is Risk.DESTROYS and self.lasting

    @property
    def plain(self) -> bool:
        return not self.action.form.base_fields

    @property
    def refs(self) -> str:
        return " ".join(target.ref for target in self.targets)


class Asked:
    """A request for a change, once AWS was asked what has to be known."""

    def __init__(self, request: SignedRequest, at: Place, action: Action, refs: list[Ref]) -> None:
        self.request, self.at, self.action = request, at, action
        # As somebody types the plan is made anew each time: of a few, where AWS is asked about each.
        self.refs = refs[:_SHOWN] if "_preview" in request.POST and action.facts else refs
        self.attrs = changes.known(at.container, action, self.refs)

    def prepared(self, data: QueryDict | None) -> Prepared:
        """In the tenant's transaction."""
        holder = self.at.container.item
        return prepare.prepare_inside(self.request.actor, self.action, holder, list(self.attrs), data, attrs=self.attrs)

    @property
    def making(self) -> bool:
        return changes.HERE in (self.action.when or ())

    def dialog(self) -> Dialog:
        """In the tenant's transaction."""
        items = [self.action.resource.inside(self.at.container.item, key, about) for key, about in self.attrs.items()]
        targets = tuple(self._target(item) for item in items)
        spared = self.action.reversible is not None and all(map(self.action.reversible, items))
        production = self.at.environment == "production"
        typed = (self.action.risk is Risk.DESTROYS and not spared) or (production and self.action.risk is not Risk.SAFE)
        return Dialog(
            self.action,
            self.at,
            targets,
            self._word() if typed else "",
            self._why(),
            approvals.needed(self.action, [self.at.container.account]),
            not spared,
        )

    def _target(self, item: Item) -> Target:
        refs = [ref for ref in self.refs if ref.key == item.id]
        versions = [ref for ref in refs if ref.version]
        note = _("and all below") if any(ref.below for ref in refs) and not self.making else ""
        if versions:
            note = versions[0].version if len(versions) == 1 else _("%(n)d versions") % {"n": len(versions)}
        warnings = tuple(self.action.warn(item)) if self.action.warn else ()
        title = names.one_line(item.id) or self.at.container.name
        return Target(item, " ".join(map(str, refs)), title, note, warnings)

    def _word(self) -> str:
        """What is typed to confirm: the name of one, as long as it can be typed; else how many."""
        if len(self.refs) == 1:
            name = names.leaf(self.refs[0].key, names.parent(self.refs[0].key))
            if name.isascii() and name.isprintable() and len(name) <= _TYPABLE and name == name.strip():
                return name
        return str(len(self.refs))

    def _why(self) -> str:
        for ref in self.refs:
            decision = self.at.decide(ref.key, self.action.permission.rpartition(".")[2])
            if not decision.allowed:
                return decision.reason
        return _("Not possible for what is selected.") if changes.misfit(self.action, self.refs, self.attrs) else ""


@require_http_methods(["GET", "POST"])
@own_transactions
@signed_in
def action(request: SignedRequest, service: str, slug: str, id: str, verb: str) -> HttpResponse:
    """The dialog (`_open`, or a GET), its plan (`_preview`), and the submission."""
    refs = taking.refs(request)
    with tenant_tx(request.actor.tenant_id):
        at = place.find(request, service, slug, id)
        found = at.kind.actions.get(verb)
        if found is None or not refs:
            raise Http404(_("There is no such page."))
        for ref in refs if found.facts else ():
            at.container.require(request.actor, ref.key)  # before AWS is asked about it
    try:
        asked = Asked(request, at, found, refs)
    except (CallFailed, changes.TooMany) as failed:
        return _failed(request, at, found, failed)
    opening = request.method == "GET" or "_open" in request.POST
    if not opening and "_preview" not in request.POST and not posted.edited(request.POST):
        return _submitted(request, asked)
    with tenant_tx(request.actor.tenant_id):
        if "_preview" in request.POST:
            checked = asked.prepared(request.POST)
            outline = preview.outline(request.actor, checked) if checked.plan else None
            return render(request, "actions/plan.html", {"outline": outline})
        edit = posted.edited(request.POST)
        if edit and not opening:
            return _shown(request, asked, edit[0], added_rows=edit[1])
        return _shown(request, asked, None)


def _submitted(request: SignedRequest, asked: Asked) -> HttpResponse:
    with tenant_tx(request.actor.tenant_id):
        dialog = asked.dialog()
        for ref in asked.refs:
            asked.at.container.require(request.actor, ref.key, asked.action.permission.rpartition(".")[2])
        if dialog.why:
            return _shown(request, asked, request.POST, problem=dialog.why)
        if dialog.expect and request.POST.get("confirm", "").strip() != dialog.expect:
            problem = _("Type %(word)s to confirm.") % {"word": dialog.expect}
            return _shown(request, asked, request.POST, problem=problem)
        prepared = asked.prepared(request.POST)
        if prepared.plan is None:
            return _shown(request, asked, request.POST)
        submit.authorize(request.actor, prepared)  # before AWS is asked what lies where the person may not look
    try:
        for text in changes.in_the_way(asked.at.container, asked.action, prepared.items, prepared.form.cleaned_data):
            prepared.form.add_error(None, text)
    except CallFailed as failed:
        return _failed(request, asked.at, asked.action, failed)
    with tenant_tx(request.actor.tenant_id):
        if prepared.form.errors:
            return _shown(request, asked, request.POST, prepared=replace(prepared, plan=None))
        operation = submitting.once(request, prepared)
        return _done(request, operation)


def _shown(
    request: SignedRequest,
    asked: Asked,
    data: QueryDict | None,
    *,
    problem: str = "",
    prepared: Prepared | None = None,
    **more: Any,
) -> HttpResponse:
    """Before anything is typed the form is drawn with its defaults, and the plan is that of these."""
    checked = prepared or asked.prepared(data if data is not None else posted.of(asked.prepared(None).form))
    dialog = asked.dialog()
    url = asked.at.below(f"action/{asked.action.verb}/")
    typed = data is not None and not more
    context = {
        "dialog": dialog,
        "action": asked.action,
        "at": asked.at,
        "resource": asked.at.resource,
        "kind": asked.at.kind,
        "form": checked.form,
        "outline": preview.outline(request.actor, checked) if checked.plan else None,
        "show_errors": typed,
        "errors": page.problems(checked.form) if typed else (),
        "problem": problem,
        "typed": data.get("confirm", "") if data is not None else "",
        "key": (data.get(submitting.KEY) if data is not None else "") or submitting.new_key(),
        "fragment": is_fragment(request),
        "urls": {"self": url, "options": asked.at.below(f"action/{asked.action.verb}/options/")},
    }
    return render(request, "objects/change.html", context | more)


def _failed(request: SignedRequest, at: Place, action: Action, failed: Exception) -> HttpResponse:
    """AWS could not be asked what has to be known, or what is in the way."""
    error = failed.explained if isinstance(failed, CallFailed) else None
    with tenant_tx(request.actor.tenant_id):
        context = {"at": at, "action": action, "error": error, "text": str(failed), "fragment": is_fragment(request)}
        return render(request, "objects/change_failed.html", context | {"kind": at.kind, "resource": at.resource})


def _done(request: SignedRequest, operation: Any) -> HttpResponse:
    """In the page: a message with a link, and the dialog closes. Without scripts: the operation's page."""
    address = reverse("operation", args=[operation.id])
    if not is_fragment(request):
        return redirect(address)
    begun = _("%(title)s has begun.") % {"title": names.one_line(operation.title)}
    messages.success(request, format_html('{} <a href="{}">{}</a>', begun, address, _("View progress")))
    answer = render(request, "actions/done.html", {"operation": operation})
    answer["HX-Trigger"] = "acted"
    return answer


@signed_in
def options(request: SignedRequest, service: str, slug: str, id: str, verb: str) -> HttpResponse:
    """What can be chosen in a field of the dialog."""
    at = place.find(request, service, slug, id)
    found = at.kind.actions.get(verb)
    if found is None:
        raise Http404(_("There is no such page."))
    access.require(request.actor, found.permission, account=at.container.account.id, path=at.container.path(""))
    blank = prepare.prepare_inside(request.actor, found, at.container.item, [""], None)
    field = picking.field_of(blank.form, request.GET.get("field", ""))
    if not isinstance(field, RefField):
        raise Http404(_("There is no such field."))
    return picking.answer(request, field, at.container.region)
