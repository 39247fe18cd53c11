"""A share of an address block that is known only when a plan runs: its n-th block of a longer prefix."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any


@dataclass(frozen=True)
class Share:
    """The block number `n`, from 0, with a prefix of `length` in a block whose prefix is of the length `of`."""

    n: int
    length: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.n < 1 << (self.length - self.of):
            raise ValueError(f"a /{self.of} has no /{self.length} number {self.n}")

    def to_json(self) -> dict[str, int]:
        return {"n": self.n, "length": self.length, "of": self.of}


def share_of(block: Any, share: Mapping[str, int]) -> str | None:
    """The share as text; None where there is no block. Raises ValueError where the block is too small."""
    if not block:
        return None
    whole, length = ip_network(str(block)), share["length"]
    size = 1 << (whole.max_prefixlen - length)
    if length < whole.prefixlen or share["n"] >= 1 << (length - whole.prefixlen):
        raise ValueError(f"{whole} has no /{length} number {share['n']}")
    return f"{ip_address(int(whole.network_address) + share['n'] * size)}/{length}"


def shared(value: Any) -> Iterator[Mapping[str, Any]]:
    """The references to shares among a step's parameters."""
    if isinstance(value, Mapping):
        if "$ref" in value and "share" in value:
            yield value
        for each in value.values():
            yield from shared(each)
    elif isinstance(value, list):
        for each in value:
            yield from shared(each)


# The same as code.
SHELL = (
    "nth() { python3 -c 'import ipaddress, sys; print(list(ipaddress.ip_network(sys.argv[1])"
    '.subnets(new_prefix=int(sys.argv[2])))[int(sys.argv[3])])\' "$@"; }'
)


def in_shell(word: str, share: Mapping[str, int]) -> str:
    """`word` is the block as a word of the shell; SHELL has to stand before."""
    return f"$(nth {word} {share['length']} {share['n']})"


def in_python(expression: str, share: Mapping[str, int]) -> str:
    """Needs the module ipaddress."""
    return f"str(list(ipaddress.ip_network({expression}).subnets(new_prefix={share['length']}))[{share['n']}])"


def in_terraform(expression: str, share: Mapping[str, int]) -> str:
    return f"cidrsubnet({expression}, {share['length'] - share['of']}, {share['n']})"
