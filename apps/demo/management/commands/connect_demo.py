"""`manage.py connect_demo`: connect the demo's AWS accounts as the seeder's JSON on stdin says. Part of `up`."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand

from apps.demo.tenants import connect_accounts


class Command(BaseCommand):
    help = "Connect the demo's AWS accounts and start their first inventory."
    # make lint runs them; a start shouldn't wait for them.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        seeded = json.load(sys.stdin)
        accounts = connect_accounts(seeded["doors"], ec2=seeded["ec2"], aws=seeded["aws"])
        self.stdout.write(
            f"The demo cloud is there: {len(accounts)} accounts, {seeded['instances']} instances "
            f"(filled in {seeded['seconds']} s). Lists fill within seconds."
        )
