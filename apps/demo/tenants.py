"""The demo's two organizations: who signs in, and the AWS accounts that they have connected.

Both functions may run at every start: what is there already stays as its owner left it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from apps.audit import record
from apps.cloud.accounts import public, target
from apps.cloud.credentials import sealed_keys
from apps.cloud.models import Account, Credential, Status
from apps.inventory.freshness import sync_account
from apps.tenancy import access, members
from apps.tenancy.actors import load_actor
from apps.tenancy.context import person_tx, tenant_tx
from apps.tenancy.models import Membership, Role, Tenant
from apps.tenancy.organization import create_tenant
from apps.users.models import User


@dataclass(frozen=True)
class Person:
    """`role` is also the name of their password in the state folder's secrets. `tenant` is its slug."""

    role: str
    email: str
    name: str
    about: str
    tenant: str


@dataclass(frozen=True)
class Connection:
    """An AWS account of a tenant's, as the panel shows it. `source` names the account that assumes its role."""

    tenant: str
    name: str
    number: str
    environment: str
    regions: tuple[str, ...]
    source: str = ""


TENANTS = {"harbour": "Harbour Freight Systems", "tidewater": "Tidewater Analytics"}
PEOPLE = (
    Person("owner", "owner@harbour.example", "Mara Lindqvist", "owner of Harbour Freight Systems", "harbour"),
    Person("operator", "operator@harbour.example", "Jonas Okafor", "operator: may change resources", "harbour"),
    Person("viewer", "viewer@harbour.example", "Priya Raman", "viewer: may look at everything", "harbour"),
    Person("auditor", "auditor@harbour.example", "Elena Petrova", "auditor: reads the audit trail too", "harbour"),
    Person("outsider", "owner@tidewater.example", "Tom Whitaker", "owner of another organization", "tidewater"),
)
CONNECTIONS = (
    Connection(
        "harbour",
        "production",
        "111111111111",
        "production",
        ("us-east-1", "eu-west-1", "ap-northeast-1", "ap-southeast-1"),
    ),
    Connection("harbour", "staging", "222222222222", "staging", ("us-east-1", "eu-west-1"), source="production"),
    Connection("harbour", "development", "333333333333", "development", ("us-east-1", "ap-northeast-1")),
    Connection("tidewater", "tidewater", "444444444444", "production", ("us-east-1", "eu-west-1")),
)
# The demo cloud's better half for these is moto, for everything else ministack (which has no `s3control` at all).
EC2_FAMILY = (
    *("ec2", "ec2-instance-connect", "autoscaling", "elbv2", "batch", "s3control"),
    "resourcegroupstaggingapi",  # by which load balancers are found again
    "savingsplans",  # which neither knows, and our additions to moto do
)


def ensure_people(passwords: Mapping[str, str]) -> None:
    """Both organizations with their people. `passwords` by role."""
    for slug, name in TENANTS.items():
        owner, *others = [person for person in PEOPLE if person.tenant == slug]
        with transaction.atomic():
            if User.objects.filter(email=owner.email).exists():
                continue
            founder = User.objects.create_user(owner.email, passwords[owner.role], name=owner.name)
            tenant = create_tenant(name, slug, founder)
            for person in others:
                _add(tenant, founder, person, passwords[person.role])


def _add(tenant: Tenant, founder: User, person: Person, password: str) -> None:
    user = User.objects.create_user(person.email, password, name=person.name)
    with tenant_tx(tenant.id):
        actor = load_actor(tenant.id, founder.id)
        assert actor is not None
        role = Role.objects.get(tenant=tenant, builtin=person.role)
        members.bind(actor, role, members.add_member(actor, user))


def connect_accounts(doors: Mapping[str, Mapping[str, str]], *, ec2: str, aws: str) -> list[Account]:
    """Connect the demo's accounts with this start's credentials and endpoints, and sync what is in them.

    `doors`: by account number, keys or a role to assume, as the seeder printed them. An account that its owner
    disconnected stays so, once there are others. Returns the connected ones.
    """
    endpoints = {"*": aws, **dict.fromkeys(EC2_FAMILY, ec2)}
    connected = []
    for slug in TENANTS:
        tenant = _tenant(slug)
        with tenant_tx(tenant.id):
            fresh = not Account.objects.filter(tenant=tenant).exists()
            for connection in [one for one in CONNECTIONS if one.tenant == slug]:
                account = Account.objects.filter(tenant=tenant, number=connection.number).first()
                if account is None and not fresh:
                    continue
                account = account or Account(tenant=tenant, number=connection.number, name=connection.name)
                _connect(account, connection, doors[connection.number], endpoints, fresh)
                connected.append(account)
            for account in connected:
                if account.tenant_id == tenant.id:
                    sync_account(account)
    return connected


def _connect(
    account: Account, connection: Connection, door: Mapping[str, str], endpoints: Mapping[str, str], fresh: bool
) -> None:
    if fresh:
        account.environment, account.regions = connection.environment, list(connection.regions)
    account.endpoints = dict(endpoints)
    if connection.source:
        account.credential = Credential.ROLE
        account.role_arn, account.external_id = door["role_arn"], door["external_id"]
        account.source = Account.objects.get(tenant=account.tenant, number=door["source"])
    else:
        account.credential = Credential.KEYS
        account.secret = sealed_keys(account, door["access_key_id"], door["secret_access_key"])
        account.key_hint = f"…{door['access_key_id'][-4:]}"
    account.status, account.problem, account.checked_at = Status.CONNECTED, None, timezone.now()
    account.updated_at = timezone.now()
    account.save()
    if fresh:
        record.write(
            tenant_id=account.tenant_id,
            act="cloud.account.create",
            result="ok",
            actor=access.system(account.tenant_id, "Demo").who,
            target=target(account),
            after=public(account),
        )


def _tenant(slug: str) -> Tenant:
    founder = next(one for one in PEOPLE if one.tenant == slug)
    return membership_of(founder).tenant


def membership_of(one: Person) -> Membership:
    """Their membership of the demo's organization."""
    user = User.objects.get(email=one.email)
    with person_tx(user.id):
        return Membership.objects.select_related("tenant").get(user=user, tenant__slug=one.tenant)
