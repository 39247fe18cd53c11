"""The queue's door: a round each minute. Two at once do no harm."""

from celery import shared_task

from apps.witness import rounds


@shared_task(name="witness.round")  # type: ignore[untyped-decorator]
def round() -> None:
    """Seals what is ready and anchors the new heads."""
    rounds.go()
