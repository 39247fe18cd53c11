"""AWS's own checks of an instance and of what it runs on, and what AWS plans to do to it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Around, Named, Sheet, Shown
from apps.catalog.items import Item
from apps.services.ec2.attributes import STATUS
from apps.services.ec2.instances import instance

CHECKS = Sheet("status", _("Status and alarms"), rank=10)
ALARM = "cloudwatch.alarm"
_STATES = {"OK": _("OK"), "ALARM": _("In alarm"), "INSUFFICIENT_DATA": _("Insufficient data")}
_TONES = {"ok": "ok", "impaired": "bad", "initializing": "warn"}
_PARTS = (
    ("SystemStatus", _("System")),
    ("InstanceStatus", _("Instance")),
    ("AttachedEbsStatus", _("Attached volumes")),
)


def _said(label: Any, found: Mapping[str, Any]) -> tuple[str, str]:
    status = str(found.get("Status") or "")
    since = next((each["ImpairedSince"] for each in found.get("Details") or () if each.get("ImpairedSince")), "")
    said = {"label": label, "status": status, "since": since}
    if status == "ok":
        text = _now("%(label)s: passed.") % said
    elif status == "impaired":
        text = _now("%(label)s: failed since %(since)s.") % said if since else _now("%(label)s: failed.") % said
    elif status == "initializing":
        text = _now("%(label)s: still being checked for the first time.") % said
    else:
        text = _now("%(label)s: %(status)s.") % said
    return _TONES.get(status, ""), text


@instance.card(
    CHECKS,
    _("Status checks"),
    part=STATUS,
    rank=10,
    help=_("AWS looks every minute whether the hardware, the operating system and the volumes answer."),
    empty=_("AWS answers none for this instance."),
)
def checks_card(item: Item) -> Shown:
    now = item.attrs.get(STATUS) or {}
    if item.state != "running":
        idle = _now("The instance is %(state)s: it is checked while it runs.") % {"state": item.state}
        return Shown(words=[idle], tone="idle")
    found = [(part, label, now[part]) for part, label in _PARTS if now.get(part)]
    checks = [_said(label, each) for part, label, each in found]
    failed = {part for part, _label, each in found if each.get("Status") == "impaired"}
    words = []
    if "SystemStatus" in failed:
        words.append(_now("AWS's side failed: a stop and a start move the instance to other hardware."))
    if "InstanceStatus" in failed:
        words.append(_now("The operating system does not answer: a reboot may help; the system log may say why."))
    if checks and not words and all(tone == "ok" for tone, _text in checks):
        words.append(_now("All %(count)d checks passed.") % {"count": len(checks)})
    tone = "bad" if failed else "ok" if words else ""
    return Shown(words=words, tone=tone, checks=checks)


@instance.card(
    CHECKS,
    _("Scheduled events"),
    part=STATUS,
    rank=20,
    help=_("What AWS is going to do to the instance, such as retire its hardware."),
    empty=_("None."),
)
def events_card(item: Item) -> Shown:
    events = (item.attrs.get(STATUS) or {}).get("Events") or ()
    heads = [_now("Event"), _now("Description"), _now("Not before"), _now("Not after")]
    rows = [[each.get(key) for key in ("Code", "Description", "NotBefore", "NotAfter")] for each in events]
    return Shown(heads=heads, rows=rows)


@instance.card(
    CHECKS,
    _("Alarms"),
    around=True,
    rank=30,
    help=_("CloudWatch alarms that look at a metric of this instance."),
    empty=_("None that the panel knows and you may see."),
)
def alarms_card(item: Item, around: Around) -> Shown:
    found = around.scope.find(ALARM, Dimensions=[{"Name": "InstanceId", "Value": item.id}])
    rows = [
        (Named(ALARM, each.id), _STATES.get(each.state, each.state), each.attrs.get("MetricName")) for each in found
    ]
    alarmed = sum(each.state == "ALARM" for each in found)
    words = [_now("%(count)d of %(all)d are in alarm.") % {"count": alarmed, "all": len(found)}] if found else []
    tone = "bad" if alarmed else "ok"
    return Shown(words=words, tone=tone, heads=[_now("Alarm"), _now("State"), _now("Metric")], rows=rows)


@instance.lead(_("Create alarm"), to="cloudwatch.alarm.create", icon="bell")
def watch(item: Item) -> dict[str, Any]:
    return {"instance": item.id, "name": _now("%(name)s CPU") % {"name": item.title}}
