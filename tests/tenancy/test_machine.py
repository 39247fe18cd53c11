"""Whatever comes in whatever order over one database connection: nobody sees another's rows, and nothing stays set.

Some steps here; `make walls` takes 100,000 (MACHINE_STEPS).
"""

from __future__ import annotations

import ast
import asyncio
import logging
import os
import re
import threading
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import DatabaseError, Error, connection, connections, transaction
from django.test import AsyncClient, Client, override_settings
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.cloud.explain import CallFailed
from apps.inventory import tasks as inventory
from apps.operations import tasks as operations
from apps.operations.models import Operation, OperationStep
from apps.tenancy import context
from apps.tenancy.context import WrongTenant, current_tenant, person_tx, tenant_tx
from tests.console.world import client
from tests.tenancy import canaries, machine_pages
from tests.tenancy.canaries import Canary

STEPS = int(os.environ.get("MACHINE_STEPS", "1500"))
SEED = int(os.environ.get("MACHINE_SEED", "20261121"))
EXAMPLE = 50  # steps from one clean start to the next
WHO = st.integers(0, 2)
HELD = re.compile(r"\['[^]]*'\]|\[\]")


class World:
    """Three organizations, and what the machine needs of them."""

    def __init__(self, canaries_: list[Canary]) -> None:
        self.canaries = canaries_
        self.browsers = [client(one.victim.people.owner) for one in canaries_]
        for browser in self.browsers:
            browser.raise_request_exception = False
        self.steps = 0

    def id(self, who: int) -> Any:
        return self.canaries[who].tenant_id


