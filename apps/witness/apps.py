from django.apps import AppConfig


class WitnessConfig(AppConfig):
    name = "apps.witness"
    label = "witness"

    def ready(self) -> None:
        from apps.witness import checks  # noqa: F401  registers them
