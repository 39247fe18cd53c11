"""`python -m tests.production.opened TENANT ACCOUNT USER`: tells what the panel finds in its database."""

import json
import sys
from uuid import UUID

import django


def main() -> None:
    django.setup()
    from django.core.management import call_command
    from django.db import DatabaseError
    from django.test import Client

    from apps.audit.models import AuditEvent
    from apps.cloud import credentials
    from apps.cloud.models import Account
    from apps.tenancy.context import tenant_tx
    from apps.tenancy.models import Role
    from apps.users.models import User

    tenant, account, user = map(UUID, sys.argv[1:])
    call_command("migrate", database="owner", check_unapplied=True, verbosity=0)
    with tenant_tx(tenant):
        found = Account.objects.get(id=account)
        roles = Role.objects.count()
    try:
        with tenant_tx(tenant):
            AuditEvent.objects.filter(tenant_id=tenant).update(reason="forged")
        forged = True
    except DatabaseError:
        forged = False
    browser = Client()
    browser.force_login(User.objects.get(id=user), backend="django.contrib.auth.backends.ModelBackend")
    page = browser.get("/accounts/")
    told = {
        "secret_key": credentials.keys_of(found).secret_key,
        "roles": roles,
        "outside": Role.objects.count(),
        "forged": forged,
        "page": page.status_code,
        "named": found.name in page.content.decode(),
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
