"""Editing the rules of a security group: the plan is what differs, so that no rule that stays is ever away."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.catalog.items import Item
from apps.catalog.plans import Same, Step, Steps
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2 import security_group_form as form
from apps.services.ec2 import security_group_rules as rules
from apps.services.ec2.security_group_rules import Change, Rule
from apps.services.ec2.security_groups import INBOUND, OUTBOUND, rules_now, security_group

DUPLICATE, MISSING = ("InvalidPermission.Duplicate",), ("InvalidPermission.NotFound",)
IAM = ("AuthorizeSecurityGroup", "RevokeSecurityGroup", "UpdateSecurityGroupRuleDescriptions")
WAYS = {INBOUND: "ingress", OUTBOUND: "egress"}


class InboundForm(forms.Form):
    rules = form.inbound_rows()

    part = INBOUND
    items: tuple[Item, ...] = ()
    scope: Scope | None = None

    def clean_rules(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.cleaned_data["rules"]
        if len(self.items) > 1:
            raise forms.ValidationError(_("Edit the rules of one group at a time."))
        for item in self.items:
            wanted = form.rules_in(rows, item.id)
            if found := list(form.problems(wanted, rules_now(item, self.part), self.scope)):
                raise forms.ValidationError([str(text) for text in found])
        return rows


class OutboundForm(InboundForm):
    rules = form.outbound_rows()

    part = OUTBOUND


def like(part: str, item: Item) -> dict[str, Any]:
    return {"rules": [rules.row_of(rule) for rule in rules_now(item, part)]}


def changed(part: str, item: Item, values: Mapping[str, Any]) -> Change:
    return rules.change(rules_now(item, part), form.rules_in(values["rules"], item.id))


def means(part: str, item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    """The difference, rule by rule."""
    found, said = changed(part, item, values), partial(rules.said, outbound=part == OUTBOUND)
    for rule in found.added:
        yield _now("New: %(rule)s") % {"rule": said(rule)}
    for rule in found.removed:
        yield _now("Gone: %(rule)s") % {"rule": said(rule)}
    for before, after in found.described:
        words = {"rule": said(after), "before": before.description or "–", "after": after.description or "–"}
        yield _now("Described anew: %(rule)s: “%(after)s” instead of “%(before)s”") % words
    stay = len(rules_now(item, part)) - len(found.removed)
    if not found.anything:
        yield _now("Nothing changes.")
    elif stay:
        yield ngettext("%(count)d rule stays.", "%(count)d rules stay.", stay) % {"count": stay}


def notes(part: str, item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    yield from form.oddities(form.rules_in(values["rules"], item.id))
    if changed(part, item, values).removed:
        yield _now("Connections that a rule let in may go on until they end or are idle; new ones are refused at once.")


def risks(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    yield from form.dangers(changed(INBOUND, item, values).added)


def steps(item: Item, part: str, found: Change) -> Iterable[Step]:
    """The calls that make a change. What is new comes first, so that a rule that takes another's place leaves no gap;
    but where the group would for a moment have more rules than AWS takes, what goes comes first."""
    made = [
        _describe(item, part, found.described),
        _allow(item, part, found.added),
        _revoke(item, part, found.removed),
    ]
    if len(rules_now(item, part)) + len(found.added) > form.USUAL:
        made[1:] = reversed(made[1:])
    first = True
    for step in made:
        if step is not None:
            step.same = _same(item, part) if first else None
            first = False
            yield step


def _same(item: Item, part: str) -> Same:
    own = next(each for each in security_group.parts if each.key == part)
    what = _now("The rules of %(name)s") % {"name": item.title}
    return Same(
        security_group.call_of(own),
        own.params(item.attrs) or {},
        own.path,
        item.attrs.get(part) or [],
        what=what,
        unordered=True,
    )


def _call(item: Item, verb: str, part: str, found: Sequence[Rule], title: Text, **more: Any) -> Step:
    return Step(
        f"ec2.{verb}_{WAYS[part]}",
        title=title,
        touches=[(item.kind, [item.id])],
        GroupId=item.id,
        IpPermissions=rules.permissions_of(found, item.id),
        **more,
    )


def _titled(many: Sequence[Rule], part: str, one: Text, several: Text) -> Text:
    if len(many) == 1:
        return one % {"rule": rules.said(many[0], part == OUTBOUND)}
    return several % {"count": len(many)}


def _allow(item: Item, part: str, found: Sequence[Rule]) -> Step | None:
    if not found:
        return None
    title = _titled(found, part, _now("Allow %(rule)s"), _now("Allow %(count)d rules"))
    verb, back = "authorize_security_group", _now("Take back what was allowed")
    undo = _call(item, "revoke_security_group", part, found, back, already=MISSING)
    return _call(item, verb, part, found, title, already=DUPLICATE, undo=undo)


def _revoke(item: Item, part: str, found: Sequence[Rule]) -> Step | None:
    if not found:
        return None
    title = _titled(found, part, _now("Revoke %(rule)s"), _now("Revoke %(count)d rules"))
    verb, back = "revoke_security_group", _now("Allow again what was revoked")
    undo = _call(item, "authorize_security_group", part, found, back, already=DUPLICATE)
    return _call(item, verb, part, found, title, already=MISSING, undo=undo)


def _describe(item: Item, part: str, found: Sequence[tuple[Rule, Rule]]) -> Step | None:
    if not found:
        return None
    before, after = [pair[0] for pair in found], [pair[1] for pair in found]
    title = _titled(after, part, _now("Describe %(rule)s"), _now("Describe %(count)d rules"))
    verb, back = "update_security_group_rule_descriptions", _now("Put the descriptions back")
    undo = _call(item, verb, part, before, back, repeat="safe")
    return _call(item, verb, part, after, title, repeat="safe", undo=undo)


def _edit(part: str, item: Item, values: Mapping[str, Any]) -> Steps:
    yield from steps(item, part, changed(part, item, values))


def _action(part: str, verb: str, label: Text, form_class: type[forms.Form], iam: str, **more: Any) -> None:
    run: Callable[..., Steps] = partial(_edit, part)
    security_group.action(
        label,
        verb=verb,
        submit=_("Save"),
        icon="list-checks",
        form=form_class,
        facts=(part,),
        like=partial(like, part),
        means=partial(means, part),
        notes=partial(notes, part),
        iam=[f"ec2:{each}{iam}" for each in IAM],
        **more,
    )(run)


_action(
    INBOUND,
    "edit-inbound-rules",
    _("Edit inbound rules"),
    InboundForm,
    "Ingress",
    main=True,
    risks=risks,
    example={"rules": [{"protocol": "tcp", "ports": "443", "source": "0.0.0.0/0", "description": "HTTPS"}]},
)
_action(
    OUTBOUND,
    "edit-outbound-rules",
    _("Edit outbound rules"),
    OutboundForm,
    "Egress",
    main=True,
    example={"rules": [{"protocol": "tcp", "ports": "443", "source": "0.0.0.0/0"}]},
)


# Rules that name a group of a VPC that was peered, or a group that is gone


def stale(item: Item) -> dict[str, list[Rule]]:
    """By part the rules of a group that AWS calls stale, as they stand there."""
    found: Mapping[str, Any] = next((s for s in item.attrs.get("Stale") or () if s.get("GroupId") == item.id), {})
    own = {INBOUND: "StaleIpPermissions", OUTBOUND: "StaleIpPermissionsEgress"}
    out = {}
    for part, key in own.items():
        named = {(*rule.key[:3], rule.group) for rule in rules.rules_of(_groups_only(found.get(key)))}
        out[part] = [rule for rule in rules_now(item, part) if rule.group and (*rule.key[:3], rule.group) in named]
    return out


def _groups_only(permissions: Iterable[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """AWS says blocks and lists there as plain text, which are never stale."""
    return [
        {key: value for key, value in one.items() if key not in ("IpRanges", "PrefixListIds")}
        for one in permissions or ()
    ]


class StaleForm(forms.Form):
    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        for item in self.items:
            if not any(stale(item).values()):
                said = _now("No rule of %(name)s refers to a group that is gone.")
                self.add_error(None, said % {"name": item.title})
        return self.cleaned_data


def _stale_means(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    for part, found in stale(item).items():
        for rule in found:
            yield _now("Gone: %(rule)s") % {"rule": rules.said(rule, part == OUTBOUND)}


@security_group.action(
    _("Remove stale rules"),
    verb="remove-stale-rules",
    icon="filter-x",
    form=StaleForm,
    facts=(INBOUND, OUTBOUND, "Stale"),
    means=_stale_means,
    iam=("ec2:RevokeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress", "ec2:DescribeStaleSecurityGroups"),
    help=_("Rules that refer to a group that is gone, or in a VPC that is no longer peered, let nobody in."),
)
def remove_stale_rules(item: Item, values: Mapping[str, Any]) -> Steps:
    for part, found in stale(item).items():
        yield from steps(item, part, Change(removed=found))
