"""The form of a schedule as its page draws it: sections, what is wrong, and what it would post."""

from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _

from apps.console import posted
from apps.console.posted import edited as edited
from apps.console.wizard_page import Part, spoken
from apps.console.wizard_page import problems as problems_of
from apps.operations.schedule_form import Bound


def parts(bound: Bound) -> list[Part]:
    """The sections in their order. The fields of each act show while it is chosen."""
    form = bound.form
    single = len(bound.acts) == 1
    what = [form["name"], *([] if single else [form["act"]])]
    what += [field for act in bound.acts.values() for field in act]
    label, help = str(bound.routine.action.label), str(bound.routine.action.help)
    sections = [
        ("what", label, help, what) if single else ("what", _("What is done"), "", what),
        ("which", _("Which"), "", [form[name] for name in ("tags", "accounts", "regions")]),
        (
            "when",
            _("When"),
            "",
            [form[name] for name in ("every", "hours", "weekdays", "day", "time", "cron", "zone", "grace")],
        ),
        (
            "kept",
            _("What is kept"),
            _("After a run that succeeded, what no rule keeps is deleted: only what this schedule made."),
            [form[name] for name in ("keep_count", "keep_days")],
        ),
    ]
    return [_part(n, *section) for n, section in enumerate(sections, 1)]


def _part(number: int, id: str, label: str, help: str, fields: list[BoundField]) -> Part:
    wrong = sum(bool(field.errors) for field in fields if field.form.is_bound)
    said = [text for field in fields if _shown(field) and (text := spoken(field))]
    if id == "kept":
        said = [f"{field.label}: {value}" for field in fields if (value := field.value())]
    return Part(number, id, label, help, tuple(fields), ", ".join(said[:2]), not wrong, False, wrong)


def _shown(field: BoundField) -> bool:
    """Whether the page shows it, as the other fields stand."""
    name, _equals, wanted = getattr(field.form, "shows", {}).get(field.name, "").partition("=")
    return not name or name not in field.form.fields or field.form[name].value() in wanted.split(",")


def problems(bound: Bound) -> tuple[tuple[str, str, str], ...]:
    """Every error with its field's name and label."""
    found = problems_of(bound.form)
    values = bound.values
    if values.is_bound:
        of = values.prefix
        found += tuple((f"{of}-{name}" if name else "", label, text) for name, label, text in problems_of(values))
    return found


def as_posted(bound: Bound) -> QueryDict:
    """What the page would send of an unbound form."""
    data = posted.of(bound.form)
    for act in bound.acts.values():
        for name, several in posted.of(act).lists():
            data.setlist(name, several)
    return data
