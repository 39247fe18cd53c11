"""What a wizard's page shows besides its fields: where it will act, its sections, its choices and their cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.catalog.fields import BoundRows, Ref, Refs, Rows
from apps.catalog.resources import Action
from apps.catalog.text import Text
from apps.console import controls, regions, scope
from apps.console.posted import IN_ACCOUNT as IN_ACCOUNT
from apps.console.posted import IN_REGION as IN_REGION
from apps.operations import prepare, preview
from apps.operations.prepare import Prepared
from apps.tenancy import access
from apps.tenancy.access import Decision
from apps.tenancy.decorators import SignedRequest


@dataclass(frozen=True)
class Where:
    """The one account and Region that a wizard is for, and those that could be chosen."""

    account: scope.Place
    region: str
    accounts: tuple[scope.Place, ...]

    @property
    def place(self) -> str:
        return regions.place(self.region)

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        """(code, place, chosen)."""
        return [(code, regions.place(code), code == self.region) for code in self.account.regions]

    @property
    def query(self) -> str:
        return urlencode({IN_ACCOUNT: self.account.id, IN_REGION: self.region})


@dataclass(frozen=True, slots=True)
class Info:
    """What the help panel says of a field: its name in the API, what it means, what it takes."""

    label: Text
    name: str
    help: Text
    limits: str


@dataclass(frozen=True)
class Part:
    """A section of the page. `note` says what is chosen in it; `done` that nothing is missing."""

    number: int
    id: str
    label: Text
    help: Text
    fields: tuple[BoundField, ...]
    note: str
    done: bool
    advanced: bool
    problems: int

    @property
    def info(self) -> list[Info]:
        return [Info(bound.label, bound.name, bound.field.help_text, limits(bound.field)) for bound in self.fields]


def limits(field: forms.Field) -> str:
    """What a field takes, in words; nothing where it takes anything."""
    found: Any = field
    said = []
    low, high = getattr(found, "min_value", None), getattr(found, "max_value", None)
    if low is not None and high is not None:
        said.append(_("%(low)s to %(high)s.") % {"low": f"{low:,}", "high": f"{high:,}"})
    if isinstance(found, Rows):
        said.append(_("At most %(most)d.") % {"most": found.most})
    elif (longest := getattr(found, "max_length", None)) and not isinstance(found, Ref):
        said.append(_("At most %(most)d characters.") % {"most": longest})
    if found.initial not in (None, "", False, list):
        choices = dict(getattr(found, "choices", ()) or ())
        several = found.initial if isinstance(found.initial, list) else [found.initial]
        labels = [_("on") if one is True else str(choices.get(one, one)).partition("\n")[0] for one in several]
        said.append(_("Default: %(value)s.") % {"value": ", ".join(labels)})
    return " ".join(said)


def where(request: SignedRequest, action: Action, asked: Mapping[str, str], kept: Mapping[str, Any]) -> Where | None:
    """The account and Region: those that the URL asks for, else the draft's, else what is in view, else the first in
    which the person may do it. None when there is no account. What the person may not see is dropped."""
    places = scope.accounts(request)
    if not places:
        return None
    by_id = {place.id: place for place in places}
    may = [
        place
        for place in places
        if access.allowed(request.actor, action.permission, account=place.id, region=_first(place))
    ]
    viewed = [place for place in may or places if place.chosen]
    account = (
        by_id.get(asked.get(IN_ACCOUNT, ""))
        or by_id.get(str(kept.get("account", "")))
        or next(iter(viewed or may or places))
    )
    chosen = scope.view(request).regions
    candidates = [asked.get(IN_REGION, ""), str(kept.get("region", "")), *(chosen if len(chosen) == 1 else ())]
    region = next((code for code in candidates if code in account.regions), _first(account))
    return Where(account, region, places)


def _first(place: scope.Place) -> str:
    return place.regions[0] if place.regions else ""


def urls(action: Action, at: Where) -> dict[str, str]:
    """The wizard's addresses, each with the account and Region."""
    args = [action.resource.service, action.resource.slug, action.verb]
    found = {
        name: f"{reverse(f'wizard-{name}', args=args)}?{at.query}"
        for name in ("summary", "probes", "field", "options", "draft")
    }
    return found | {"self": f"{reverse('wizard', args=args)}?{at.query}", "bare": reverse("wizard", args=args)}


def parts(action: Action, form: forms.Form, defaults: Mapping[str, Any] | None = None) -> list[Part]:
    """The sections with their fields; a field that no section names joins the first."""
    sections = action.sections
    named = {name for section in sections for name in section.fields}
    strays = tuple(name for name in form.fields if name not in named)
    if not sections:
        bounds = tuple(form[name] for name in strays)
        return [
            Part(
                1,
                "main",
                action.label,
                action.help,
                bounds,
                _note(bounds, False),
                not form.errors,
                False,
                len(form.errors),
            )
        ]
    found = []
    for n, section in enumerate(sections, 1):
        bounds = tuple(form[name] for name in (*section.fields, *(strays if n == 1 else ())))
        problems = sum(1 for bound in bounds if bound.errors)
        note = _note(bounds, section.advanced)
        found.append(
            Part(n, section.id, section.label, section.help, bounds, note, not problems, section.advanced, problems)
        )
    return found


