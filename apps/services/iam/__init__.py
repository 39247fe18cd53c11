"""AWS IAM: as much of it as other services refer to."""

from django.utils.translation import gettext_lazy as _

from apps.catalog.service import Service

iam = Service(
    name="iam", label="IAM", title=_("Identities and permissions"), icon="shield", tile="network", groups=(_("Access"),)
)
