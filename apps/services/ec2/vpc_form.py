"""What the VPC wizard asks: blocks, zones, subnets, the ways out. AWS's limits are held before any call."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.scope import Scope
from apps.services.ec2 import cidr
from apps.services.ec2.tags import check_unique, tag_rows
from apps.services.ec2.vpcs import blocks

MOST_ZONES = 3
_ZONE = re.compile(r"[a-z]{2}(-[a-z]+)+-\d[a-z]")


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,;]+", text) if word]


def zones_of(scope: Scope) -> list[str]:
    """The Region's Availability Zones as far as the account has subnets in them; else what most Regions have."""
    known = sorted({item.zone for item in scope.find("ec2.subnet") if item.zone.startswith(scope.region)})
    guessed = [f"{scope.region}{letter}" for letter in "abc"]
    return [*known, *(zone for zone in guessed if zone not in known)] if len(known) < MOST_ZONES else known


def free_block(scope: Scope) -> str:
    """The first /16 of 10.0.0.0/8 that no VPC of the Region uses: two that overlap can't be joined later."""
    used = [one for item in scope.find("ec2.vpc") for text in blocks(item) if (one := cidr.parse(text))]
    free = (each for each in IPv4Network("10.0.0.0/8").subnets(new_prefix=16) if not any(map(each.overlaps, used)))
    return str(next(free, "10.0.0.0/16"))


class VpcForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=128,
        required=False,
        help_text=_("What is made is named after it, such as name-public-eu-west-1a."),
    )
    tags = tag_rows(tags=True, help_text=_("For everything that is made."))

    block = forms.CharField(
        label=_("IPv4 block"),
        max_length=18,
        help_text=_("/16 to /28. It can't be changed later; VPCs whose blocks overlap can't be peered."),
    )
    six = forms.ChoiceField(
        label=_("IPv6 block"),
        choices=[
            ("none", _("No IPv6 block")),
            ("amazon", _("Amazon-provided IPv6 block\nA /56 that AWS chooses; each subnet gets a /64 of it")),
        ],
        initial="none",
        widget=forms.RadioSelect,
    )
    tenancy = forms.ChoiceField(
        label=_("Tenancy"),
        choices=[("default", _("Shared")), ("dedicated", _("Dedicated: every instance, at a higher price"))],
        initial="default",
    )
    dns = forms.BooleanField(
        label=_("Give instances public DNS names"),
        required=False,
        initial=True,
        help_text=_("Where they have a public address. Private hosted zones and endpoints need it, too."),
    )

    count = forms.TypedChoiceField(
        label=_("Availability Zones"),
        choices=[("1", "1"), ("2", "2"), ("3", "3")],
        coerce=int,
        initial="2",
        widget=forms.RadioSelect,
        help_text=_("What runs in two zones outlives the loss of one."),
    )
    public = forms.BooleanField(
        label=_("A public subnet in each zone"),
        required=False,
        initial=True,
        help_text=_("With a route to an internet gateway. New instances get a public IPv4 address, which is billed."),
    )
    assign_six = forms.BooleanField(
        label=_("Give new instances in public subnets an IPv6 address"),
        required=False,
        initial=True,
        help_text=_("It is reached from the internet as far as security groups let it, and costs nothing."),
    )
    private = forms.BooleanField(
        label=_("A private subnet in each zone"), required=False, initial=True, help_text=_("Without a way in.")
    )
    nat = forms.ChoiceField(
        label=_("NAT gateways"),
        choices=[
            ("none", _("None\nPrivate subnets don't reach the internet by IPv4")),
            ("one", _("One\nIts zone's failure cuts the others off")),
            ("zone", _("One per zone")),
        ],
        initial="none",
        widget=forms.RadioSelect,
        help_text=_("The way out of private subnets. Each costs by the hour and by the GB, and has an Elastic IP."),
    )
    egress = forms.BooleanField(
        label=_("Let private subnets out by IPv6"),
        required=False,
        initial=True,
        help_text=_("Through an egress-only internet gateway, which lets nothing in and costs nothing."),
    )

    zones = forms.CharField(
        label=_("Which zones"),
        max_length=100,
        required=False,
        help_text=_("Such as eu-west-1a, eu-west-1c. Empty: the first ones."),
    )
    public_blocks = forms.CharField(
        label=_("Blocks of the public subnets"),
        max_length=80,
        required=False,
        help_text=_("One for each zone, with commas between. Empty: computed."),
    )
    private_blocks = forms.CharField(
        label=_("Blocks of the private subnets"),
        max_length=80,
        required=False,
        help_text=_("One for each zone, with commas between. Empty: computed."),
    )

    scope: Scope | None = None
    shows = {"assign_six": "six=amazon", "egress": "six=amazon"}

    def clean_tags(self) -> list[dict[str, str]]:
        tags: list[dict[str, str]] = self.cleaned_data["tags"]
        check_unique(tags)
        if any(row["key"] == "Name" for row in tags):
            raise forms.ValidationError(_now("The name is given above; leave out the tag Name."))
        return tags

    def clean_block(self) -> str:
        return str(cidr.vpc_block(self.cleaned_data["block"].strip()))

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not values.get("public") and not values.get("private"):
            if values.get("nat") != "none":
                self.add_error("nat", _now("A NAT gateway needs a public and a private subnet."))
        elif values.get("nat") != "none" and not (values.get("public") and values.get("private")):
            self.add_error("nat", _now("A NAT gateway stands in a public subnet and serves private ones: choose both."))
        if not self.errors:
            values["zones"] = self._zones(values)
            values["plan"] = self._subnets(values) if not self.errors else []
        return values

    def _zones(self, values: dict[str, Any]) -> list[str]:
        assert self.scope is not None
        wanted, region = _words(values["zones"]), self.scope.region
        found = wanted or zones_of(self.scope)[: values["count"]]
        if len(found) != values["count"]:
            said = _now("These are %(given)d zones; %(count)d are chosen above.")
            self.add_error("zones", said % {"given": len(found), "count": values["count"]})
        for each in found:
            if not _ZONE.fullmatch(each) or not each.startswith(region):
                said = _now("%(value)s is no Availability Zone of %(region)s.")
                self.add_error("zones", said % {"value": each, "region": region})
            elif found.count(each) > 1:
                self.add_error("zones", _now("%(value)s stands twice.") % {"value": each})
                break
        return found

    def _subnets(self, values: dict[str, Any]) -> list[tuple[str, str, str]]:
        """(sort, zone, block) of each subnet: those that were typed, the others computed around them."""
        whole = IPv4Network(values["block"])
        sorts = [sort for sort in ("public", "private") if values[sort]]
        given = {sort: self._typed(f"{sort}_blocks", values, whole) for sort in sorts}
        if self.errors:
            return []
        taken = [one for found in given.values() for one in found]
        for n, one in enumerate(taken):
            for other in taken[:n]:
                if one.overlaps(other):
                    field = "private_blocks" if one in given.get("private", ()) else "public_blocks"
                    said = _now("%(value)s overlaps %(other)s.")
                    self.add_error(field, said % {"value": one, "other": other})
        rest = [(sort, n) for sort in sorts if not given[sort] for n in range(values["count"])]
        computed = iter(self._computed(whole, len(rest), taken))
        if self.errors:
            return []
        made = {sort: given[sort] or [next(computed) for _n in range(values["count"])] for sort in sorts}
        return [(sort, zone, str(made[sort][n])) for sort in sorts for n, zone in enumerate(values["zones"])]

    def _typed(self, field: str, values: dict[str, Any], whole: IPv4Network) -> list[IPv4Network]:
        found = []
        for text in _words(values[field]):
            try:
                one = cidr.block(text)
            except forms.ValidationError as error:
                self.add_error(field, error)
                continue
            if not one.subnet_of(whole):
                said = _now("%(value)s is not within the VPC's block, %(block)s.")
                self.add_error(field, said % {"value": one, "block": whole})
            found.append(one)
        if found and len(found) != values["count"] and field not in self.errors:
            said = _now("These are %(given)d blocks for %(count)d zones.")
            self.add_error(field, said % {"given": len(found), "count": values["count"]})
        return found

    def _computed(self, whole: IPv4Network, count: int, taken: Sequence[IPv4Network]) -> list[IPv4Network]:
        """Equal blocks beside those that are taken: as large as fits, /20 at most."""
        for length in range(max(whole.prefixlen, 20), cidr.SMALLEST + 1) if count else ():
            free = [one for one in whole.subnets(new_prefix=length) if not any(map(one.overlaps, taken))]
            if len(free) >= count:
                return free[:count]
        if count:
            said = _now("%(block)s has no room for %(count)d subnets of /28 or more.")
            self.add_error("block", said % {"block": whole, "count": count + len(taken)})
        return []