class Machine(RuleBasedStateMachine):
    """`held` is a stream that stays in its tenant's transaction, if there is one."""

    world: World
    streams = Bundle("streams")

    def __init__(self) -> None:
        super().__init__()
        self.held: tuple[int, Any] | None = None

    # Work in a transaction, with every end that one may have

    @rule(who=WHO, end=st.sampled_from(["commit", "raise", "rollback", "refused", "savepoint", "closed"]))
    def work(self, who, end):
        if self._refused(who):
            return
        try:
            with tenant_tx(self.world.id(who)):
                self._sees(who)
                self._end(end, who)
        except (ZeroDivisionError, Error):
            pass
        if end == "closed":
            self.held = None  # went with its connection

    def _end(self, end: str, who: int) -> None:
        match end:
            case "raise":
                raise ZeroDivisionError
            case "rollback":
                transaction.set_rollback(True)
            case "refused":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1 / 0")
            case "savepoint":
                with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('app.tenant', '', true), 1 / 0")
                self._sees(who)
            case "closed":
                connection.connection.close()

    @rule(who=WHO, other=WHO, fails=st.booleans())
    def nested(self, who, other, fails):
        if self._refused(who):
            return
        with tenant_tx(self.world.id(who)):
            try:
                with tenant_tx(self.world.id(other)):
                    self._sees(other)
                    if fails:
                        raise ZeroDivisionError
            except WrongTenant:
                assert other != who
            except ZeroDivisionError:
                assert other == who
            else:
                assert other == who
            self._sees(who)

    @rule(who=WHO, other=WHO)
    def in_turn_within_one_transaction(self, who, other):
        if self.held:
            return
        with transaction.atomic():
            for one in (who, other, who):
                with tenant_tx(self.world.id(one)):
                    self._sees(one)
                self._sees(None)

    @rule(who=WHO)
    def a_person(self, who):
        if self.held:
            return
        people = self.world.canaries[who].victim.people
        with person_tx(people.owner.user.pk):
            assert self._whose() <= {str(self.world.id(who))}

    @rule(who=WHO)
    def another_thread(self, who):
        """The one connection is given back before it begins, as between two requests."""
        if self.held:
            return
        connection.close()
        problems: list[BaseException] = []

        def work() -> None:
            try:
                with tenant_tx(self.world.id(who)):
                    self._sees(who)
            except BaseException as problem:
                problems.append(problem)
            finally:
                connections.close_all()

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert not problems, problems

    @rule(who=WHO, other=WHO)
    def coroutines(self, who, other):
        if self.held:
            return

        async def one(which: int) -> None:
            for _n in range(2):
                await asyncio.sleep(0)
                await sync_to_async(self._inside)(which)

        async def both() -> None:
            await asyncio.gather(one(who), one(other))

        async_to_sync(both)()

    def _inside(self, who: int) -> None:
        with tenant_tx(self.world.id(who)):
            self._sees(who)

    # Requests

    @rule(who=WHO, view=st.sampled_from(machine_pages.VIEWS), token=st.booleans())
    def request(self, who, view, token):
        if self.held:
            return
        self._own(who, self._get(who, f"/machine/{view.__name__}", token and view is not machine_pages.template))

    @rule(who=WHO, view=st.sampled_from(machine_pages.ASYNC))
    def asynchronous_request(self, who, view):
        if self.held:
            return
        browser = AsyncClient(raise_request_exception=False)
        browser.cookies = self.world.browsers[who].cookies

        async def go() -> Any:
            answer = await browser.get(f"/machine/{view.__name__}")
            if not answer.streaming:
                return answer.status_code, answer.content
            return answer.status_code, b"".join([piece async for piece in answer.streaming_content])

        self._own(who, async_to_sync(go)())

    @rule(who=WHO, other=WHO, path=st.sampled_from(machine_pages.PANEL))
    def the_panels_own(self, who, other, path):
        if self.held:
            return
        foreign = self.world.canaries[other].victim.ids.account
        _code, body = self._get(who, f"{path}{'&' if '?' in path else '?'}account={foreign}", True)
        for one in self.world.canaries:
            assert one.tenant_id == self.world.id(who) or one.mark.encode() not in body

    def _get(self, who: int, path: str, token: bool) -> tuple[int, bytes]:
        if token:
            script = Client(raise_request_exception=False, headers=self.world.canaries[who].victim.people.owner.bearer)
            answer = script.get(path)
        else:
            answer = self.world.browsers[who].get(path)
        return answer.status_code, answer.getvalue() if answer.streaming else answer.content

    def _own(self, who: int, answer: tuple[int, bytes]) -> None:
        """What a view told that it saw: nothing, or the visitor's own."""
        code, body = answer
        told = [ast.literal_eval(found) for found in HELD.findall(body.decode()) if "'" in found or found == "[]"]
        assert code in {200, 401, 403, 404, 500}
        if code == 200:
            assert all(set(one) <= {str(self.world.id(who))} for one in told if all(map(_uuid, one))), told

    # Streams, a piece at a time

    @rule(target=streams, who=WHO)
    def open_stream(self, who):
        return who, machine_pages.chunks(self.world.id(who))

    @rule(stream=streams)
    def pull(self, stream):
        who, pieces = stream
        try:
            told = next(pieces, None)
        except WrongTenant:
            assert self.held
            return
        assert told is None or ast.literal_eval(told) == [str(self.world.id(who))]

    @rule(stream=consumes(streams))
    def abandon(self, stream):
        stream[1].close()

    @precondition(lambda self: self.held is None)
    @rule(who=WHO)
    def hold(self, who):
        """Ill-behaved on purpose: its transaction is open while others come."""
        pieces = machine_pages.holding(self.world.id(who))
        assert ast.literal_eval(next(pieces)) == [str(self.world.id(who))]
        self.held = who, pieces

    @precondition(lambda self: self.held is not None)
    @rule()
    def let_go(self):
        _who, pieces = self.held
        pieces.close()
        self.held = None

    # The queue

    @rule(who=WHO, other=WHO, task=st.sampled_from(["run", "sync", "measure", "refresh"]))
    def task(self, who, other, task):
        """An organization's id with another's row is nothing to do. No AWS is reached: the accounts have no key."""
        if self.held:
            return
        tenant, ids = str(self.world.id(who)), self.world.canaries[other].victim.ids
        place = (tenant, ids.account, "eu-west-1", "ec2.instance")
        match task:
            case "run":
                operations.run(tenant, ids.queued)
            case "sync":
                inventory.sync_scope(*place)
            case "measure":
                inventory.measure_scope(*place, ["cpu"])
            case "refresh":
                with suppress(CallFailed):
                    inventory.refresh_some(*place, [ids.instance])
        assert current_tenant() is None

    @rule(who=WHO)
    def queue_again(self, who):
        if self._refused(who):
            return
        queued = self.world.canaries[who].victim.ids.queued
        with tenant_tx(self.world.id(who)):
            Operation.objects.filter(id=queued).update(
                state="queued", due_at="2020-01-01T00:00:00Z", lease_until=None, error=None
            )
            OperationStep.objects.filter(operation_id=queued).update(state="planned", attempts=0)

    # What always holds

    @invariant()
    def nothing_stays(self):
        self.world.steps += 1
        if self.held and connection.in_atomic_block:
            assert self._settings() == (str(self.world.id(self.held[0])), "")
            return
        self.held = None
        assert current_tenant() is None
        assert not connection.in_atomic_block
        assert self._settings() in {("", ""), (None, None), ("", None)}
        assert self._whose() == set()
        connection.close()  # to the pool, and out of it again
        assert self._settings() in {("", ""), (None, None), ("", None)}
        assert connection.pool.get_stats()["pool_max"] == 1

    def teardown(self):
        if self.held:
            self.held[1].close()
        connection.close()

    def _settings(self) -> tuple[str | None, str | None]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('app.tenant', true), current_setting('app.user', true)")
            return cursor.fetchone()

    def _refused(self, who: int) -> bool:
        """Whether a held transaction is another's: then nobody else gets in."""
        if not self.held or self.held[0] == who:
            return False
        with pytest.raises(WrongTenant), tenant_tx(self.world.id(who)):
            pass
        return True

    def _look(self) -> list[tuple[str, list[str] | None, list[bool]]]:
        with connection.cursor() as cursor:
            cursor.execute(canaries.SIGHT)
            return cursor.fetchall()

    def _whose(self) -> set[str]:
        return {tenant for _table, whose, _marks in self._look() for tenant in whose or ()}

    def _sees(self, who: int | None) -> None:
        """All of one's own tables have rows, and nobody else's rows or marks are in them; None: there is nothing."""
        for table, whose, marks in self._look():
            assert whose == (None if who is None else [str(self.world.id(who))]), (table, whose)
            assert not any(seen for n, seen in enumerate(marks) if n != who), (table, marks)


