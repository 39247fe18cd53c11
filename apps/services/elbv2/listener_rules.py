"""What a listener may be: protocols by the load balancer's type, the groups that fit, its default action as a row."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Ref
from apps.catalog.items import Item
from apps.catalog.scope import Scope
from apps.services.elbv2.target_groups import used_by

PROTOCOLS: Mapping[str, tuple[str, ...]] = {
    "application": ("HTTP", "HTTPS"),
    "network": ("TCP", "TLS", "UDP", "TCP_UDP"),
}
CHOICES = [(name, name) for names in PROTOCOLS.values() for name in names]
# A listener's protocol and those of the groups that it may send to. User guides, "Target groups for your ... ".
FITS: Mapping[str, tuple[str, ...]] = {
    "HTTP": ("HTTP", "HTTPS"),
    "HTTPS": ("HTTP", "HTTPS"),
    "TCP": ("TCP", "TCP_UDP"),
    "TLS": ("TCP", "TLS"),
    "UDP": ("UDP", "TCP_UDP"),
    "TCP_UDP": ("TCP_UDP",),
}
SECURE = ("HTTPS", "TLS")
FORWARD, REDIRECT, FIXED, KEEP = "forward", "redirect", "fixed", "keep"
_CERTIFICATE = re.compile(
    r"arn:aws[a-z-]*:(acm:(?P<region>[a-z0-9-]+)|iam:):\d{12}:(certificate|server-certificate)/.+"
)
_CODE = re.compile(r"[245]\d\d")


class ListenerForm(forms.Form):
    """A listener, by its port."""

    protocol = forms.ChoiceField(label=_("Protocol"), choices=CHOICES, initial="HTTP")
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535)
    action = forms.ChoiceField(
        label=_("Default action"),
        choices=[
            (FORWARD, _("Forward to a target group")),
            (REDIRECT, _("Redirect to HTTPS")),
            (FIXED, _("Answer by itself")),
            (KEEP, _("As it is")),
        ],
        initial=FORWARD,
    )
    target_group = Ref("elbv2.target-group", label=_("Target group"), required=False)
    certificate = forms.CharField(
        label=_("Certificate (ARN)"), max_length=2048, required=False, help_text=_("For HTTPS and TLS.")
    )
    status = forms.CharField(label=_("Status code"), max_length=3, required=False, help_text=_("Empty: 404."))
    text = forms.CharField(label=_("Text"), max_length=1024, required=False)

    groups = (
        ("", ("protocol", "port", "action", "target_group")),
        (_("Certificate"), ("certificate",)),
        (_("Own answer"), ("status", "text")),
    )

    def clean_status(self) -> str:
        status: str = self.cleaned_data["status"]
        if status and not _CODE.fullmatch(status):
            raise forms.ValidationError(_now("A status code is 2xx, 4xx or 5xx, not %(code)s.") % {"code": status})
        return status

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("action") == FORWARD and not values.get("target_group") and "target_group" not in self.errors:
            self.add_error("target_group", _now("Choose where it forwards to."))
        if problem := certificate_problem(values.get("protocol", ""), values.get("certificate", "")):
            self.add_error("certificate", problem)
        return values


def certificate_problem(protocol: str, arn: str, region: str = "") -> str:
    """What is wrong with a listener's certificate; nothing when it is right."""
    if protocol in SECURE and not arn:
        return _now("%(protocol)s needs a certificate.") % {"protocol": protocol}
    if arn and protocol not in SECURE:
        return _now("%(protocol)s has no certificate.") % {"protocol": protocol}
    found = _CERTIFICATE.fullmatch(arn)
    if arn and not found:
        return _now("%(arn)s is not the ARN of a certificate.") % {"arn": arn}
    its = found["region"] if found else ""
    if region and its and its != region:
        return _now("The certificate lies in %(its)s, the load balancer in %(region)s.") % {
            "its": its,
            "region": region,
        }
    return ""


