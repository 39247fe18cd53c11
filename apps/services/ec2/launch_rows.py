"""The tables of the launch wizard: inbound rules, further volumes, further network interfaces."""

import ipaddress
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Ref
from apps.services.ec2.security_group_form import GROUP_TEXT
from apps.services.ec2.volume_types import VOLUME_CHOICES, check_volume

PORTS = {"ssh": 22, "http": 80, "https": 443, "rdp": 3389}


class RuleForm(forms.Form):
    """One inbound rule of the new security group."""

    type = forms.ChoiceField(
        label=_("Type"),
        choices=[
            ("ssh", "SSH"),
            ("http", "HTTP"),
            ("https", "HTTPS"),
            ("rdp", "RDP"),
            ("tcp", _("Custom TCP")),
            ("udp", _("Custom UDP")),
            ("icmp", _("All ICMP")),
            ("all", _("All traffic")),
        ],
        initial="ssh",
    )
    port_from = forms.IntegerField(label=_("First port"), min_value=0, max_value=65535, required=False)
    port_to = forms.IntegerField(label=_("Last port"), min_value=0, max_value=65535, required=False)
    source = forms.CharField(
        label=_("Source (CIDR)"), max_length=64, help_text=_("Such as 203.0.113.7/32; 0.0.0.0/0 is anywhere.")
    )
    description = forms.CharField(label=_("Description"), max_length=255, required=False, validators=[GROUP_TEXT])

    def clean_source(self) -> str:
        source: str = self.cleaned_data["source"].strip()
        try:
            return str(ipaddress.ip_network(source, strict=True))
        except ValueError as error:
            raise forms.ValidationError(
                _("%(source)s is not a CIDR block: %(why)s.") % {"source": source, "why": error}
            ) from None

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        kind = values.get("type")
        if kind in PORTS:
            values["port_from"] = values["port_to"] = PORTS[kind]
        elif kind in {"tcp", "udp"}:
            first, last = values.get("port_from"), values.get("port_to")
            if first is None:
                self.add_error("port_from", _("A custom rule needs a port."))
            elif last is None:
                values["port_to"] = first
            elif last < first:
                self.add_error(
                    "port_to",
                    _("The last port, %(last)d, is below the first, %(first)d.") % {"last": last, "first": first},
                )
        return values


class VolumeForm(forms.Form):
    """A data volume."""

    device = forms.CharField(label=_("Device"), max_length=32, initial="/dev/sdf")
    size = forms.IntegerField(label=_("Size, GiB"), min_value=1, max_value=65536, initial=20)
    type = forms.ChoiceField(label=_("Type"), choices=VOLUME_CHOICES, initial="gp3")
    iops = forms.IntegerField(label="IOPS", min_value=100, max_value=256000, required=False)
    throughput = forms.IntegerField(label=_("MiB/s"), min_value=125, max_value=2000, required=False)
    snapshot = forms.CharField(label=_("Snapshot"), max_length=64, required=False)
    encrypted = forms.BooleanField(label=_("Encrypted"), required=False)
    keep = forms.BooleanField(label=_("Keep on termination"), required=False)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        check_volume(self, values)
        return values


class InterfaceForm(forms.Form):
    """A network interface besides the first."""

    subnet = Ref("ec2.subnet", label=_("Subnet"))
    description = forms.CharField(label=_("Description"), max_length=255, required=False)
