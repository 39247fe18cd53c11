"""`manage.py demo_token`: a fresh API token of one of the demo's people, alone on stdout."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.demo.tenants import PEOPLE, membership_of
from apps.tenancy import tokens
from apps.tenancy.actors import load_actor
from apps.tenancy.context import tenant_tx


class Command(BaseCommand):
    help = "Print a fresh API token for the running demo. Through make demo-token ROLE=operator."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role", help=", ".join(person.role for person in PEOPLE))

    def handle(self, *args: Any, **options: Any) -> None:
        found = [person for person in PEOPLE if person.role == options["role"]]
        if not found:
            roles = ", ".join(person.role for person in PEOPLE)
            raise CommandError(f"There is no {options['role']} in the demo. ROLE is one of {roles}.")
        membership = membership_of(found[0])
        with tenant_tx(membership.tenant_id):
            actor = load_actor(membership.tenant_id, membership.user_id)
            if actor is None:
                raise CommandError(f"{found[0].email} is no longer a member.")
            _token, text = tokens.create(actor, "make demo-token", days=1)
        self.stdout.write(text)
