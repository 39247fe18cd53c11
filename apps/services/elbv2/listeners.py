"""The listeners of a load balancer: a table that is edited as a whole, as a plan of what differs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Sheet, Shown
from apps.catalog.fields import Rows
from apps.catalog.items import Item
from apps.catalog.plans import Find, Same, Step, Steps
from apps.catalog.text import Text, one_line
from apps.services.elbv2.listener_rules import (
    FORWARD,
    KEEP,
    PROTOCOLS,
    ListenerForm,
    certificate_problem,
    default_actions,
    group_problem,
    protocol_problem,
    row_of,
)
from apps.services.elbv2.load_balancers import load_balancer
from apps.services.elbv2.naming import by_key
from apps.services.elbv2.target_groups import EXAMPLE as EXAMPLE_GROUP

LISTENERS = Sheet("listeners", _("Listeners"), rank=5)
PART = "Listeners"
MOST = 50  # of a load balancer, by quota
POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"  # what AWS's console offers first

Listener = Mapping[str, Any]


def listeners(item: Item) -> Sequence[Listener]:
    return list(item.attrs.get(PART) or ())


def by_port(item: Item) -> dict[int, Listener]:
    return by_key(listeners(item), lambda each: each["Port"])


def said(listener: Listener) -> str:
    return f"{listener['Protocol']} {listener['Port']}"


def does(listener: Listener) -> str:
    """What its default action is, in words."""
    row, actions = row_of(listener), listener.get("DefaultActions") or ()
    if row["action"] == FORWARD:
        return _now("Forwards to %(group)s") % {"group": row["target_group"].split("/")[-2]}
    words = []
    for each in actions:
        if each.get("Type") == "redirect":
            to = each.get("RedirectConfig") or {}
            at = f"{to.get('Protocol', '')}://{to.get('Host') or '#{host}'}:{to.get('Port', '')}{to.get('Path') or ''}"
            words.append(_now("Redirects to %(address)s") % {"address": at})
        elif each.get("Type") == "fixed-response":
            code = (each.get("FixedResponseConfig") or {}).get("StatusCode", "")
            words.append(_now("Answers %(code)s by itself") % {"code": code})
        elif each.get("Type") == "forward":
            groups = (each.get("ForwardConfig") or {}).get("TargetGroups") or ()
            shares = (f"{one['TargetGroupArn'].split('/')[-2]} ({one.get('Weight', 1)})" for one in groups)
            words.append(_now("Forwards by weight to %(groups)s") % {"groups": ", ".join(shares)})
        else:
            words.append(str(each.get("Type", "")))
    return "; ".join(words)


@load_balancer.card(
    LISTENERS,
    _("Listeners"),
    part=PART,
    verbs=("edit-listeners",),
    help=_("The ports that it answers on, and what it does by default. Further rules stay as they are."),
    empty=_("It has no listeners: nothing is answered."),
)
def card(item: Item) -> Shown:
    rows = [
        (said(each), one_line(does(each)), row_of(each)["certificate"], each.get("SslPolicy") or "")
        for each in sorted(listeners(item), key=lambda each: each["Port"])
    ]
    return Shown(heads=[_now("Listener"), _now("Default action"), _now("Certificate"), _now("Policy")], rows=rows)


class ListenersForm(forms.Form):
    listeners = Rows(ListenerForm, most=MOST, label=_("Listeners"), add=_("Add listener"))

    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        rows: list[Mapping[str, Any]] = values.get("listeners") or []
        ports = [row["port"] for row in rows]
        for port in sorted({port for port in ports if ports.count(port) > 1}):
            self.add_error("listeners", _now("Two listeners have the port %(port)d.") % {"port": port})
        for item in self.items if not self.errors else ():
            if item.attrs.get("Type") not in PROTOCOLS:
                self.add_error(None, _now("The listener of a Gateway Load Balancer can't be edited here."))
                return values
            for row in rows:
                for problem in self._problems(item, row):
                    self.add_error("listeners", f"{row['protocol']} {row['port']}: {problem}")
        return values

    def _problems(self, item: Item, row: Mapping[str, Any]) -> Iterable[str]:
        now = by_port(item).get(row["port"])
        if now and row_of(now).items() <= row.items():
            return
        type = item.attrs["Type"]
        yield from filter(None, [protocol_problem(type, row["protocol"])])
        yield from filter(None, [certificate_problem(row["protocol"], row["certificate"], item.region)])
        if row["action"] == KEEP and now is None:
            yield _now("A new listener needs a default action.")
        if row["action"] not in (FORWARD, KEEP) and type == "network":
            yield _now("A Network Load Balancer only forwards.")
        scope = getattr(self, "scope", None)
        group = scope.get("elbv2.target-group", row["target_group"]) if scope and row["action"] == FORWARD else None
        if group:
            yield from filter(
                None, [group_problem(group, row["protocol"], item.attrs.get("VpcId", ""), item.id, scope)]
            )


def removed(item: Item, values: Mapping[str, Any]) -> list[Listener]:
    kept = {row["port"] for row in values["listeners"]}
    return [each for each in listeners(item) if each["Port"] not in kept]


def risks(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    for each in removed(item, values):
        words = {"name": item.title, "listener": said(each)}
        yield _now("%(name)s answers no more on %(listener)s. The listener's further rules go with it.") % words


def written(row: Mapping[str, Any], now: Listener | None = None) -> dict[str, Any]:
    """A row as the parameters of a call. Where it says what is already, that is left out."""
    before = row_of(now) if now else {}
    secure = bool(row["certificate"])
    params: dict[str, Any] = {}
    if row["protocol"] != before.get("protocol"):
        params["Protocol"] = row["protocol"]
        params["SslPolicy"] = POLICY if secure else None
    if secure and row["certificate"] != before.get("certificate"):
        params["Certificates"] = [{"CertificateArn": row["certificate"]}]
    if row["action"] != KEEP and (
        not now or default_actions(row) != default_actions({**before, "action": before["action"]})
    ):
        params["DefaultActions"] = default_actions(row)
    return params


def create_step(arn: Any, row: Mapping[str, Any], **more: Any) -> Step:
    """Makes a listener. A port has one listener, so a lost answer's is found by it."""
    words = {"protocol": row["protocol"], "port": row["port"]}
    return Step(
        "elbv2.create_listener",
        title=_("Listen on %(protocol)s %(port)d") % words,
        find=Find(
            "elbv2.describe_listeners",
            f"Listeners[?Port==`{row['port']}`] | [0].{{Listeners: [@]}}",
            {"LoadBalancerArn": arn},
        ),
        LoadBalancerArn=arn,
        Port=row["port"],
        **written(row),
        **more,
    )


