"""`python -m bench`: starts everything, measures, prints one table, and leaves nothing behind."""

import argparse
import contextlib
import os
import statistics
import sys
from typing import Any

from apps.demo.processes import ServerFailed
from bench.house import House, as_json, megabytes
from bench.report import Line, table

TEN_THOUSAND = {"ec2.instance": 10_000, "ec2.volume": 800, "ec2.security-group": 80}
MIXED = {"ec2.instance": 5_000, "ec2.volume": 4_000, "ec2.security-group": 1_000}


def main() -> None:
    options = _options()
    house = House()
    try:
        house.start()
        lines = list(Bench(house, options).lines())
    except ServerFailed as problem:
        sys.exit(str(problem))
    finally:
        house.stop()
    print(table(lines))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description="Ours against floors of the same run.")
    parser.add_argument("--million", action="store_true", help="also the list at 1,000,000 instances (minutes more)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (default 5)")
    parser.add_argument(
        "--only", choices=("pages", "operations", "neighbours", "objects", "uploads"), help="one part of it"
    )
    return parser.parse_args()


class Bench:
    """One run. Django is set up here, once the servers' addresses are known; so this alone imports what needs it."""

    def __init__(self, house: House, options: argparse.Namespace) -> None:
        import django
        from django.core.management import call_command

        django.setup()
        self.house, self.options = house, options
        with open(os.devnull, "w") as nowhere:
            call_command("migrate", database="owner", verbosity=0, stdout=nowhere)
            call_command("collectstatic", interactive=False, verbosity=0, stdout=nowhere)

    def lines(self) -> Any:
        from bench import world

        house, only = self.house, self.options.only
        self.aws = house.aws()
        self.world = world.make("main", house.url("aws"), TEN_THOUSAND)
        if only in (None, "pages"):
            self.wide = world.make("wide", house.url("aws"), MIXED)
            world.multiply(house.superuser, self.wide, 10)
            world.fill_floor(10_000)
            world.measure(house.superuser, self.world)
        world.settle(house.superuser)
        self.web = house.web("web", "controlpanel.wsgi:application")
        if only in (None, "pages"):
            self.floor = house.web("floor", "bench.floor_wsgi:application")
            yield from self._pages()
            if self.options.million:
                yield from self._growth()
        if only in (None, "operations"):
            yield from self._operations()
        if only in (None, "neighbours"):
            yield self._neighbours()
        if only in (None, "objects", "uploads"):
            self._store()
        if only in (None, "objects"):
            yield from self._objects()
        if only in (None, "uploads"):
            yield from self._uploads()
        yield _memory("12 memory of a web worker", megabytes(self.web), 150)

    def _pages(self) -> Any:
        from bench import load, pages

        rows = pages.rows(self.house, self.web, self.world, self.wide)
        as_json(f"{self.house.url('aws')}/")
        targets = [*pages.floors(self.house, self.floor, self.world), *(row.ours for row in rows)]
        found = load.measure(targets, rounds=self.options.rounds)
        for row in rows:
            yield _compared(row, found[row.ours.name], found[row.floor], pages.statements(row.ours))
        calls = len(as_json(f"{self.house.url('aws')}/"))
        yield Line("10 AWS calls for all of these", str(calls), goal="0", met=calls == 0)

    def _growth(self) -> Any:
        from bench import load, pages, world

        vast = world.make("vast", self.house.url("aws"), {"ec2.instance": 10_000})
        world.multiply(self.house.superuser, vast, 100)
        world.measure(self.house.superuser, vast)
        world.settle(self.house.superuser)
        pairs = pages.growth(self.house, self.web, self.world, vast)
        targets = [target for _what, *both in pairs for target in both]
        found = load.measure(targets, rounds=self.options.rounds)
        for what, few, many in pairs:
            ours, floor = found[many.name], found[few.name]
            ratio, rates = ours.p50 / floor.p50, floor.rate / ours.rate
            yield Line(
                f"{what}, 1,000,000",
                _figures(ours),
                f"10,000: {_figures(floor)}",
                f"{ratio:.2f} · {rates:.2f}",
                "≤ 1.5 ×",
                max(ratio, rates) <= 1.5,
            )

    def _operations(self) -> Any:
        from bench import operations

        worker = self._worker()
        operations.clicks(self.house, self.world, 24)  # every process of the worker makes its client
        starts, clicks = [], []
        for _ in range(self.options.rounds):
            starts += operations.starts(20)
            clicks += operations.clicks(self.house, self.world, 10)
        ours, floor = operations.median(clicks), operations.median(starts)
        yield Line(
            "7 click to first AWS call",
            f"{ours:.1f} ms",
            f"{floor:.1f} ms (a task's start)",
            f"{ours / floor:.1f}",
            "≤ 10 ×",
            ours <= 10 * floor,
        )
        rates = [(operations.throughput(self.world, 200), operations.drained(500)) for _ in range(3)]
        ours, floor = (operations.median([pair[n] for pair in rates]) for n in (0, 1))
        yield Line(
            "8 operations through one worker",
            f"{ours:.0f}/s",
            f"{floor:.0f}/s (empty tasks)",
            f"{floor / ours:.1f}",
            "≥ 100/s",
            ours >= 100,
        )
        yield _memory("12 memory of a Celery worker", megabytes(worker), 200)

    def _worker(self) -> Any:
        from bench import operations

        if not hasattr(self, "worker"):
            self.worker = self.house.worker()
            operations.ready()
        return self.worker

    def _neighbours(self) -> Line:
        """An organization's clicks alone, beside another that is throttled to a standstill, and alone again."""
        from bench import operations, stub, world

        self._worker()
        self.house.beat()
        noisy = world.make("noisy", self.house.url("aws"), {"ec2.instance": 100}, key=stub.THROTTLED)
        operations.clicks(self.house, self.world, 24)
        alone, beside = [], []
        for _ in range(max(1, self.options.rounds // 2)):
            alone += operations.clicks(self.house, self.world, 50)
            with operations.crowd(noisy, 1000):
                beside += operations.clicks(self.house, self.world, 100)
            alone += operations.clicks(self.house, self.world, 50)
        ours, floor = (statistics.quantiles(found, n=20)[-1] for found in (beside, alone))
        return Line(
            "9 click to first AWS call, p95, beside 1,000 throttled",
            f"{ours:.1f} ms",
            f"{floor:.1f} ms (alone)",
            f"{ours / floor:.2f}",
            "≤ 1.2 ×",
            ours <= 1.2 * floor,
        )

    def _objects(self) -> Any:
        """What the panel adds to the listing that the emulator answers."""
        from bench import objects

        for what, ours, floor in objects.compared(self.house, rounds=4 * self.options.rounds):
            added = ours - floor
            yield Line(
                what, f"{ours:.1f} ms", f"{floor:.1f} ms (the listing)", f"+ {added:.0f} ms", "≤ + 300 ms", added <= 300
            )

    def _store(self) -> None:
        from bench import objects

        objects.fill(self.house)

    def _uploads(self) -> Any:
        """The page in a browser against programs, to the same emulator."""
        from bench import uploads

        took = {who: (seconds, got) for who, seconds, got in uploads.compared(self.house, self.options.rounds)}
        ours, got = took.pop("ours")
        for who, (seconds, _got) in took.items():
            ratio = seconds / ours
            goal, met = ("≥ 0.9 × s5cmd", ratio >= 0.9) if who == "s5cmd" else ("–", None)
            yield Line("11 upload of 1 GiB", f"{ours:.1f} s", f"{seconds:.1f} s ({who})", f"{ratio:.2f}", goal, met)
        yield Line("11 of it through the panel", f"{got / 1000:.1f} kB asked", goal="0 bytes", met=got < 100_000)


def _compared(row: Any, ours: Any, floor: Any, sql: int) -> Line:
    ratio, rates, costs = ours.p50 / floor.p50, floor.rate / ours.rate, ours.cost / floor.cost
    met = row.most is None or max(ratio, rates) <= row.most
    met = met and (row.sql is None or sql <= row.sql) and (row.p95 is None or ours.p95 <= row.p95)
    figures = f"{_figures(ours)} · {sql} SQL · {ours.size / 1000:.0f} kB"
    if row.p95 is not None:
        figures += f" · p95 {ours.p95:.0f} ms"
    return Line(
        row.what, figures, f"{row.floor}: {_figures(floor)}", f"{ratio:.2f} · {rates:.2f} · {costs:.2f}", row.goal, met
    )


def _figures(found: Any) -> str:
    return f"{found.p50:.1f} ms · {found.rate:.0f}/s · {found.cost:.1f} ms cpu"


def _memory(what: str, megabytes: float, most: int) -> Line:
    return Line(what, f"{megabytes:.0f} MB", goal=f"≤ {most} MB", met=megabytes <= most)


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        main()
