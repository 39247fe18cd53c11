"""A resource's tags by looking them up. moto matches every tag of the account against a pattern, for each resource."""

from typing import Any

from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix


def install() -> None:
    resource: Any = TaggedEC2Resource
    resource.get_tags = get_tags


def get_tags(self: Any) -> list[dict[str, str]]:
    if not self.id:
        return []
    kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(self.id), "")
    own = dict(self.ec2_backend.tags.get(self.id, {}))
    return [{"resource_id": self.id, "key": key, "value": value, "resource_type": kind} for key, value in own.items()]
