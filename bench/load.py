"""A small load loop: requests over kept-alive sockets, with little Python around them."""

import random
import socket
import statistics
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from apps.demo.processes import Process
from bench.house import cpu

CLIENTS = 8


class Failed(Exception):
    """A server answered something else than 200: there is nothing to measure."""


@dataclass(frozen=True)
class Target:
    """Requests to one server; several paths are asked for in turn."""

    name: str
    server: Process
    port: int
    paths: tuple[str, ...]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def requests(self) -> list[bytes]:
        lines = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        host = f"Host: 127.0.0.1:{self.port}\r\n"
        return [f"GET {path} HTTP/1.1\r\n{host}{lines}\r\n".encode() for path in self.paths]


@dataclass
class Measured:
    """`waits` in milliseconds at one client; `rates` in requests a second at CLIENTS and `costs` in milliseconds of the
    web workers' processor time a request, one of each per burst; `size` in bytes."""

    waits: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    size: int = 0

    @property
    def p50(self) -> float:
        return statistics.median(self.waits)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.waits, n=20)[-1]

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    @property
    def cost(self) -> float:
        return statistics.median(self.costs)


class Connection:
    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> int:
        """Sends it, reads the whole answer and returns the body's length. Raises Failed."""
        self._socket.sendall(request)
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head = data[:end].decode("latin-1").lower()
        if not head.startswith("http/1.1 200"):
            raise Failed(f"{request.splitlines()[0].decode()}: {head.splitlines()[0]}")
        length = int(head.split("content-length:", 1)[1].split("\r\n", 1)[0])
        missing = end + 4 + length - len(data)
        while missing > 0:
            missing -= len(self._more())
        return length

    def _more(self) -> bytes:
        found = self._socket.recv(262_144)
        if not found:
            raise Failed("the server closed the connection")
        return found

    def close(self) -> None:
        self._socket.close()


def measure(
    targets: Sequence[Target], *, rounds: int = 5, waits: int = 24, seconds: float = 1.2
) -> dict[str, Measured]:
    """All targets, by name. One client: they take turns request by request. Eight clients: burst by burst. So whatever
    else the machine does meets all of them alike."""
    results = {target.name: Measured() for target in targets}
    for target in targets:
        burst(target, 0.5)  # every worker has seen it
    for _round in range(rounds):
        _take_turns(targets, results, waits)
        for target in random.sample(targets, len(targets)):
            before = cpu(target.server)
            count, took = burst(target, seconds)
            results[target.name].rates.append(count / took)
            results[target.name].costs.append((cpu(target.server) - before) / count * 1000)
    return results


def _take_turns(targets: Sequence[Target], results: Mapping[str, Measured], waits: int) -> None:
    lines = {target.name: (Connection(target.port), target.requests) for target in targets}
    for n in range(waits):
        for target in random.sample(targets, len(targets)):
            connection, requests = lines[target.name]
            began = time.perf_counter()
            results[target.name].size = connection.ask(requests[n % len(requests)])
            results[target.name].waits.append((time.perf_counter() - began) * 1000)
    for connection, _requests in lines.values():
        connection.close()


def burst(target: Target, seconds: float) -> tuple[int, float]:
    """Requests with CLIENTS at once, and the seconds they took in all."""
    counts, problems = [0] * CLIENTS, []
    began = time.perf_counter()

    def client(n: int) -> None:
        connection, requests = Connection(target.port), target.requests
        try:
            while time.perf_counter() - began < seconds:
                connection.ask(requests[(counts[n] + n) % len(requests)])
                counts[n] += 1
        except (Failed, OSError) as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=client, args=(n,)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]
    return sum(counts), time.perf_counter() - began
