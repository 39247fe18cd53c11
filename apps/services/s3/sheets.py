"""The tabs of a bucket's page that show what is set on it."""

from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Sheet

PROPERTIES = Sheet("properties", _("Properties"), rank=10)
PERMISSIONS = Sheet("permissions", _("Permissions"), rank=20)
