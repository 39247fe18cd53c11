from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class TenancyConfig(AppConfig):
    name = "apps.tenancy"
    label = "tenancy"
    verbose_name = _("Organizations")

    def ready(self) -> None:
        from apps.tenancy import checks, row_security  # noqa: F401  (checks register themselves)

        # With a sender it runs once per migrate, after every app's tables exist.
        post_migrate.connect(row_security.after_migrate, sender=self, dispatch_uid="tenancy.row_security")
