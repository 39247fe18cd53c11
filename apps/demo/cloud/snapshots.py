"""DescribeSnapshots with OwnerIds: moto ignores it and answers the snapshots under all public images too. A copy
that is asked to be encrypted is; and permissions change by either way of saying it."""

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
    copy = response.copy_snapshot

    def copy_snapshot(self: Any) -> Any:
        answer = copy(self)
        if self._get_bool_param("Encrypted", False):
            self.ec2_backend.snapshots[answer.result["SnapshotId"]].encrypted = True
        return answer

    response.copy_snapshot = copy_snapshot
    modify = response.modify_snapshot_attribute

    def modify_snapshot_attribute(self: Any) -> Any:
        answer = modify(self)
        wanted = self._get_param("CreateVolumePermission", {})
        backend, id = self.ec2_backend, self._get_param("SnapshotId")
        for verb, change in (
            ("Add", backend.add_create_volume_permission),
            ("Remove", backend.remove_create_volume_permission),
        ):
            who = wanted.get(verb, [])
            if who:
                users = [one["UserId"] for one in who if "UserId" in one]
                change(id, users, [one["Group"] for one in who if "Group" in one])
        return answer

    response.modify_snapshot_attribute = modify_snapshot_attribute
