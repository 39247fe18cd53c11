"""Amazon EC2: instances and what they are launched from."""

from django.utils.translation import gettext_lazy as _

from apps.catalog.service import Service

INSTANCES, STORAGE, NETWORK = _("Instances"), _("Storage"), _("Network and security")

ec2 = Service(
    name="ec2",
    label="EC2",
    title=_("Virtual servers"),
    icon="cpu",
    tile="compute",
    groups=(INSTANCES, STORAGE, NETWORK),
)
