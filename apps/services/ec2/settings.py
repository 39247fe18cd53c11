"""What is set on an instance and can be changed without launching it anew."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Sheet, Shown
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps
from apps.catalog.text import Text
from apps.services.ec2 import attributes
from apps.services.ec2.attributes import SHUTDOWN, SOURCE_CHECK, STOP, TERMINATION, is_on
from apps.services.ec2.instance_tabs import NETWORK
from apps.services.ec2.instances import instance

SETTINGS = Sheet("settings", _("Settings"), rank=20)
THERE = {"pending", "running", "stopping", "stopped"}

# Protection


class ProtectionForm(forms.Form):
    termination = forms.BooleanField(
        label=_("Termination protection"),
        required=False,
        help_text=_(
            "Nobody can terminate it until this is off. What the instance does itself on shutdown is not held."
        ),
    )
    stop = forms.BooleanField(
        label=_("Stop protection"),
        required=False,
        help_text=_("Nobody can stop or terminate it until this is off. A shutdown from inside still stops it."),
    )

    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        for item in self.items:
            if item.attrs.get("InstanceLifecycle") == "spot" and (values.get("termination") or values.get("stop")):
                said = _now("%(name)s is a Spot Instance: AWS offers no protection for these.")
                self.add_error(None, said % {"name": item.title})
        return values


def _unprotects(item: Item, values: dict[str, Any]) -> Iterator[Text]:
    if is_on(item, TERMINATION) and not values["termination"]:
        yield _now("From then on %(name)s can be terminated.") % {"name": item.title}
    if is_on(item, STOP) and not values["stop"]:
        yield _now("From then on %(name)s can be stopped.") % {"name": item.title}


@instance.action(
    _("Edit protection"),
    verb="edit-protection",
    submit=_("Save"),
    icon="shield-check",
    when=THERE,
    form=ProtectionForm,
    facts=(TERMINATION, STOP),
    like=lambda item: {"termination": is_on(item, TERMINATION), "stop": is_on(item, STOP)},
    means=_unprotects,
    iam="ec2:ModifyInstanceAttribute",
    example={"termination": True, "stop": True},
)
def edit_protection(item: Item, values: dict[str, Any]) -> Steps:
    words = {
        (TERMINATION, True): _("Turn on termination protection of %(name)s"),
        (TERMINATION, False): _("Turn off termination protection of %(name)s"),
        (STOP, True): _("Turn on stop protection of %(name)s"),
        (STOP, False): _("Turn off stop protection of %(name)s"),
    }
    for key, wanted in ((TERMINATION, values["termination"]), (STOP, values["stop"])):
        if wanted != is_on(item, key):
            title, back = (words[key, each] % {"name": item.title} for each in (wanted, not wanted))
            yield attributes.change(item, key, title, back, _("The protection"), wanted, not wanted)


@instance.card(SETTINGS, _("Termination protection"), part=TERMINATION, verbs=("edit-protection",), rank=10)
def termination_card(item: Item) -> Shown:
    if is_on(item, TERMINATION):
        return Shown(words=[_now("On: it can't be terminated until somebody turns this off.")], tone="ok")
    return Shown(words=[_now("Off: whoever may terminate it can do so at once.")], tone="idle")


@instance.card(SETTINGS, _("Stop protection"), part=STOP, verbs=("edit-protection",), rank=11)
def stop_card(item: Item) -> Shown:
    if is_on(item, STOP):
        return Shown(words=[_now("On: it can't be stopped or terminated until somebody turns this off.")], tone="ok")
    return Shown(words=[_now("Off: whoever may stop it can do so at once.")], tone="idle")


# Shutdown from inside


class ShutdownForm(forms.Form):
    behavior = forms.ChoiceField(
        label=_("When it is shut down from inside"),
        choices=[("stop", _("It stops, and its volumes stay")), ("terminate", _("It is terminated"))],
        widget=forms.RadioSelect,
    )

    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        for item in self.items:
            if item.attrs.get("RootDeviceType") == "instance-store" and values.get("behavior") == "stop":
                said = _now("The root of %(name)s is an instance store: it can't be stopped.")
                self.add_error("behavior", said % {"name": item.title})
        return values


def _terminates(item: Item, values: dict[str, Any]) -> Iterable[Text]:
    if values["behavior"] == "terminate" and item.attrs.get(SHUTDOWN) != "terminate":
        said = _now("A shutdown inside %(name)s then deletes it, even where termination protection is on.")
        yield said % {"name": item.title}


@instance.action(
    _("Edit shutdown behavior"),
    verb="edit-shutdown",
    submit=_("Save"),
    icon="power",
    when=THERE,
    form=ShutdownForm,
    facts=(SHUTDOWN,),
    like=lambda item: {"behavior": item.attrs.get(SHUTDOWN) or "stop"},
    risks=_terminates,
    iam="ec2:ModifyInstanceAttribute",
    example={"behavior": "terminate"},
)
def edit_shutdown(item: Item, values: dict[str, Any]) -> Steps:
    before, wanted = item.attrs.get(SHUTDOWN) or "stop", values["behavior"]
    if before == wanted:
        return
    said = {"stop": _("Stop %(name)s on shutdown"), "terminate": _("Terminate %(name)s on shutdown")}
    params = {"InstanceId": item.id, "Attribute": "instanceInitiatedShutdownBehavior"}
    undo: Any = {"title": said[before] % {"name": item.title}, **params, "Value": before}
    do: Any = {"title": said[wanted] % {"name": item.title}, **params, "Value": wanted}
    same = attributes.same(item, SHUTDOWN, _("The shutdown behavior"))
    yield Step("ec2.modify_instance_attribute", same=same, undo=Step("ec2.modify_instance_attribute", **undo), **do)


@instance.card(SETTINGS, _("Shutdown from inside"), part=SHUTDOWN, verbs=("edit-shutdown",), rank=20)
def shutdown_card(item: Item) -> Shown:
    if item.attrs.get(SHUTDOWN) == "terminate":
        return Shown(words=[_now("It is terminated when somebody shuts it down from inside.")], tone="warn")
    return Shown(words=[_now("It stops when somebody shuts it down from inside.")], tone="ok")


# Source and destination check


class SourceCheckForm(forms.Form):
    check = forms.BooleanField(
        label=_("Check source and destination"),
        required=False,
        help_text=_("Off for what passes on the traffic of others: NAT, VPN, routers, firewalls."),
    )

    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        for item in self.items:
            if len(item.attrs.get("NetworkInterfaces") or ()) > 1:
                said = _now("%(name)s has several network interfaces: this is set on each of them.")
                self.add_error(None, said % {"name": item.title})
        return values


@instance.action(
    _("Edit source/destination check"),
    verb="edit-source-check",
    submit=_("Save"),
    icon="route",
    when=THERE,
    form=SourceCheckForm,
    facts=(SOURCE_CHECK,),
    like=lambda item: {"check": is_on(item, SOURCE_CHECK)},
    iam="ec2:ModifyInstanceAttribute",
    example={"check": True},
)
def edit_source_check(item: Item, values: dict[str, Any]) -> Steps:
    wanted = values["check"]
    if wanted == is_on(item, SOURCE_CHECK):
        return
    on, off = _("Check source and destination of %(name)s"), _("Stop checking source and destination of %(name)s")
    title, back = ((on if each else off) % {"name": item.title} for each in (wanted, not wanted))
    what = _("The source/destination check")
    yield attributes.change(item, SOURCE_CHECK, title, back, what, wanted, not wanted)


@instance.card(NETWORK, _("Source/destination check"), part=SOURCE_CHECK, verbs=("edit-source-check",), rank=60)
def source_check_card(item: Item) -> Shown:
    if is_on(item, SOURCE_CHECK):
        return Shown(words=[_now("On: it takes and sends only traffic of its own.")], tone="ok")
    return Shown(words=[_now("Off: it may pass on the traffic of others, as a NAT instance or a router does.")])
