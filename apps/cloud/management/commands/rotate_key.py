"""Wraps every tenant's data keys under NORTHGATE_KEY; NORTHGATE_KEY_OLD opens those that are under an older one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.cloud.models import DataKey
from apps.cloud.seal import SealBroken, rewrap
from apps.tenancy.context import tenant_ids, tenant_tx
from apps.users import factors


class Command(BaseCommand):
    help = "Wraps every tenant's data keys under NORTHGATE_KEY. Afterwards NORTHGATE_KEY_OLD can be removed."

    def handle(self, *args: Any, **options: Any) -> None:
        done = kept = 0
        broken: list[str] = []
        for tenant_id in tenant_ids():
            with tenant_tx(tenant_id):
                for key in DataKey.objects.select_for_update().filter(tenant_id=tenant_id):
                    try:
                        changed = rewrap(key)
                    except SealBroken:
                        broken.append(str(key.id))
                        continue
                    if changed:
                        key.save(update_fields=["wrapped"])
                    done, kept = done + changed, kept + (not changed)
        sealed, lost = factors.seal_anew()
        broken += ["of a person"] * lost
        self.stdout.write(f"{sealed} secrets of people sealed anew.")
        self.stdout.write(f"{done} data keys wrapped anew, {kept} were already under NORTHGATE_KEY.")
        if broken:
            raise CommandError(
                f"No panel key opens {len(broken)}: {', '.join(broken)}. Add theirs to NORTHGATE_KEY_OLD."
            )
