"""The panel's key is changed as docs/operations.md says, process by process, while operations run: nothing fails."""

import base64
import secrets
import sys
import threading
import uuid

from django.core.management import call_command
from django.db import connections

from apps.catalog import registry
from apps.cloud import clients, seal
from apps.demo.processes import Process, clean_environment, wait_until
from apps.operations import tasks
from apps.operations.models import ENDED, Operation
from apps.operations.prepare import prepare_targets
from apps.operations.submit import submit
from apps.tenancy.context import tenant_tx
from apps.tenancy.models import Tenant
from controlpanel.celery import app
from tests.console.world import instance, stock
from tests.operations.conftest import REGION
from tests.servers import ROOT

PAUSE = 0.3  # seconds between one of a kind and the next: what is asked for has to be carried out, too
PLACE = ("cloud_account", "7", "secret")
REBOOTED = b'<RebootInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><return>true</return></RebootInstancesResponse>'


class Load:
    """What goes on meanwhile, in threads: sealing and opening, and asking for operations."""

    def __init__(self, world, target):
        self.world, self.target = world, target
        self.problems, self.opened, self.asked, self.stop = [], 0, [], threading.Event()
        self.went_on = threading.Condition()
        self.kept = seal.seal(world.people.tenant_id, *PLACE, b"kept")
        self.threads = [
            threading.Thread(target=self._again, args=(work,)) for work in (self._seal, self._first, self._ask)
        ]
        for thread in self.threads:
            thread.start()

    def _again(self, work):
        try:
            while not self.stop.wait(PAUSE):
                work()
                with self.went_on:
                    self.went_on.notify_all()
        except BaseException as problem:
            self.problems.append(problem)
        finally:
            connections.close_all()

    def until(self, count):
        """Returns once so much was asked for and opened."""
        with self.went_on:
            self.went_on.wait_for(lambda: self.problems or min(len(self.asked), self.opened) >= count, 60)

    def _seal(self):
        tenant_id = self.world.people.tenant_id
        seal._data_key.cache_clear()  # as a process that has just started
        sealed = seal.seal(tenant_id, *PLACE, b"hidden")
        assert seal.open_sealed(tenant_id, *PLACE, sealed) == b"hidden"
        assert seal.open_sealed(tenant_id, *PLACE, self.kept) == b"kept"
        self.opened += 1

    def _first(self):
        """An organization that seals for the first time makes its data key now."""
        id = uuid.uuid4()
        with tenant_tx(id):
            Tenant.objects.create(id=id, name="New", slug=f"new-{id.hex}")
        assert seal.open_sealed(id, *PLACE, seal.seal(id, *PLACE, b"first")) == b"first"

    def _ask(self):
        actor, place = self.world.people.operator.actor, {"account": str(self.world.account.id), "region": REGION}
        with tenant_tx(actor.tenant_id):
            prepared = prepare_targets(actor, registry.action("ec2.instance.reboot"), [self.target], {}, **place)
            self.asked.append(submit(actor, prepared).id)

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def worker(name, panel_env, folder, key, old):
    """A Celery worker with these keys, once it answers."""
    env = clean_environment(HOME=str(folder)) | panel_env | {"DJANGO_SETTINGS_MODULE": "controlpanel.settings"}
    env |= {"NORTHGATE_KEY": key, "NORTHGATE_KEY_OLD": ",".join(old)}
    words = ["celery", "-A", "controlpanel", "worker", "-Q", "operations", "-n", name, "--concurrency", "1"]
    words = [sys.executable, "-m", *words, "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    made = Process(name, words, env=env, sink=folder / f"{name}.log", cwd=ROOT, grace=60)
    wait_until(made, lambda: bool(app.control.ping(destination=[name], timeout=0.3)))
    return made


def test_the_key_is_changed_while_operations_run(world, panel_env, settings, tmp_path, empty_queues):
    target = instance("kept")
    stock(world.account, REGION, "ec2.instance", [target])
    world.proxy.rule("RebootInstances", times=100_000, status=200, body=REBOOTED)
    old, new = settings.NORTHGATE_KEY, base64.b64encode(secrets.token_bytes(32)).decode()
    steps = [(old, []), (old, [new]), (new, [old]), (new, [])]
    load, before = Load(world, target["InstanceId"]), None
    try:
        for number, (key, others) in enumerate(steps):
            if number == 3:
                call_command("rotate_key", verbosity=0)
            made = worker(f"rotation{number}@here", panel_env, tmp_path, key, others)
            if before:
                before.stop()
            before = made
            # The web's turn comes after the worker's: until here the two were a step apart.
            settings.NORTHGATE_KEY, settings.NORTHGATE_KEY_OLD = key, others
            clients.forget(world.account)
            load.until(6 * (number + 1))
        load.end()
        tasks.dispatch()
        ended = threading.Event()
        for _look in range(600):
            with tenant_tx(world.people.tenant_id):
                states = Operation.objects.filter(id__in=load.asked).values_list("state", flat=True)
                found = list(states)
            if all(state in ENDED for state in found):
                break
            ended.wait(0.1)
    finally:
        load.end()
        if before:
            before.stop()
        settings.NORTHGATE_KEY, settings.NORTHGATE_KEY_OLD = old, [new]
        call_command("rotate_key", verbosity=0)
        settings.NORTHGATE_KEY_OLD = []
        seal._data_key.cache_clear()
    assert load.problems == []
    assert set(found) == {"succeeded"}
    assert len(found) == len(load.asked) > 20
    assert load.opened > 20
