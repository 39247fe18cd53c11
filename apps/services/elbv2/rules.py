"""The rules of an Application Load Balancer's listeners: one table, edited as a whole, as a plan of what differs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Shown
from apps.catalog.edits import Changes, changes, doubles, guarded
from apps.catalog.fields import Rows
from apps.catalog.items import Item
from apps.catalog.plans import Find, Same, Step, Steps
from apps.catalog.text import Text
from apps.services.elbv2.listener_rules import FORWARD, KEEP, REDIRECT, SECURE, group_problem
from apps.services.elbv2.listeners import LISTENERS, by_port, listeners, said
from apps.services.elbv2.load_balancers import load_balancer
from apps.services.elbv2.rule_form import Row, RuleForm, actions, conditions, redirection, row_of
from apps.services.elbv2.rule_words import in_words, then, when
from apps.services.elbv2.target_groups import EXAMPLE as EXAMPLE_GROUP

PART = "Rules"
MOST = 100  # of a load balancer without the default ones, by quota
Rule = Mapping[str, Any]


def rules(item: Item, listener: Mapping[str, Any]) -> list[Rule]:
    """Those of a listener in the order in which they count, without what it does by default."""
    begins = listener["ListenerArn"].replace(":listener/", ":listener-rule/") + "/"
    found = [each for each in item.attrs.get(PART) or () if each["RuleArn"].startswith(begins)]
    return sorted((each for each in found if not each.get("IsDefault")), key=lambda each: int(each["Priority"]))


def rows_of(item: Item) -> dict[str, dict[str, Any]]:
    """The rules that the table can say, as its rows, by ARN."""
    found = (row_of(rule, each["Port"]) for each in _sorted(item) for rule in rules(item, each))
    return {row["rule"]: row for row in found if row is not None}


def beyond(item: Item) -> dict[tuple[int, int], Rule]:
    """The rules that say more than a row can, by port and priority."""
    return {
        (each["Port"], int(rule["Priority"])): rule
        for each in _sorted(item)
        for rule in rules(item, each)
        if row_of(rule, each["Port"]) is None
    }


def _sorted(item: Item) -> list[Mapping[str, Any]]:
    return sorted(listeners(item), key=lambda each: int(each["Port"]))


@load_balancer.card(
    LISTENERS,
    _("Rules"),
    part=PART,
    verbs=("edit-rules",),
    help=_("The first whose conditions all hold counts; where none does, the listener's default action."),
    empty=_("There are no rules: each listener does what it does by default."),
    rank=60,
)
def card(item: Item) -> Shown:
    rows = [
        (said(each), rule["Priority"], when(rule.get("Conditions") or ()), then(rule.get("Actions") or ()))
        for each in _sorted(item)
        for rule in rules(item, each)
    ]
    return Shown(heads=[_now("Listener"), _now("Priority"), _now("If"), _now("Then")], rows=rows)


class RulesForm(forms.Form):
    rules = Rows(RuleForm, most=MOST, required=False, label=_("Rules"), add=_("Add rule"))

    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if len(self.items) > 1:
            self.add_error(None, _now("Edit one load balancer at a time: each has rules of its own."))
        rows: list[Row] = values.get("rules") or []
        for item in self.items if not self.errors else ():
            taken = [*beyond(item), *((row["port"], row["priority"]) for row in rows)]
            for port, priority in doubles(taken):
                text = _now("Two rules of the listener of port %(port)d have the priority %(priority)d.")
                self.add_error("rules", text % {"port": port, "priority": priority})
            for row in rows:
                for problem in self._problems(item, row):
                    at = {"port": row["port"], "priority": row["priority"], "problem": problem}
                    self.add_error("rules", _now("Port %(port)d, priority %(priority)d: %(problem)s") % at)
        return values

    def _problems(self, item: Item, row: Row) -> Iterable[str]:
        listener, now = by_port(item).get(row["port"]), rows_of(item).get(row["rule"])
        if listener is None:
            known = ", ".join(said(each) for each in _sorted(item))
            yield _now("No listener has this port; there are: %(known)s.") % {"known": known or "–"}
            return
        if row["rule"] and now is None:
            yield _now("%(rule)s is no rule of %(name)s.") % {"rule": row["rule"], "name": item.title}
        if row["action"] == KEEP and (now is None or now["port"] != row["port"]):
            yield _now("A new rule needs an action.")
        plain = row["action"] == REDIRECT and (redirection(row["to"]) or {}).get("Protocol") == "HTTP"
        if plain and listener["Protocol"] in SECURE:
            yield _now("HTTPS can't be redirected to HTTP.")
        scope = getattr(self, "scope", None)
        group = scope.get("elbv2.target-group", row["target_group"]) if scope and row["action"] == FORWARD else None
        if group:
            vpc = item.attrs.get("VpcId", "")
            yield from filter(None, [group_problem(group, listener["Protocol"], vpc, item.id, scope)])


def differences(item: Item, wanted: Sequence[Row]) -> Changes[str, Row]:
    """By a rule's ARN; what is new has a number. A rule that moves to another listener is a new one there."""
    now = rows_of(item)
    by_place = {(row["port"], row["priority"]): arn for arn, row in now.items()}
    named = {row["rule"] for row in wanted}
    found: dict[str, Row] = {}
    for n, row in enumerate(wanted):
        arn = row["rule"] or by_place.get((row["port"], row["priority"]), "")
        stays = arn in now and now[arn]["port"] == row["port"] and (row["rule"] or arn not in named)
        found[arn if stays else f"new {n}"] = row
    return changes(now, found)


