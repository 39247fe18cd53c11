from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "apps.catalog"

    def ready(self) -> None:
        from apps.catalog import checks, registry, routine_checks  # noqa: F401  checks register themselves on import

        registry.discover()
