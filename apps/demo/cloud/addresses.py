"""Public addresses that lead nowhere but to this machine: moto's own lie in ranges that belong to real servers."""

from typing import Any

from moto.ec2.models import elastic_ip_addresses, elastic_network_interfaces
from moto.moto_api._internal import mock_random


def install() -> None:
    interfaces: Any = elastic_network_interfaces
    elastic: Any = elastic_ip_addresses
    interfaces.random_public_ip = loopback
    elastic.random_ip = loopback


def loopback() -> str:
    """127.1.0.1 … 127.254.254.254: never 127.0.0.x, where real services listen."""
    return f"127.{mock_random.randint(1, 254)}.{mock_random.randint(0, 254)}.{mock_random.randint(1, 254)}"
