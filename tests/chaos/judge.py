"""What came of it all, from the proxy's record, the emulator and the database; nobody is asked who did it."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests import ledger
from tests.chaos.aws import Aws
from tests.chaos.work import PATIENCE, Ask
from tests.effects import TAG, Effect

CREATES = ("RunInstances", "CreateSecurityGroup", "ImportKeyPair")
BUCKETS = ("bucket", "doomed-bucket", "versions", "empty", "delete")


@dataclass
class Verdict:
    """Each is a list of sentences, empty when all is well."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    unrecorded: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0

    @property
    def fine(self) -> bool:
        return not (self.lost or self.doubled or self.stuck or self.orphans or self.unrecorded)


def judge(dsn: str, tenant: str, asks: list[Ask], aws: Aws, ec2: Any, s3: Any) -> Verdict:
    """`ec2` and `s3` ask the emulators themselves."""
    rows, said = _rows(dsn, tenant), Verdict()
    by_id = {row["id"]: row for row in rows}
    by_key: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_key[row["idempotency_key"].rpartition("-")[2]].append(row)
        said.states[row["state"]] += 1
        said.slowest = max(said.slowest, row["seconds"] or 0)
        if row["state"] in {"queued", "running"} or row["seconds"] > PATIENCE:
            said.stuck.append(f"{row['id']} {row['title']} {row['state']} after {row['seconds']}: {row['journal']}")
    for ask in asks:
        found = by_key.get(str(ask.number), [])
        if len(found) > 1:
            said.doubled.append(f"{ask.name}: asked for once, {len(found)} operations")
        if not found and ask.refusals:
            said.refused.append(f"{ask.verb} {ask.name}: {ask.refusals[-1]}")
        elif not found:
            said.lost.append(f"{ask.verb} {ask.name}: no operation")
    instances = _instances(ec2)
    _creations(said, by_id, aws.record, _live(ec2, instances))
    _moves(said, by_key, asks, aws.record)
    _settings(said, by_key, asks, {one["InstanceId"]: one for one in instances})
    _buckets(said, by_key, asks, aws.record, _there(s3))
    said.unrecorded = ledger.discrepancies(ledger.rows(dsn, tenant), aws.record, aws.refused)
    return said


def _creations(said: Verdict, rows: dict[str, Any], record: list[Effect], live: dict[str, dict[str, str]]) -> None:
    made = Counter((effect.operation, effect.action) for effect in record if effect.action in CREATES)
    for (operation, action), times in made.items():
        if times > 1:
            said.doubled.append(f"{operation}: {action} took effect {times} times")
        if operation not in rows:
            said.orphans.append(f"{action} of {operation}, which is no operation")
    for id, row in rows.items():
        _left(said, id, row, live.get(id, {}))
    for operation, there in live.items():
        if operation not in rows:
            said.orphans.append(f"{there} of {operation or 'nobody'}")


def _left(said: Verdict, id: str, row: dict[str, Any], there: dict[str, str]) -> None:
    """What exists of one operation, against what it says."""
    if row["state"] == "succeeded" and row["act"].endswith(".launch"):
        wanted = set((row["result"] or {}).get("ids") or ())
        running = {thing for thing in there if thing.startswith("i-")}
        if wanted - running:
            said.lost.append(f"{id} {row['title']} succeeded, and {wanted - running} is not there")
        if running - wanted:
            said.doubled.append(f"{id} {row['title']}: {running - wanted} too many")
    elif row["state"] != "succeeded":
        told = json.dumps(row["left"])
        for thing, name in there.items():
            if row["state"] != "attention" or not (thing in told or (name and name in told)):
                whose = f"{id} {row['title']} ({row['state']})"
                said.orphans.append(f"{thing} {name} of {whose}, which left {told}: {row['journal']}")


def _moves(said: Verdict, by_key: dict[str, Any], asks: list[Ask], record: list[Effect]) -> None:
    """Each stop and start that succeeded moved its instance once; one that failed did not; nothing else moved it but
    a change of type, which stops and starts what runs, and starts it again where it failed."""
    moves: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for effect in record:
        for id, _was, now in effect.moved:
            if effect.action in {"StartInstances", "StopInstances"}:
                moves[id].append((effect.action, now))
    wanted: dict[str, list[tuple[str, str]]] = defaultdict(list)
    least, most = Counter[str](), Counter[str]()
    for ask in asks:
        for row in by_key.get(str(ask.number), []) if ask.verb in {"stop", "start", "type"} else []:
            wanted[ask.target].append((ask.verb, row["state"]))
            once = 1 if ask.verb != "type" else 2 if ask.running else 0
            least[ask.target] += once if row["state"] == "succeeded" else 0
            could = once if row["state"] in {"succeeded", "attention"} or ask.verb == "type" else 0
            most[ask.target] += could + (once if ask.verb == "type" and row["state"] == "attention" else 0)
    for id in moves | wanted:
        happened = [action for action, _now in moves[id]]
        if len(happened) > most[id]:
            said.doubled.append(f"{id}: {happened} happened, {wanted[id]} were asked for")
        elif len(happened) < least[id]:
            said.lost.append(f"{id}: {happened} happened, {wanted[id]} were asked for")