def protocol_problem(type: str, protocol: str) -> str:
    """Why a load balancer of the type has no such listener."""
    offered = PROTOCOLS.get(type, ())
    if protocol in offered:
        return ""
    words = {"protocol": protocol, "offered": ", ".join(offered)}
    if type == "network":
        return _now("A Network Load Balancer has no %(protocol)s listener: choose one of %(offered)s.") % words
    return _now("An Application Load Balancer has no %(protocol)s listener: choose one of %(offered)s.") % words


def group_problem(group: Item, protocol: str, vpc: str, balancer: str, scope: Scope | None) -> str:
    """Why a listener can't forward to the group. `balancer` is the load balancer's ARN, empty while it is made."""
    attrs = group.attrs
    words = {"group": group.title, "its": attrs.get("Protocol", ""), "protocol": protocol}
    if attrs.get("TargetType") != "lambda" and attrs.get("Protocol") not in FITS.get(protocol, ()):
        return _now("%(group)s speaks %(its)s; a listener of %(protocol)s can't send to it.") % words
    if vpc and attrs.get("VpcId") not in (None, vpc):
        words |= {"its": attrs["VpcId"], "vpc": vpc}
        return _now("%(group)s is in %(its)s, the load balancer in %(vpc)s.") % words
    others = [name for arn, name in used_by(group, scope).items() if arn != balancer]
    if others:
        words["other"] = others[0]
        return _now("%(group)s is used by %(other)s: a target group belongs to one load balancer.") % words
    return ""


def row_of(listener: Mapping[str, Any]) -> dict[str, Any]:
    """A listener as a row of the form. What the row can't say is `keep`."""
    certificates = listener.get("Certificates") or [{}]
    row = {
        "protocol": listener.get("Protocol", ""),
        "port": listener.get("Port"),
        "action": KEEP,
        "target_group": "",
        "certificate": certificates[0].get("CertificateArn") or "",
        "status": "",
        "text": "",
    }
    actions = list(listener.get("DefaultActions") or [])
    only: Mapping[str, Any] = dict(actions[0]) if len(actions) == 1 else {}
    if only.get("Type") == "forward" and (group := _one_group(only)):
        return row | {"action": FORWARD, "target_group": group}
    wanted = default_actions({"action": REDIRECT})[0]["RedirectConfig"]
    if only.get("Type") == "redirect" and {**_ANY, **only.get("RedirectConfig", {})} == {**_ANY, **wanted}:
        return row | {"action": REDIRECT}
    if only.get("Type") == "fixed-response":
        fixed = only.get("FixedResponseConfig") or {}
        if fixed.get("ContentType") in (None, "", "text/plain"):
            return row | {
                "action": FIXED,
                "status": fixed.get("StatusCode", ""),
                "text": fixed.get("MessageBody") or "",
            }
    return row


_ANY = {"Host": "#{host}", "Path": "/#{path}", "Query": "#{query}"}  # a redirection that keeps all of these


def _one_group(action: Mapping[str, Any]) -> str:
    config = action.get("ForwardConfig") or {}
    groups = config.get("TargetGroups") or ()
    if len(groups) > 1 or (config.get("TargetGroupStickinessConfig") or {}).get("Enabled"):
        return ""
    return str(action.get("TargetGroupArn") or (groups[0].get("TargetGroupArn") if groups else "") or "")


def default_actions(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a row says, as AWS takes it. Not for `keep`."""
    if row["action"] == REDIRECT:
        config = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
        return [{"Type": "redirect", "RedirectConfig": config}]
    if row["action"] == FIXED:
        fixed = {"StatusCode": row["status"] or "404", "ContentType": "text/plain", "MessageBody": row["text"] or None}
        return [{"Type": "fixed-response", "FixedResponseConfig": fixed}]
    return [{"Type": "forward", "TargetGroupArn": row["target_group"]}]
