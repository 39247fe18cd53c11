"""Amazon EC2 Auto Scaling: groups of instances that grow, shrink and mend themselves."""

from django.utils.translation import gettext_lazy as _

from apps.catalog.service import Service

GROUPS = _("Groups")

autoscaling = Service(
    name="autoscaling",
    label=_("Auto Scaling"),
    title=_("Groups of instances"),
    icon="boxes",
    tile="compute",
    groups=(GROUPS,),
)
