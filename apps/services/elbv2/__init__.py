"""Elastic Load Balancing: load balancers, and the groups of targets that they send to."""

from django.utils.translation import gettext_lazy as _

from apps.catalog.service import Service

BALANCING = _("Load balancing")

elbv2 = Service(
    name="elbv2", label="ELB", title=_("Load balancers"), icon="waypoints", tile="network", groups=(BALANCING,)
)
