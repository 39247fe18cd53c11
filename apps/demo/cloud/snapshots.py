"""DescribeSnapshots with OwnerIds. moto ignores it and answers the snapshots under all public images too."""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses.elastic_block_store import ElasticBlockStore


def install() -> None:
    response: Any = ElasticBlockStore
    respond = response.describe_snapshots

    def describe_snapshots(self: Any) -> Any:
        owners = self._get_param("OwnerIds", []) or self._get_param("Owners", [])
        if not owners:
            return respond(self)
        wanted = {self.current_account if owner == "self" else owner for owner in owners}
        found = self.ec2_backend.describe_snapshots(
            snapshot_ids=self._get_param("SnapshotIds", []), filters=self._filters_from_querystring()
        )
        return ActionResult({"Snapshots": [snapshot for snapshot in found if snapshot.owner_id in wanted]})

    response.describe_snapshots = describe_snapshots
