"""The queue's door to tenancy."""

from uuid import UUID

from celery import shared_task


@shared_task(name="tenancy.send_reset")  # type: ignore[untyped-decorator]
def send_reset(user_id: str, address: str) -> None:
    """Somebody asked for a new password; the id may be nobody's."""
    from apps.tenancy import resets  # which hints by this task

    resets.send(UUID(user_id), address)