def means(item: Item, values: Mapping[str, Any]) -> Iterator[Text]:
    found = differences(item, values["rules"])
    for row in found.new.values():
        yield _now("New: %(rule)s.") % {"rule": in_words(row)}
    for before, row in found.changed.values():
        if in_words(before) != in_words(row):
            said = _now("Changed: %(rule)s. Before: %(before)s.")
            yield said % {"rule": in_words(row), "before": in_words(before)}
    for row in found.gone.values():
        yield _now("Gone: %(rule)s.") % {"rule": in_words(row)}


def risks(item: Item, values: Mapping[str, Any]) -> Iterator[Text]:
    for row in differences(item, values["rules"]).gone.values():
        said = _now("Requests where %(when)s go on to the next rule that fits, or to the default action.")
        yield said % {"when": when(conditions(row))}


def warn(item: Item) -> Iterator[Text]:
    if more := [f"{port}: {priority}" for port, priority in beyond(item)]:
        said = _now("Rules of %(name)s that say more than this form can stay as they are: %(rules)s.")
        yield said % {"name": item.title, "rules": ", ".join(more)}


def _unfit(item: Item) -> Text:
    if item.attrs.get("Type") != "application":
        return _now("Only an Application Load Balancer has rules; %(name)s is none.") % {"name": item.title}
    return ""


@load_balancer.action(
    _("Edit rules"),
    verb="edit-rules",
    submit=_("Save"),
    icon="list-ordered",
    form=RulesForm,
    facts=("Listeners", PART),
    like=lambda item: {"rules": list(rows_of(item).values())},
    warn=warn,
    means=means,
    risks=risks,
    unless=_unfit,
    iam=(
        "elasticloadbalancing:CreateRule",
        "elasticloadbalancing:ModifyRule",
        "elasticloadbalancing:DeleteRule",
        "elasticloadbalancing:SetRulePriorities",
    ),
    help=_("The table is what will be: a line that is taken out removes that rule."),
    example={"rules": [{"port": 80, "priority": 10, "path": "/api/*", "target_group": EXAMPLE_GROUP}]},
)
def edit(item: Item, values: Mapping[str, Any]) -> Steps:
    found = differences(item, values["rules"])
    for port, listener in by_port(item).items():
        yield from guarded(_changes(item, listener, found, port), _same(item, listener))


