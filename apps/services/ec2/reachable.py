"""The question on an instance's page: can it be reached from the internet?"""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Sheet
from apps.services.ec2 import cidr, reach
from apps.services.ec2.instances import instance

REACH = Sheet("reach", _("Reachability"), 20)


class TrafficForm(forms.Form):
    protocol = forms.ChoiceField(
        label=_("Protocol"),
        choices=[("tcp", "TCP"), ("udp", "UDP"), ("icmp", _("ICMP (ping)"))],
        initial="tcp",
        required=False,
    )
    port = forms.IntegerField(label=_("Port"), min_value=0, max_value=65535, initial=443, required=False)
    source = forms.CharField(
        label=_("From"),
        max_length=60,
        initial="0.0.0.0/0",
        required=False,
        help_text=_("An address or a block. 0.0.0.0/0 is anywhere, ::/0 the same in IPv6."),
    )

    def clean_protocol(self) -> str:
        return str(self.cleaned_data["protocol"] or "tcp")

    def clean_port(self) -> int:
        port = self.cleaned_data["port"]
        return 443 if port is None else int(port)

    def clean_source(self) -> str:
        text: str = self.cleaned_data["source"].strip() or "0.0.0.0/0"
        if "/" not in text:
            text += "/128" if ":" in text else "/32"
        return str(cidr.network(text))

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("protocol") == "icmp" and values.get("source", "").find(":") >= 0:
            self.add_error("protocol", _now("Ping is looked at for IPv4 only."))
        return values


instance.question(
    REACH,
    _("Can this instance be reached from the internet?"),
    form=TrafficForm,
    help=_("Told from what the panel read last; nothing is sent to the instance."),
)(reach.explain)
