"""Public addresses that lead nowhere but to this machine: moto's own lie in ranges that belong to real servers. And
whose they are: an Elastic IP is the account's, any other is Amazon's, as AWS tells."""

from collections.abc import Callable
from typing import Any

from moto.ec2.models import elastic_ip_addresses, elastic_network_interfaces
from moto.moto_api._internal import mock_random


def install() -> None:
    interfaces: Any = elastic_network_interfaces
    elastic: Any = elastic_ip_addresses
    interfaces.random_public_ip = loopback
    elastic.random_ip = loopback
    interfaces.NetworkInterface.association = property(owned(interfaces.NetworkInterface.association.fget))


def owned(association: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    """An interface's association with the owner that AWS names."""

    def told(self: Any) -> dict[str, Any]:
        found = association(self)
        return found if not found or found.get("allocationId") else {**found, "ipOwnerId": "amazon"}

    return told


def loopback() -> str:
    """127.1.0.1 … 127.254.254.254: never 127.0.0.x, where real services listen."""
    return f"127.{mock_random.randint(1, 254)}.{mock_random.randint(0, 254)}.{mock_random.randint(1, 254)}"
