"""Takes away every second factor of a person who lost all of theirs. Whoever runs it has made sure who is asking."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.audit import record
from apps.audit.record import Target, Who
from apps.tenancy import homes
from apps.tenancy.context import tenant_tx
from apps.users import factors, sessions
from apps.users.models import User, plain_email


class Command(BaseCommand):
    help = "Removes every second factor of a person and ends their sessions. The password stays as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        user = User.objects.filter(email=plain_email(email)).first()
        if user is None:
            raise CommandError("Nobody has this address.")
        count = factors.remove_all(user)
        sessions.end_others(user.pk, None)
        target = Target(kind="users.person", id=str(user.pk), name=user.email)
        for home in homes.of(user.pk):
            with tenant_tx(home.tenant_id):
                record.write(
                    tenant_id=home.tenant_id,
                    act="users.factor.delete",
                    result="ok",
                    actor=Who("system", "", "manage.py remove_factors"),
                    target=target,
                )
        self.stdout.write(f"{count} removed. {user.email} signs in with the password alone until one is set up.")