def _settings(said: Verdict, by_key: dict[str, Any], asks: list[Ask], instances: dict[str, Any]) -> None:
    """Each instance has the type and the tag that was asked for last: a late call undid nobody's later one."""
    possible: dict[tuple[str, str], set[str]] = {}
    for ask in asks:
        for row in by_key.get(str(ask.number), []) if ask.verb in {"type", "tag"} else []:
            before = possible.setdefault((ask.target, ask.verb), {"t3.micro" if ask.verb == "type" else ""})
            if row["state"] == "succeeded":
                possible[ask.target, ask.verb] = {ask.value}
            elif row["state"] == "attention":
                before.add(ask.value)
    for (id, verb), values in possible.items():
        found = instances.get(id)
        if found is None:
            said.lost.append(f"{id} is not there")
            continue
        tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}
        now = found["InstanceType"] if verb == "type" else tags.get("chaos", "")
        if now not in values:
            said.lost.append(f"{id}: {verb} is {now!r}, {sorted(values)} was asked for last")


@dataclass
class Bucket:
    """As it is in AWS."""

    versioning: str
    things: int  # versions, delete markers and unfinished uploads


def _buckets(
    said: Verdict, by_key: dict[str, Any], asks: list[Ask], record: list[Effect], there: dict[str, Bucket]
) -> None:
    """What was created is there until it is deleted, and as it was set; what failed left nothing."""
    times = Counter(effect.params["Bucket"] for effect in record if effect.call == "s3.create_bucket")
    said.doubled += [f"{name}: created {count} times" for name, count in times.items() if count > 1]
    states: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for ask in asks:
        for row in by_key.get(str(ask.number), []) if ask.verb in BUCKETS else []:
            states[ask.target or ask.name][ask.verb] = (row["state"], json.dumps(row["left"]))
    for name, of in states.items():
        state, left = of.get("bucket") or of.get("doomed-bucket") or ("", "")
        deleted, now, told = of.get("delete", ("", ""))[0], there.get(name), f"{name}: {of}"
        if "doomed-bucket" in of and state == "succeeded":
            said.lost.append(f"{told}, and it never was protected")
        if now is None and state == "succeeded" and deleted in {"", "failed", "cancelled"}:
            said.lost.append(f"{told}, and it is not there")
        elif now and (deleted == "succeeded" or state in {"failed", "cancelled"}):
            said.orphans.append(f"{told}, and it is there")
        elif now and state == "attention" and name not in left:
            said.orphans.append(f"{told}, and it is there unnamed")
        if now and of.get("versions", ("",))[0] == "succeeded" and now.versioning != "Enabled":
            said.lost.append(f"{told}, and versioning is {now.versioning!r}")
        if now and of.get("empty", ("",))[0] == "succeeded" and "delete" not in of and now.things:
            said.lost.append(f"{told}, and {now.things} things are there")
    said.orphans += [f"bucket {name}, which nobody asked for" for name in there.keys() - states.keys()]


def _rows(dsn: str, tenant: str) -> list[dict[str, Any]]:
    with psycopg.connect(dsn, row_factory=dict_row) as connection:
        return connection.execute(
            """SELECT o.id::text, act, title, state, "left", result, error, idempotency_key, epoch,
                      extract(epoch FROM coalesce(ended_at, clock_timestamp()) - created_at)::float AS seconds,
                      (SELECT string_agg(s.call || '=' || s.state || '/' || s.attempts || ' ' ||
                              coalesce(s.error->>'code', ''), ', ' ORDER BY s.position)
                       FROM operations_step s WHERE s.operation_id = o.id) AS journal
               FROM operations_operation o WHERE tenant_id = %s ORDER BY created_at""",
            [tenant],
        ).fetchall()


def _instances(ec2: Any) -> list[dict[str, Any]]:
    pages = ec2.get_paginator("describe_instances").paginate()
    return [one for page in pages for reservation in page["Reservations"] for one in reservation["Instances"]]


def _live(ec2: Any, instances: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """What exists, by the operation that it is tagged with: id to name. What was there before has no tag."""
    found: dict[str, dict[str, str]] = defaultdict(dict)

    def add(tags: list[dict[str, str]], id: str, name: str) -> None:
        operation = next((tag["Value"] for tag in tags if tag["Key"] == TAG), "")
        if operation:
            found[operation][id] = name

    for instance in instances:
        if instance["State"]["Name"] not in {"terminated", "shutting-down"}:
            add(instance.get("Tags", []), instance["InstanceId"], "")
    for group in ec2.describe_security_groups()["SecurityGroups"]:
        add(group.get("Tags", []), group["GroupId"], group["GroupName"])
    for key in ec2.describe_key_pairs()["KeyPairs"]:
        add(key.get("Tags", []), key["KeyName"], key["KeyName"])
    return found


def _there(s3: Any) -> dict[str, Bucket]:
    found = {}
    for name in (one["Name"] for one in s3.list_buckets()["Buckets"]):
        versions, uploads = s3.list_object_versions(Bucket=name), s3.list_multipart_uploads(Bucket=name)
        things = [*versions.get("Versions", []), *versions.get("DeleteMarkers", []), *uploads.get("Uploads", [])]
        found[name] = Bucket(s3.get_bucket_versioning(Bucket=name).get("Status", ""), len(things))
    return found
