"""The targets of a target group: how they are, in words; bringing them in and taking them out."""

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.catalog.among import Among
from apps.catalog.cards import Named, Sheet, Shown
from apps.catalog.fields import Refs
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps
from apps.catalog.resources import Risk
from apps.catalog.scope import Scope
from apps.catalog.text import Text, one_line
from apps.services.elbv2.target_groups import count, health, target_group, unhealthy

TARGETS = Sheet("targets", _("Targets"), rank=5)
PART = "TargetHealth"
AT_ONCE = 200  # targets in one call

# Elastic Load Balancing API Reference, TargetHealth.
STATES: Mapping[str, Text] = {
    "initial": _("Being checked"),
    "healthy": _("Healthy"),
    "unhealthy": _("Unhealthy"),
    "unhealthy.draining": _("Unhealthy, being drained"),
    "unused": _("Not in use"),
    "draining": _("Being drained"),
    "unavailable": _("Not known"),
}
REASONS: Mapping[str, Text] = {
    "Elb.RegistrationInProgress": _("It is being registered."),
    "Elb.InitialHealthChecking": _("Its first health checks are under way."),
    "Target.ResponseCodeMismatch": _("It answers the health check with another status code than is expected."),
    "Target.Timeout": _("It doesn't answer the health check in time."),
    "Target.FailedHealthChecks": _("It fails the health check: the connection is refused, or the answer is not valid."),
    "Target.NotRegistered": _("It is not registered."),
    "Target.NotInUse": _(
        "No load balancer sends to it: none uses the group, or its zone is not one of the balancer's."
    ),
    "Target.DeregistrationInProgress": _("It is taken out: open connections may end first."),
    "Target.InvalidState": _("It is stopped or terminated."),
    "Target.IpUnusable": _("Its address belongs to a load balancer and can't be a target."),
    "Target.HealthCheckDisabled": _("The group has no health check."),
    "Elb.InternalError": _("AWS had an internal error."),
}
_SPLIT = re.compile(r"[\s,]+")


def reason(found: Mapping[str, Any]) -> str:
    """Why it is so, in words; AWS's own where it says more (which status code came)."""
    code, said = str(found.get("Reason") or ""), str(found.get("Description") or "")
    words = str(REASONS.get(code, code))
    return f"{words} ({one_line(said)})" if said and code in {"Target.ResponseCodeMismatch", ""} else words or said


def key(each: Mapping[str, Any]) -> str:
    """`id:port`, by which a target is chosen."""
    target = each["Target"]
    return f"{target['Id']}:{target.get('Port') or ''}"


def target(text: str) -> dict[str, Any]:
    """The target of a key."""
    id, _colon, port = text.rpartition(":")
    return {"Id": id, "Port": int(port) if port else None}


def registered(item: Item, scope: Scope | None) -> Iterable[tuple[str, Text]]:
    for each in health(item):
        state = str((each.get("TargetHealth") or {}).get("State") or "")
        id = str(each["Target"]["Id"])
        known = scope.get("ec2.instance", id) if scope else None
        words = {
            "id": f"{known.name} ({id})" if known and known.name else id,
            "port": each["Target"].get("Port") or "",
            "state": STATES.get(state, state),
        }
        yield key(each), _now("%(id)s, port %(port)s: %(state)s") % words


def shown(id: str) -> Named | str:
    """An instance with its name; an address as it is."""
    return Named("ec2.instance", id) if id.startswith("i-") else id


@target_group.card(
    TARGETS,
    _("Registered targets"),
    part=PART,
    verbs=("register",),
    removes=("deregister",),
    empty=_("No targets are registered: nothing answers what the load balancer sends here."),
)
def card(item: Item) -> Shown:
    found = health(item)
    if not found:
        return Shown()
    bad, good = unhealthy(item), count(item, "healthy")
    words = {"good": good, "bad": bad, "total": len(found)}
    said = _now("%(good)d of %(total)d targets are healthy.") % words
    rows = [
        (
            shown(str(each["Target"]["Id"])),
            each["Target"].get("Port") or "",
            each["Target"].get("AvailabilityZone") or "",
            str(STATES.get((each.get("TargetHealth") or {}).get("State", ""), "")),
            reason(each.get("TargetHealth") or {}),
        )
        for each in found
    ]
    heads = [_now("Target"), _now("Port"), _now("Zone"), _now("Health"), _now("Reason")]
    return Shown(words=[said], tone="bad" if bad else "ok" if good else "idle", heads=heads, rows=rows)


