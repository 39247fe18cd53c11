"""Amazon CloudWatch: what watches the metrics of other resources."""

from django.utils.translation import gettext_lazy as _

from apps.catalog.service import Service

ALARMS = _("Alarms")

cloudwatch = Service(
    name="cloudwatch",
    label="CloudWatch",
    title=_("Metrics and alarms"),
    icon="activity",
    tile="management",
    groups=(ALARMS,),
)