def _changes(item: Item, listener: Mapping[str, Any], found: Changes[str, Row], port: int) -> Iterator[Step]:
    """What goes leaves its priority to others, so it goes first; then they are ordered, changed and joined."""
    here: dict[str, Any] = {"touches": [(item.kind, [item.id]), ("elbv2.target-group", None)]}
    there = {rule["RuleArn"]: rule for rule in rules(item, listener)}
    for arn, row in found.gone.items():
        if row["port"] == port:
            title = _("Remove rule %(priority)d of %(listener)s") % _at(row, listener)
            yield Step("elbv2.delete_rule", title=title, undo=_again(there[arn], listener), RuleArn=arn, **here)
    changed = {arn: pair for arn, pair in found.changed.items() if pair[1]["port"] == port}
    moved = {arn: pair for arn, pair in changed.items() if pair[0]["priority"] != pair[1]["priority"]}
    if moved:
        yield Step(
            "elbv2.set_rule_priorities",
            title=_("Order the rules of %(listener)s") % {"listener": said(listener)},
            repeat="safe",
            undo=_order(listener, {arn: before["priority"] for arn, (before, _row) in moved.items()}),
            RulePriorities=_priorities({arn: row["priority"] for arn, (_before, row) in moved.items()}),
            **here,
        )
    for arn, (before, row) in changed.items():
        if written := _written(before, row):
            was = {key: there[arn].get(key) for key in written}
            yield Step(
                "elbv2.modify_rule",
                title=_("Change rule %(priority)d of %(listener)s") % _at(row, listener),
                undo=Step("elbv2.modify_rule", title=_("Write the rule back"), RuleArn=arn, **_sent(was)),
                RuleArn=arn,
                **written,
                **here,
            )
    for row in found.new.values():
        if row["port"] == port:
            yield Step(
                "elbv2.create_rule",
                title=_("Add rule %(priority)d to %(listener)s") % _at(row, listener),
                find=_found(listener, row["priority"]),
                undo=lambda out: Step(
                    "elbv2.delete_rule", title=_("Remove the new rule"), RuleArn=out["Rules[0].RuleArn"]
                ),
                ListenerArn=listener["ListenerArn"],
                Priority=row["priority"],
                Conditions=conditions(row),
                Actions=actions(row),
                **here,
            )


def _at(row: Row, listener: Mapping[str, Any]) -> dict[str, Any]:
    return {"priority": row["priority"], "listener": said(listener)}


def _written(before: Row, row: Row) -> dict[str, Any]:
    """The parameters of what differs."""
    found: dict[str, Any] = {}
    if conditions(before) != conditions(row):
        found["Conditions"] = conditions(row)
    if row["action"] != KEEP and (before["action"] == KEEP or actions(before) != actions(row)):
        found["Actions"] = actions(row)
    return found


def _sent(was: Mapping[str, Any]) -> dict[str, Any]:
    """What AWS answered of a rule, as it takes it: values stand in one place only."""
    found = dict(was)
    if found.get("Conditions"):
        found["Conditions"] = [
            {key: value for key, value in each.items() if key != "Values" or len(each) == 2}
            for each in was["Conditions"]
        ]
    if found.get("Actions"):
        found["Actions"] = [
            {key: value for key, value in each.items() if key != "TargetGroupArn" or "ForwardConfig" not in each}
            for each in was["Actions"]
        ]
    return found


def _again(rule: Rule, listener: Mapping[str, Any]) -> Step:
    return Step(
        "elbv2.create_rule",
        title=_("Add the rule again"),
        find=_found(listener, int(rule["Priority"])),
        ListenerArn=listener["ListenerArn"],
        Priority=int(rule["Priority"]),
        **_sent({key: rule.get(key) for key in ("Conditions", "Actions", "Transforms")}),
    )


def _order(listener: Mapping[str, Any], by_arn: Mapping[str, int]) -> Step:
    return Step(
        "elbv2.set_rule_priorities",
        title=_("Order the rules of %(listener)s as before") % {"listener": said(listener)},
        repeat="safe",
        RulePriorities=_priorities(by_arn),
    )


def _priorities(by_arn: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"RuleArn": arn, "Priority": priority} for arn, priority in by_arn.items()]


def _found(listener: Mapping[str, Any], priority: int) -> Find:
    """A listener has one rule of a priority."""
    path = f"Rules[?Priority=='{priority}'] | [0].{{Rules: [@]}}"
    return Find("elbv2.describe_rules", path, {"ListenerArn": listener["ListenerArn"]})


def _same(item: Item, listener: Mapping[str, Any]) -> Same:
    begins = listener["ListenerArn"].replace(":listener/", ":listener-rule/") + "/"
    was = [each for each in item.attrs.get(PART) or () if each["RuleArn"].startswith(begins)]
    params = {"ListenerArn": listener["ListenerArn"]}
    return Same("elbv2.describe_rules", params, "Rules", was, unordered=True, what=_("The rules"))
