"""Amazon SNS: as much of it as other services refer to."""

from django.utils.translation import gettext_lazy as _

from apps.catalog.service import Service

MESSAGES = _("Messages")

sns = Service(name="sns", label="SNS", title=_("Notifications"), icon="bell", tile="management", groups=(MESSAGES,))