def _uuid(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9a-f-]{36}", text))


@pytest.fixture
def one_connection(panel_env):
    """The pool of this process has one connection, whoever asks."""
    options = connections["default"].settings_dict["OPTIONS"]
    before = options["pool"]
    connections.close_all()
    connections["default"].close_pool()
    options["pool"] = {"min_size": 1, "max_size": 1, "timeout": 5}
    yield
    connections.close_all()
    connections["default"].close_pool()
    options["pool"] = before


@pytest.fixture(scope="module")
def superuser(panel_env, postgres):
    with psycopg.connect(postgres, dbname=connection.settings_dict["NAME"], autocommit=True) as found:
        yield found


@pytest.fixture(scope="module")
def world(superuser):
    with canaries.planted(superuser, 3) as planted, canaries.sight(superuser, planted):
        yield World(planted)


def test_every_table_of_an_organization_has_a_canary(world, superuser):
    for one in world.canaries:
        with tenant_tx(one.tenant_id), connection.cursor() as cursor:
            cursor.execute(canaries.SIGHT)
            found = cursor.fetchall()
        assert {table for table, whose, _marks in found if whose != [str(one.tenant_id)]} == set()
    told = superuser.execute(canaries.SIGHT).fetchall()
    blind = {table for table, _whose, marks in told if not any(marks)}
    # Their rows hold ids, numbers and bytes alone: the tenant tells whose they are.
    assert len(blind) < len(told) / 2, blind


def go(world: World, steps: int) -> int:
    """How many steps it took; raises what a step found."""
    logging.disable(logging.CRITICAL)
    before = world.steps
    limits = settings(
        max_examples=max(1, steps // EXAMPLE),
        stateful_step_count=EXAMPLE,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    try:
        with override_settings(ROOT_URLCONF="tests.tenancy.machine_pages"):
            run_state_machine_as_test(seed(SEED)(type("Run", (Machine,), {"world": world})), settings=limits)
    finally:
        logging.disable(logging.NOTSET)
    return world.steps - before


def test_over_one_connection_nobody_sees_anothers_rows(world, one_connection):
    took = go(world, STEPS)
    assert took >= STEPS * 0.8


def stays(place):
    """A session's setting, where the transaction's is meant."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant', %s, false)", [str(place.tenant or "")])


FAULTS = {
    "the setting outlives its transaction": ("_set", stays),
    "nothing is set": ("_set", lambda place: None),
    "nobody knows where they are": ("_here", lambda: context._NOWHERE),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_machine_sees_a_fault(world, one_connection, monkeypatch, fault):
    monkeypatch.setattr(context, *FAULTS[fault])
    with pytest.raises((AssertionError, pytest.fail.Exception, Flaky, BaseExceptionGroup)):
        go(world, 500)
    connections.close_all()
