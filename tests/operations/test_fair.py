"""A noisy neighbour: one organization throttled to a standstill, many operations waiting, and another beside it."""

import secrets
from collections import Counter
from itertools import pairwise

import redis as redis_client
from django.conf import settings
from django.db import connection

from apps.catalog import registry
from apps.cloud import accounts, clients
from apps.operations import claims, fair, tasks
from apps.operations import run as running
from apps.operations.models import Operation
from apps.operations.prepare import prepare_targets
from apps.operations.submit import submit
from apps.tenancy.context import tenant_tx
from tests.cloud.helpers import keys_draft
from tests.console.world import instance, stock
from tests.operations.conftest import REGION
from tests.people import make_people

MANY = 200


class Tenant:
    """An organization with one instance in its inventory, behind the proxy."""

    def __init__(self, address):
        self.people = make_people()
        self.id = self.people.tenant_id
        draft = keys_draft(address, f"AKIA{secrets.token_hex(8).upper()}", number="123456789012", regions=(REGION,))
        self.account = accounts.create_account(self.people.owner.actor, draft, check=False)
        self.target = instance("noisy")
        stock(self.account, REGION, "ec2.instance", [self.target])

    def ask(self, count):
        """So many operations of one call each."""
        actor, action = self.people.operator.actor, registry.action("ec2.instance.reboot")
        with tenant_tx(self.id):
            ids = [self.target["InstanceId"]]
            prepared = prepare_targets(actor, action, ids, {}, account=str(self.account.id), region=REGION)
            return [submit(actor, prepared).id for _n in range(count)]

    def due(self):
        with tenant_tx(self.id):
            return claims.due(self.id, 1000)

    def line(self):
        """When each is due."""
        with tenant_tx(self.id):
            return dict(Operation.objects.filter(tenant_id=self.id).values_list("id", "due_at"))

    def read(self, id):
        with tenant_tx(self.id):
            return Operation.objects.get(id=id)


def throttle(proxy, times=100_000):
    proxy.rule("RebootInstances", code="RequestLimitExceeded", times=times)


def test_one_throttled_call_sends_all_that_wait_for_the_account_back(proxy):
    proxy.reset()
    throttle(proxy)
    noisy, quiet = Tenant(proxy.url), Tenant(proxy.url)
    waiting = noisy.ask(MANY)
    theirs = quiet.ask(1)
    running.run(noisy.id, waiting[0])

    assert noisy.due() == []
    assert quiet.due() == theirs
    for id in waiting[1:]:
        assert claims.claim(noisy.id, id) is None
    assert sum(rule.times for rule in proxy.rules) == 100_000 - 1  # one call found it out for all
    with connection.cursor() as cursor, tenant_tx(noisy.id):
        cursor.execute(
            """SELECT extract(epoch FROM due_at - clock_timestamp()), epoch FROM operations_operation
               WHERE tenant_id = %s ORDER BY due_at""",
            [noisy.id],
        )
        delays, epochs = zip(*cursor.fetchall(), strict=True)
    gaps = [after - before for before, after in pairwise(delays)]
    assert min(gaps[:-1]) >= fair.SPACING * 0.99
    assert delays[0] <= fair.QUIET
    assert gaps[0] >= fair.GAP  # by then it is known how the first one fared
    assert Counter(epochs) == {0: MANY - 1, 1: 1}


def test_the_line_stays_as_it_is_while_one_after_the_other_tries(proxy, redis, empty_queues):
    """However many wait, a try touches only those who would be due soon, and sends one hint."""
    proxy.reset()
    throttle(proxy)
    noisy = Tenant(proxy.url)
    running.run(noisy.id, noisy.ask(MANY)[0])
    tried, few = set(), (fair.QUIET + fair.GAP) / fair.SPACING
    with redis_client.Redis.from_url(redis) as store:
        for _n in range(3):
            before = noisy.line()
            first = min(before, key=before.get)
            tried.add(first)
            store.flushall()
            with tenant_tx(noisy.id):
                Operation.objects.filter(id=first).update(due_at="2020-01-01T00:00:00Z")
            running.run(noisy.id, first)
            after = noisy.line()
            assert sum(after[id] != before[id] for id in after) <= few
            assert max(after, key=after.get) == first
            # One's own, for when it is its turn again, and the next one's.
            assert sum(store.llen(_key(lane)) for lane in (0, 3, 6, 9)) == 2
    assert len(tried) == 3


def test_an_account_of_the_same_organization_goes_on(proxy):
    proxy.reset()
    throttle(proxy, times=1)
    tenant = Tenant(proxy.url)
    waiting = tenant.ask(3)
    other = Tenant.__new__(Tenant)
    other.people, other.id = tenant.people, tenant.id
    draft = keys_draft(proxy.url, f"AKIA{secrets.token_hex(8).upper()}", number="210987654321", regions=(REGION,))
    other.account = accounts.create_account(tenant.people.owner.actor, draft, check=False)
    other.target = instance("calm")
    stock(other.account, REGION, "ec2.instance", [other.target])
    free = other.ask(2)
    running.run(tenant.id, waiting[0])

    assert set(tenant.due()) == set(free)


def test_throttling_uses_no_attempt_up_and_ends(proxy):
    proxy.reset()
    throttle(proxy)
    tenant = Tenant(proxy.url)
    (id,) = tenant.ask(1)
    for _n in range(running.THROTTLES + running.ATTEMPTS + 2):
        with tenant_tx(tenant.id):
            Operation.objects.filter(id=id).update(due_at="2020-01-01T00:00:00Z")
        running.run(tenant.id, id)
    found = tenant.read(id)
    assert found.state == "failed"
    assert found.error["kind"] == "throttled"
    assert (
        running.THROTTLES <= 100_000 - sum(rule.times for rule in proxy.rules) <= running.THROTTLES + running.ATTEMPTS
    )


def test_the_hints_of_many_stand_behind_those_of_few(proxy, redis, empty_queues):
    proxy.reset()
    noisy, quiet = Tenant(proxy.url), Tenant(proxy.url)
    noisy.ask(MANY)
    quiet.ask(1)
    with redis_client.Redis.from_url(redis) as store:

        def lanes(id):
            steps = {lane: store.lrange(_key(lane), 0, -1) for lane in (0, 3, 6, 9)}
            return {lane: sum(str(id).encode() in message for message in found) for lane, found in steps.items()}

        # Before the one of the few come four of the many.
        assert lanes(quiet.id) == {0: 1, 3: 0, 6: 0, 9: 0}
        assert lanes(noisy.id) == {0: 4, 3: 12, 6: 48, 9: MANY - 64}
        store.flushall()
        tasks.dispatch()
        assert lanes(quiet.id) == {0: 1, 3: 0, 6: 0, 9: 0}
        assert lanes(noisy.id)[0] == 4
        assert sum(lanes(noisy.id).values()) == MANY
        store.flushall()


def _key(lane):
    queue = settings.CELERY_TASK_DEFAULT_QUEUE
    return f"{queue}\x06\x16{lane}" if lane else queue


def test_the_client_of_a_worker_tries_once(proxy):
    proxy.reset()
    tenant = Tenant(proxy.url)
    throttle(proxy, times=2)
    with running.tries.single():
        made = clients.client(tenant.account, "ec2", REGION, attempts=1)
    assert made.meta.config.retries["total_max_attempts"] == 1
    (id,) = tenant.ask(1)
    running.run(tenant.id, id)
    assert sum(rule.times for rule in proxy.rules) == 1
