"""Roles and instance profiles live in the IAM emulator. moto's own IAM takes them over when EC2 first names one."""

import re
from collections.abc import Callable
from typing import Any

from moto.iam.models import IAMBackend

from .callers import Directory


def install(directory: Directory) -> None:
    backend: Any = IAMBackend

    def take_role(own: Any, name: str) -> None:
        if name in {role.name for role in own.get_roles()}:
            return
        directory.ask(own.account_id, "iam", "GetRole", RoleName=name)
        own.create_role(name, "{}", "/", None, "", [], "3600")

    def take_profile(own: Any, name: str) -> None:
        answer = directory.ask(own.account_id, "iam", "GetInstanceProfile", InstanceProfileName=name)
        roles = re.findall(r"<RoleName>([^<]+)</RoleName>", answer)
        for role in roles:
            take_role(own, role)
        own.create_instance_profile(name, "/", roles)

    backend.get_role_by_arn = _or_take(backend.get_role_by_arn, take_role)
    backend.get_instance_profile = _or_take(backend.get_instance_profile, take_profile)
    backend.get_instance_profile_by_arn = _or_take(backend.get_instance_profile_by_arn, take_profile)


def _or_take(find: Callable[[Any, str], Any], take: Callable[[Any, str], None]) -> Callable[[Any, str], Any]:
    def found(self: Any, name_or_arn: str) -> Any:
        try:
            return find(self, name_or_arn)
        except Exception as missing:
            try:
                take(self, name_or_arn.rpartition("/")[2])
            except OSError:  # the IAM emulator doesn't know it either
                raise missing from None
            return find(self, name_or_arn)

    return found
