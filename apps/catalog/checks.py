"""Holds every declaration against botocore's service models at `manage.py check`. Codes are northgate.E0nn."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.core import checks

from apps.catalog import check_parts, check_questions, check_tabs, filters, model, registry, sweeps
from apps.catalog.cards import Around
from apps.catalog.examples import PLACE as PLACE
from apps.catalog.examples import ExampleScope as ExampleScope
from apps.catalog.examples import example_item as example_item
from apps.catalog.examples import example_plan as example_plan
from apps.catalog.metrics import Measure
from apps.catalog.paths import first, getter
from apps.catalog.resources import Action, Resource
from apps.catalog.shapes import example_params as example_params
from apps.catalog.shapes import example_things as example_things
from apps.catalog.shapes import fill, follow

_KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")
_STAT = re.compile(r"Average|Sum|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d+)?")
_DAY = 24 * 3600
_KEPT = ((63 * _DAY, 3600), (15 * _DAY, 300))  # older than that, CloudWatch has only values of so many seconds


@checks.register("catalog")
def check_catalog(**_: Any) -> list[checks.CheckMessage]:
    """All problems of all declarations."""
    found = [_error("E001", f"{kind} is declared twice", kind) for kind in registry.duplicates()]
    for resource in registry.everything():
        found += _check_resource(resource)
        asked = (routine.action for routine in resource.routines.values())
        for action in (*resource.actions.values(), *resource.wizards.values(), *asked):
            found += _check_action(action)
    return found


def _error(code: str, message: str, where: str) -> checks.CheckMessage:
    return checks.Error(message, obj=where, id=f"northgate.{code}")


def _check_resource(resource: Resource) -> Iterator[checks.CheckMessage]:
    try:
        registry.service(resource.service)
    except registry.UnknownKind:
        yield _error("E002", f"there is no service {resource.service}", resource.kind)
        return
    for call in resource.reads:
        name = f"{resource.client}.{call.operation}"
        try:
            operation = model.operation(name)
        except model.UnknownCall as error:
            yield _error("E010", str(error), resource.kind)
            continue
        if call.by_id and call.by_id not in operation.input_shape.members:
            yield _error("E011", f"{name} has no parameter {call.by_id}", resource.kind)
        if problem := model.problems(name, dict(call.params)):
            yield _error("E012", f"{name}: {problem}", resource.kind)
        shape, missing = follow(operation.output_shape, call.path)
        if missing:
            yield _error("E013", f"{name} answers no {missing} (in {call.path})", resource.kind)
        elif call is resource.reads[0]:
            yield from _check_paths(resource, shape)
    for code, message, where in check_parts.problems(resource):
        yield _error(code, message, where)
    yield from _check_keys(resource)
    yield from _check_cards(resource)
    for problem in check_tabs.problems(resource):
        yield _error("E049", problem, resource.kind)
    yield from _check_leads(resource)
    yield from _check_idle(resource)
    asked = resource.maps or resource.questions
    for message, where in check_questions.problems(resource, example_item(resource), ExampleScope()) if asked else ():
        yield _error("E042", message, where)
    yield from _check_capacity(resource)
    for measure in resource.measures:
        yield from _check_measure(resource, measure)


def _check_paths(resource: Resource, shape: Any) -> Iterator[checks.CheckMessage]:
    parts = {part.key: part for part in resource.parts}
    paths = [resource.id, resource.name, resource.zone, resource.region, resource.created, resource.tags]
    paths += [resource.state.path] if resource.state else []
    paths += [related.path for related in resource.related]
    paths += [column.source for column in resource.columns if not column.exempt]
    for path in paths:
        if not isinstance(path, str) or not path:
            continue
        part = parts.get(first(path))
        missing = check_parts.missing(resource, part, path) if part else follow(shape, path)[1]
        if missing and path != "Tags":  # the default; a kind without tags answers none
            yield _error("E014", f"the answer has no {missing} (in {path})", resource.kind)
    if resource.state and isinstance(resource.state.path, str):
        state, _missing = follow(shape, resource.state.path)
        known = set(getattr(state, "enum", ()) or ())
        declared = set().union(resource.state.ok, resource.state.busy, resource.state.idle, resource.state.bad)
        if resource.state.unsaid and resource.state.unsaid not in declared:
            yield _error("E015", f"{resource.state.unsaid}: no such state", resource.kind)
        known |= {resource.state.unsaid} if known and resource.state.unsaid else set()
        if known and (unknown := declared - known):
            yield _error("E015", f"{', '.join(sorted(unknown))}: no such state in botocore's model", resource.kind)
        if known and (unsaid := known - declared):
            yield _error("E016", f"the states {', '.join(sorted(unsaid))} are not declared", resource.kind)


def _check_keys(resource: Resource) -> Iterator[checks.CheckMessage]:
    keys = [column.key for column in resource.listed]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield _error("E020", f"two columns have the key {key}", resource.kind)
    kinds = {found.kind for found in registry.everything()}
    for wanted in [column.ref for column in resource.columns if column.ref] + [each.kind for each in resource.related]:
        if wanted not in kinds:
            yield _error("E021", f"it refers to {wanted}, which is not declared", resource.kind)
    if resource.within and resource.within not in kinds:
        yield _error("E021", f"it lies within {resource.within}, which is not declared", resource.kind)
    for tab in resource.tabs:
        try:
            if missing := follow(model.operation(tab.call).output_shape, tab.path)[1]:
                yield _error("E022", f"{tab.call} answers no {missing}", resource.kind)
        except model.UnknownCall as error:
            yield _error("E010", str(error), resource.kind)


def _check_cards(resource: Resource) -> Iterator[checks.CheckMessage]:
    parts, taken = {part.key for part in resource.parts}, {tab.id for tab in resource.tabs} | check_tabs.TAKEN
    for card in resource.cards:
        where = f"{resource.kind} {card.label}"
        if card.part and card.part not in parts:
            yield _error("E039", f"it shows {card.part}, which is no part of it", where)
        if unknown := [verb for verb in (*card.verbs, *card.removes) if verb not in resource.actions]:
            yield _error("E039", f"there is no action {', '.join(unknown)}", where)
        if card.sheet.id in taken:
            yield _error("E039", f"there is a tab {card.sheet.id} already", where)
        around = Around(ExampleScope(), "192.0.2.7")
        card.shown(example_item(resource), around)
        for ask in next(card.asks(example_item(resource), around)) if card.asks else ():
            if problem := model.problems(ask.call, dict(ask.params)):
                yield _error("E012", f"{ask.call}: {problem}", where)


def _check_leads(resource: Resource) -> Iterator[checks.CheckMessage]:
    for lead in resource.leads:
        where, (kind, _dot, verb) = f"{resource.kind} {lead.label}", lead.to.rpartition(".")
        wizard = next((found.wizards.get(verb) for found in registry.everything() if found.kind == kind), None)
        if wizard is None:
            yield _error("E041", f"there is no wizard {lead.to}", where)
        elif unknown := lead.fills(example_item(resource)).keys() - wizard.form.base_fields.keys():
            yield _error("E041", f"{lead.to} has no field {', '.join(sorted(unknown))}", where)


def _check_capacity(resource: Resource) -> Iterator[checks.CheckMessage]:
    if capacity := resource.capacity:
        calls = {step["call"] for wizard in resource.wizards.values() for step in example_plan(wizard).steps}
        if capacity.call not in calls:
            yield _error("E046", f"no wizard of it calls {capacity.call}", resource.kind)


def _check_idle(resource: Resource) -> Iterator[checks.CheckMessage]:
    kinds = {found.kind: found for found in registry.resources()}
    for idle in resource.idle:
        where, column = f"{resource.kind} {idle.why}", resource.column(idle.beside.column) if idle.beside else None
        if idle.fix not in resource.actions:
            yield _error("E045", f"there is no action {idle.fix}", where)
        if not resource.monthly_cost or not resource.billed or not resource.stored:
            yield _error("E045", "it is nothing that is stored and paid for", where)
        if idle.days and not resource.created:
            yield _error("E045", "AWS does not tell when it was made", where)
        if idle.beside and (column is None or column.ref != idle.beside.kind):
            yield _error("E045", f"{idle.beside.column} is no column that refers to {idle.beside.kind}", where)
        stated = [
            (resource, idle.states),
            *([(kinds.get(idle.beside.kind), idle.beside.states)] if idle.beside else []),
        ]
        for kind, states in stated:
            if unknown := {one for one in states if not (kind and kind.state) or kind.state.tone(one) == "unknown"}:
                yield _error("E015", f"{', '.join(sorted(unknown))}: no such state", where)
        for mention in idle.unless_in:
            other = kinds.get(mention.kind)
            if other is None:
                yield _error("E021", f"it refers to {mention.kind}, which is not declared", where)
                continue
            read = other.reads[0]
            answer = model.operation(f"{other.client}.{read.operation}").output_shape
            if missing := follow(follow(answer, read.path)[0], mention.path)[1]:
                yield _error("E014", f"{mention.kind} has no {missing} (in {mention.path})", where)


def _check_measure(resource: Resource, measure: Measure) -> Iterator[checks.CheckMessage]:
    metric, where = measure.metric, f"{resource.kind} {measure.key}"
    if not resource.stored:
        yield _error("E026", "the inventory doesn't know these, so nothing can be kept of them", where)
    if not _KEY.fullmatch(measure.key) or measure.key in filters.COMMON:
        yield _error("E023", "its key is no name that a filter could have", where)
    if measure.period <= 0 or measure.period % 60 or measure.window % measure.period or not 1 <= measure.size <= 100:
        yield _error("E024", "its window is 1 to 100 periods, its period a multiple of 60 seconds", where)
    elif coarse := next((step for age, step in _KEPT if measure.window > age and measure.period % step), 0):
        yield _error("E024", f"CloudWatch keeps values of that age by {coarse} seconds", where)
    if not _STAT.fullmatch(metric.stat):
        yield _error("E025", f"{metric.stat} is no statistic", where)
    if not metric.fixed or any(metric.dimension in fixed for fixed in metric.fixed):
        yield _error("E025", "it needs a set of further dimensions (it may be empty), without the id's own", where)
    if measure.when is not None:
        state = resource.state
        if unknown := {each for each in measure.when if state is None or state.tone(each) == "unknown"}:
            yield _error("E015", f"{', '.join(sorted(unknown))}: no such state", where)


def _check_action(action: Action) -> Iterator[checks.CheckMessage]:
    where = action.act
    fields = set(action.form.base_fields)
    named = {name for section in action.sections for name in section.fields}
    if taken := sorted(fields & {"account", "region"}):
        yield _error("E047", f"{', '.join(taken)}: in an address that is what the page's own picker is set to", where)
    if action.sections and named != fields:
        yield _error("E030", f"the sections and the form differ in {', '.join(sorted(named ^ fields))}", where)
    yield from _check_facts(action)
    try:
        plan = example_plan(action)
    except (ValueError, KeyError, model.UnknownCall) as error:
        yield _error("E031", f"its example does not become a plan: {error}", where)
        return
    if not plan.steps:
        yield _error("E032", "its example becomes a plan without steps", where)
    for step in plan.steps:
        if step.get("same"):
            yield from _check_same(where, step["same"])
        if step.get("over"):
            yield from _check_sweep(where, step)
            continue
        for each in filter(None, (step, step["undo"], step["find"])):
            if problem := model.problems(each["call"], fill(each["params"], model.operation(each["call"]).input_shape)):
                yield _error("E033", f"{each['call']}: {problem}", where)


def _check_facts(action: Action) -> Iterator[checks.CheckMessage]:
    resource, known = action.resource, {"head", "tags"}
    if resource.stored:
        read = resource.reads[0]
        shape = follow(model.operation(f"{resource.client}.{read.operation}").output_shape, read.path)[0]
        own = set(getattr(shape, "members", ())) if read.by_id else set()
        known = {part.key for part in resource.parts} | own
    if unknown := [key for key in action.facts if key not in known]:
        yield _error("E038", f"there are no facts {', '.join(unknown)}", action.act)


def _check_same(where: str, same: Mapping[str, Any]) -> Iterator[checks.CheckMessage]:
    try:
        operation = model.operation(same["call"])
    except model.UnknownCall as error:
        yield _error("E010", str(error), where)
        return
    if problem := model.problems(same["call"], fill(same["params"], operation.input_shape)):
        yield _error("E033", f"{same['call']}: {problem}", where)
    if missing := follow(operation.output_shape, same["path"])[1]:
        yield _error("E013", f"{same['call']} answers no {missing} (in {same['path']})", where)


def _check_sweep(where: str, step: Mapping[str, Any]) -> Iterator[checks.CheckMessage]:
    over, then = step["over"], step["over"].get("then")
    if problem := model.problems(over["call"], fill(over["params"], model.operation(over["call"]).input_shape)):
        yield _error("E034", f"{over['call']}: {problem}", where)
    for each in filter(None, (step, then)):
        if each["repeat"] not in {"safe", "token"}:
            yield _error("E035", f"{each['call']} is swept but can't be repeated", where)
    if over["into"]:
        try:
            most = model.member(step["call"], over["into"]).metadata.get("max", 1000)
        except KeyError:
            yield _error("E036", f"{step['call']} has no parameter {over['into']}", where)
            return
        if over["at_once"] > most:
            yield _error("E036", f"{step['call']} takes {most} at once, not {over['at_once']}", where)
    things = example_things(over)
    swept = [list(sweeps.eaches(each["params"])) for each in filter(None, (step, then))]
    paths = [one["$each"] for each in swept for one in each]
    if missing := [path for path in paths if not things or getter(path)(things[0]) is None]:
        yield _error("E037", f"{over['call']} answers no {', '.join(missing)} (in {over['path']})", where)
    elif not things or any(bool(each) == bool(over["into"]) for each in swept):
        yield _error("E037", f"what {over['call']} answers at {over['path']} has no one way into {step['call']}", where)
    else:
        for each in filter(None, (step, then)):
            if problem := model.problems(each["call"], example_params(each | {"over": over})):
                yield _error("E033", f"{each['call']}: {problem}", where)
    answer = model.sample(model.operation(step["call"]).output_shape)
    if over["errors"] and not all("Code" in one for one in sweeps.errors(over["errors"], answer) or ({},)):
        yield _error("E013", f"{step['call']} answers no errors at {over['errors']}", where)
