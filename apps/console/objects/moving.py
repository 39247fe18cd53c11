"""Whether something in a container is being changed right now: then its page looks again as it goes on."""

from apps.objects.containers import Container
from apps.operations.models import Operation, State
from apps.tenancy.access import Actor

_MOVING = [State.QUEUED, State.RUNNING]


def here(actor: Actor, container: Container) -> bool:
    """In the tenant's transaction."""
    return Operation.objects.filter(
        tenant_id=actor.tenant_id,
        state__in=_MOVING,
        act__startswith=f"{container.kind.kind}.",
        plan__targets__contains=[{"within": container.name, "account": str(container.account.id)}],
    ).exists()