class RegisterForm(forms.Form):
    instances = Refs("ec2.instance", label=_("Instances"), required=False, most=AT_ONCE)
    addresses = forms.CharField(
        label=_("IP addresses"),
        required=False,
        max_length=4000,
        help_text=_("For groups whose targets are addresses: private ones, separated by spaces or commas."),
    )
    port = forms.IntegerField(
        label=_("Port"), required=False, min_value=1, max_value=65535, help_text=_("Empty: the group's own.")
    )

    items: tuple[Item, ...] = ()

    def clean_addresses(self) -> list[str]:
        given = [each for each in _SPLIT.split(self.cleaned_data["addresses"].strip()) if each]
        for each in given:
            try:
                found = ipaddress.ip_address(each)
            except ValueError:
                raise forms.ValidationError(_now("%(text)s is not an IP address.") % {"text": each}) from None
            if found.version == 4 and not found.is_private and found not in ipaddress.ip_network("100.64.0.0/10"):
                said = _now("%(text)s is a public address; a target has a private one.")
                raise forms.ValidationError(said % {"text": each})
        return list(dict.fromkeys(given))

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not self.errors:
            for item in self.items:
                self._check(item, values)
        return values

    def _check(self, item: Item, values: Mapping[str, Any]) -> None:
        type = item.attrs.get("TargetType") or "instance"
        if type not in {"instance", "ip"}:
            said = _now("The target of %(name)s is of type %(type)s, which is set in AWS's console.")
            self.add_error(None, said % {"name": item.title, "type": type})
            return
        wanted, other = ("instances", "addresses") if type == "instance" else ("addresses", "instances")
        if values[other]:
            said = _now("%(name)s takes instances.") if type == "instance" else _now("%(name)s takes addresses.")
            self.add_error(other, said % {"name": item.title})
        elif not values[wanted]:
            self.add_error(wanted, _now("Choose at least one target."))
        else:
            check_instances(self, "instances", values["instances"], item.attrs.get("VpcId", ""))


def check_instances(form: forms.Form, field: str, ids: Sequence[str], vpc: str) -> None:
    """AWS registers instances that run and lie in the group's VPC."""
    scope = getattr(form, "scope", None)
    for found in filter(None, (scope.get("ec2.instance", id) for id in ids) if scope else ()):
        if vpc and found.attrs.get("VpcId") not in (None, vpc):
            said = _now("%(name)s is in %(its)s, not in the group's VPC %(vpc)s.")
            form.add_error(field, said % {"name": found.title, "its": found.attrs["VpcId"], "vpc": vpc})
        elif found.state != "running":
            said = _now("%(name)s is %(state)s: only a running instance can be registered.")
            form.add_error(field, said % {"name": found.title, "state": found.state})


def register_step(arn: Any, name: str, wanted: Sequence[Mapping[str, Any]], **more: Any) -> Step:
    """Registers targets; a second time changes nothing more."""
    words = {"count": len(wanted), "name": name}
    return Step(
        "elbv2.register_targets",
        title=ngettext("Register %(count)d target in %(name)s", "Register %(count)d targets in %(name)s", len(wanted))
        % words,
        repeat="safe",
        touches=[(target_group.kind, [arn])],
        TargetGroupArn=arn,
        Targets=list(wanted),
        **more,
    )


@target_group.action(
    _("Register targets"),
    verb="register",
    icon="plus",
    form=RegisterForm,
    iam="elasticloadbalancing:RegisterTargets",
    main=True,
    facts=(PART,),
    example={"addresses": "10.20.1.8, 10.20.1.9", "port": 8080},
)
def register(item: Item, values: Mapping[str, Any]) -> Steps:
    there = {key(each) for each in health(item)}
    port = values["port"] or item.attrs.get("Port")
    wanted = [
        {"Id": id, "Port": port} for id in (*values["instances"], *values["addresses"]) if f"{id}:{port}" not in there
    ]
    if wanted:
        yield register_step(
            item.id,
            item.title,
            wanted,
            undo=Step(
                "elbv2.deregister_targets",
                title=_("Take them out again"),
                repeat="safe",
                TargetGroupArn=item.id,
                Targets=wanted,
            ),
        )


class DeregisterForm(forms.Form):
    targets = Among(registered, label=_("Targets"))


def left(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    gone = set(values["targets"])
    well = [each for each in health(item) if (each.get("TargetHealth") or {}).get("State") == "healthy"]
    if well and all(key(each) in gone for each in well):
        yield _now("No healthy target is left in %(name)s: what is sent there is not answered.") % {"name": item.title}


@target_group.action(
    _("Deregister targets"),
    verb="deregister",
    icon="minus",
    form=DeregisterForm,
    risk=Risk.INTERRUPTS,
    facts=(PART,),
    risks=left,
    means=lambda item, values: [_now("They get no new requests; open connections may end first.")],
    iam="elasticloadbalancing:DeregisterTargets",
    example={"targets": ["10.20.1.7:80"]},
)
def deregister(item: Item, values: Mapping[str, Any]) -> Steps:
    there = {key(each) for each in health(item)}
    wanted = [target(each) for each in values["targets"] if each in there]
    if wanted:
        yield Step(
            "elbv2.deregister_targets",
            title=ngettext(
                "Take %(count)d target out of %(name)s", "Take %(count)d targets out of %(name)s", len(wanted)
            )
            % {"count": len(wanted), "name": item.title},
            repeat="safe",
            touches=[(item.kind, [item.id])],
            undo=register_step(item.id, item.title, wanted),
            TargetGroupArn=item.id,
            Targets=wanted,
        )
