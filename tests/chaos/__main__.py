"""`python -m tests.chaos`: the application under fire. Code 1 tells that an operation was lost, doubled or stuck."""

import argparse
import os
import subprocess
import sys
import time

from tests.chaos.house import PATIENCE, Durable, House, Storm
from tests.chaos.work import TYPES

REGION = "eu-west-1"
KINDS = ("ec2.vpc", "ec2.subnet", "ec2.security-group", "ec2.key-pair")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make chaos", description="Operations while everything around them dies.")
    parser.add_argument("--operations", type=int, default=1000, help="how many for each seed (default 1000)")
    parser.add_argument("--seed", type=int, default=1, help="the first seed (default 1)")
    parser.add_argument("--seeds", type=int, default=5, help="how many seeds, one after the other (default 5)")
    parser.add_argument("--faults", type=int, default=140, help="fewer than so many for a seed fail the run")
    parser.add_argument("--every", type=float, nargs=2, default=(3.0, 8.0), help="seconds between deaths, from and to")
    parser.add_argument("--logs", help="a folder that the processes' logs are copied to")
    options = parser.parse_args()
    if options.seeds == 1:
        sys.exit(0 if one(options) else 1)
    fine = True
    for seed in range(options.seed, options.seed + options.seeds):
        words = [f"--operations={options.operations}", f"--seed={seed}", "--seeds=1", f"--faults={options.faults}"]
        words += ["--every", *map(str, options.every), *([f"--logs={options.logs}"] if options.logs else [])]
        fine &= subprocess.run([sys.executable, "-m", "tests.chaos", *words], check=False).returncode == 0
    sys.exit(0 if fine else 1)


def one(options: argparse.Namespace) -> bool:
    """A run with one seed, on servers of its own."""
    began = time.monotonic()
    servers = Durable()
    os.environ.update(servers.environment(), DJANGO_SETTINGS_MODULE="controlpanel.settings")
    try:
        servers.start()
        return _run(servers, options, began)
    finally:
        if options.logs:
            _copy_logs(servers, options)
        servers.stop()


def _run(servers: Durable, options: argparse.Namespace, began: float) -> bool:
    import django

    django.setup()
    from django.core.management import call_command

    from apps.cloud import clients
    from tests.chaos import judge, work
    from tests.chaos.aws import Aws

    call_command("migrate", database="owner", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    # A call that is late takes effect after whoever made it has given up, and before anybody looks.
    late = float(PATIENCE["NORTHGATE_READ_SECONDS"]) + 1
    aws = Aws(servers.moto(), servers.ministack(), options.seed, late=late, port=servers.port("proxy"))
    aws.calm = True
    people, account, straight, image = _organization(servers)
    dsn = f"{servers.postgres.url.partition('/postgres?')[0]}/northgate?{servers.postgres.url.partition('?')[2]}"
    house = House(servers)
    try:
        watch = work.Watch(dsn, str(people.tenant_id))
        storm = Storm(house, options.seed, tuple(options.every))
        place = {"account": str(account.id), "region": REGION}
        storage = clients.client(straight, "s3", REGION)
        lanes = work.Work(house.address, people.operator.token, place, image, storage, watch, options.seed)
        aws.calm = False
        started = time.monotonic()
        storm.start()
        lanes.go(work.plan(options.seed, options.operations))
        storm.stop()
        watch.stop()
        took = time.monotonic() - started
    finally:
        house.stop()
    print(f"seed {options.seed}: {len(lanes.asks)} operations were asked for; judging", file=sys.stderr)
    said = judge.judge(dsn, str(people.tenant_id), lanes.asks, aws, clients.client(straight, "ec2", REGION), storage)
    faults = sum(aws.faults.values()) + sum(storm.deaths.values())
    print(
        f"seed {options.seed}: {len(lanes.asks)} operations in {took:.0f} s ({time.monotonic() - began:.0f} s in all)"
    )
    print(f"  ended as {dict(said.states)}; the slowest took {said.slowest:.0f} s; {lanes.retries} requests sent again")
    print(f"  {faults} faults: {dict(aws.faults)}; died: {dict(storm.deaths)}")
    print(f"  {len(aws.record)} changes took effect in AWS, {sum(aws.calls.values())} calls")
    for name in ("lost", "doubled", "stuck", "orphans", "unrecorded", "refused"):
        found = getattr(said, name)
        print(f"  {len(found)} {name}" + "".join(f"\n    {line}" for line in found[:20]))
    for line in lanes.problems:
        print(f"  a lane ended: {line}")
    enough = faults >= options.faults
    if not enough:
        print(f"  only {faults} faults, {options.faults} were asked for")
    return said.fine and enough and not lanes.problems


def _organization(servers: Durable):
    from apps.cloud import clients
    from apps.cloud.accounts import create_account
    from apps.cloud.connect import Draft
    from apps.inventory import sync
    from tests.people import make_people

    people = make_people()

    def connect(name: str, number: str, url: str, storage: str):
        draft = Draft(
            name=name,
            number=number,
            environment="production",
            regions=(REGION,),
            credential="keys",
            access_key="123456789012",  # the account's root, for the emulator of S3
            secret_key="test",
            endpoints={"*": url, "s3": storage},
        )
        return create_account(people.owner.actor, draft, check=False)

    account = connect("chaos", "123456789012", servers.address("proxy"), servers.address("proxy"))
    straight = connect("straight", "123456789013", servers.moto(), servers.ministack())
    names = [{"Name": "name", "Values": ["al2023*"]}, {"Name": "architecture", "Values": ["x86_64"]}]
    image = clients.client(straight, "ec2", REGION).describe_images(Filters=names)["Images"][0]["ImageId"]
    # The catalogues whole take half a minute: one of each is enough here.
    sync.refresh(account, REGION, "ec2.image", [image])
    sync.refresh(account, REGION, "ec2.instance-type", list(TYPES))
    for kind in KINDS:
        outcome = sync.sync(account, REGION, kind)
        assert outcome.error is None, outcome.error
    return people, account, straight, image


def _copy_logs(servers: Durable, options: argparse.Namespace) -> None:
    import shutil
    from pathlib import Path

    folder = Path(options.logs) / f"seed-{options.seed}"
    folder.mkdir(parents=True, exist_ok=True)
    for log in servers.folder.glob("*.log"):
        shutil.copy(log, folder)


if __name__ == "__main__":
    main()
