from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "apps.catalog"

    def ready(self) -> None:
        # Checks register themselves on import.
        from apps.catalog import checks, registry, routine_checks, terraform_checks  # noqa: F401

        registry.discover()