def _same(listener: Listener) -> Same:
    call, arn = "elbv2.describe_listeners", listener["ListenerArn"]
    return Same(call, {"ListenerArns": [arn]}, "Listeners[0]", listener, what=said(listener))


def _before(listener: Listener, changed: Iterable[str]) -> dict[str, Any]:
    """What these parameters were."""
    found = {key: listener.get(key) for key in changed}
    if found.get("Certificates"):  # IsDefault is not taken back
        found["Certificates"] = [{"CertificateArn": each["CertificateArn"]} for each in listener["Certificates"]]
    return found


@load_balancer.action(
    _("Edit listeners"),
    verb="edit-listeners",
    submit=_("Save"),
    icon="pencil",
    form=ListenersForm,
    main=True,
    facts=(PART,),
    like=lambda item: {"listeners": [row_of(each) for each in listeners(item)]},
    risks=risks,
    iam=(
        "elasticloadbalancing:CreateListener",
        "elasticloadbalancing:ModifyListener",
        "elasticloadbalancing:DeleteListener",
    ),
    help=_("The table is what will be: a line that is taken out removes that listener."),
    example={
        "listeners": [
            {"protocol": "HTTP", "port": 80, "action": "redirect"},
            {
                "protocol": "HTTPS",
                "port": 443,
                "action": "forward",
                "target_group": EXAMPLE_GROUP,
                "certificate": "arn:aws:acm:eu-west-1:111122223333:certificate/5f1f6f0e-0000-4c3c-9c3a-0d3f0a6c1f11",
            },
        ]
    },
)
def edit(item: Item, values: Mapping[str, Any]) -> Steps:
    """What takes nothing away comes first, so that a failure leaves every port answered."""
    here, there = [(item.kind, [item.id]), ("elbv2.target-group", None)], by_port(item)
    for row in values["listeners"]:
        now = there.get(row["port"])
        if now is None:
            yield create_step(
                item.id,
                row,
                touches=here,
                undo=lambda out: Step(
                    "elbv2.delete_listener",
                    title=_("Remove the new listener"),
                    ListenerArn=out["Listeners[0].ListenerArn"],
                ),
            )
        elif params := written(row, now):
            yield Step(
                "elbv2.modify_listener",
                title=_("Change %(listener)s") % {"listener": said(now)},
                touches=here,
                same=_same(now),
                undo=Step(
                    "elbv2.modify_listener",
                    title=_("Write %(listener)s back") % {"listener": said(now)},
                    ListenerArn=now["ListenerArn"],
                    **_before(now, params),
                ),
                ListenerArn=now["ListenerArn"],
                **params,
            )
    for each in removed(item, values):
        yield Step(
            "elbv2.delete_listener",
            title=_("Remove %(listener)s") % {"listener": said(each)},
            touches=here,
            same=_same(each),
            ListenerArn=each["ListenerArn"],
        )
