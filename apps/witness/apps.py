from django.apps import AppConfig


class WitnessConfig(AppConfig):
    name = "apps.witness"
    label = "witness"