def _note(bounds: Sequence[BoundField], advanced: bool) -> str:
    """The first things that were chosen, in a line; defaults where nothing else was."""
    said = [text for bound in bounds if (text := spoken(bound, only_changed=True))]
    if not said and not advanced:
        said = [text for bound in bounds if (text := spoken(bound))]
    return ", ".join(said[:2]) if said else (_("Defaults") if advanced else "")


def spoken(bound: BoundField, only_changed: bool = False) -> str:
    """A field's value in a few words; nothing when it is empty, or not worth saying."""
    field, value = bound.field, bound.value()
    if isinstance(bound, BoundRows):
        count = len(value or ())
        return f"{bound.label}: {count}" if count else ""
    if value in (None, "", [], False) or bound.errors:
        return ""
    first = bound.form.get_initial_for_field(field, bound.name)
    if (only_changed and str(value) == str(first)) or (isinstance(field, forms.BooleanField) and first):
        return ""
    if isinstance(field, forms.BooleanField) or isinstance(field.widget, forms.Textarea):
        return str(bound.label)
    if isinstance(field, Refs):
        return ", ".join(_title(field, each) for each in value)
    if isinstance(field, Ref):
        return _title(field, str(value))
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        return next((str(label).partition("\n")[0] for key, label in choices if str(key) == str(value)), "")
    if isinstance(field, forms.IntegerField | forms.DecimalField):
        return f"{bound.label}: {value}"
    return str(value)


def _title(field: Ref, value: str) -> str:
    item = controls.known(field, value)
    return item.title if item else value


@dataclass(frozen=True)
class Summary:
    """The summary column. `assumed` are the labels of fields for which examples stand, so that a price can be shown
    before all is chosen; `missing` what is to be filled in, as (field, label, message)."""

    outline: preview.Outline | None
    parts: Sequence[Part]
    decision: Decision
    assumed: tuple[str, ...] = ()
    missing: tuple[tuple[str, str, str], ...] = ()

    @property
    def plan_id(self) -> str:
        return self.outline.plan.hash[:16] if self.outline and self.outline.plan else ""


def problems(form: forms.Form) -> tuple[tuple[str, str, str], ...]:
    """Every error with its field's name and label, for a summary with links."""
    found = []
    for name, errors in form.errors.items():
        label = str(form[name].label) if name in form.fields else ""
        found += [(name if name in form.fields else "", label, str(error)) for error in errors]
    return tuple(found)


def template(action: Action) -> list[str]:
    """The action's own template, where there is one, else the one for every wizard."""
    resource = action.resource
    return [f"{resource.service}/{resource.noun}/{action.verb}.html", "wizard/page.html"]


def summary(request: SignedRequest, prepared: Prepared, at: Where) -> Summary:
    """The summary column; while something is missing, with the action's example in its place where that fits."""
    action = prepared.action
    decision = access.explain(
        request.actor, action.permission, account=at.account.id, region=at.region, label=at.account.name
    )
    shown, assumed = prepared, list[str]()
    if prepared.plan is None:
        shown, assumed = _with_examples(request, prepared, at)
    outline = preview.outline(request.actor, shown) if shown.plan else None
    missing = problems(prepared.form) if prepared.plan is None else ()
    return Summary(outline, parts(action, prepared.form), decision, tuple(assumed), missing)


def _with_examples(request: SignedRequest, prepared: Prepared, at: Where) -> tuple[Prepared, list[str]]:
    data, assumed = _copied(prepared.form.data), list[str]()
    shown = prepared
    for _round in range(3):
        wrong = [name for name in shown.form.errors if name in shown.form.fields]
        stand_ins = {name: _stand_in(prepared, name) for name in wrong}
        if any(value is None or name in assumed for name, value in stand_ins.items()):
            return prepared, []
        for name, value in stand_ins.items():
            _put(data, name, value)
            assumed.append(name)
        shown = prepare.prepare_create(request.actor, prepared.action, data, account=at.account.id, region=at.region)
        if shown.plan is not None:
            first = [str(prepared.form.fields[name].label) for name in assumed if name in prepared.form.errors]
            return shown, first
    return prepared, []


def _stand_in(prepared: Prepared, name: str) -> Any:
    """A resource to choose where there is one, else the example's value; None when there is neither."""
    field = prepared.form.fields[name]
    if isinstance(field, Ref) and not isinstance(field, Refs):
        return next((item.id for item in controls.offered(field)), None)
    return prepared.action.example.get(name)


def _copied(data: Any) -> QueryDict:
    copied: QueryDict = data.copy()
    return copied


def _put(data: QueryDict, name: str, value: Any) -> None:
    if isinstance(value, list):
        for n, row in enumerate(value):
            for key, each in row.items() if isinstance(row, dict) else ():
                data[f"{name}-{n}-{key}"] = str(each)
        data.setlist(name, [str(each) for each in value if not isinstance(each, dict)])
    else:
        data[name] = str(value)
