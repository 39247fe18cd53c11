"""The first organization of an installation, or a further one, with its owner."""

import getpass
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from apps.tenancy.organization import create_tenant
from apps.users.models import User


class Command(BaseCommand):
    help = "Makes an organization and its owner. The owner's password is asked for, or read from standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="such as: Harbour Freight Systems")
        parser.add_argument("--owner", required=True, metavar="EMAIL", help="who signs in as its owner")
        parser.add_argument("--slug", default="", help="its short name; made from the name when left out")

    def handle(self, *args: Any, name: str, owner: str, slug: str, **options: Any) -> None:
        try:
            with transaction.atomic():
                user = User.objects.filter(email=owner.strip().lower()).first() or self._new(owner)
                create_tenant(name, slug or slugify(name), user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except ValueError as error:
            raise CommandError(str(error)) from None
        except IntegrityError:
            raise CommandError(f"There is an organization {slug or slugify(name)} already.") from None
        self.stdout.write(f"{name} is ready. {owner} signs in as its owner.")

    def _new(self, email: str) -> User:
        password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        validate_password(password)
        return User.objects.create_user(email, password, name=email.partition("@")[0])
