"""What came of it all, from the proxy's record, the emulator and the database; nobody is asked who did it."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.chaos.aws import TAG, Effect
from tests.chaos.work import PATIENCE, Ask

CREATES = ("RunInstances", "CreateSecurityGroup", "ImportKeyPair")


@dataclass
class Verdict:
    """Each is a list of sentences, empty when all is well."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0

    @property
    def fine(self) -> bool:
        return not (self.lost or self.doubled or self.stuck or self.orphans)


def judge(dsn: str, tenant: str, asks: list[Ask], record: list[Effect], ec2: Any) -> Verdict:
    """`ec2` asks the emulator itself."""
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
    live = _live(ec2)
    _creations(said, by_id, record, live)
    _moves(said, by_key, asks, record)
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
    """Each stop and start that succeeded moved its instance once; one that failed did not; nothing else moved it."""
    moves: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for effect in record:
        for id, _was, now in effect.moved:
            if effect.action in {"StartInstances", "StopInstances"}:
                moves[id].append((effect.action, now))
    wanted: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for ask in asks:
        for row in by_key.get(str(ask.number), []) if ask.target else []:
            wanted[ask.target].append((f"{ask.verb.title()}Instances", row["state"]))
    for id in moves | wanted:
        sure = [action for action, state in wanted[id] if state == "succeeded"]
        able = [action for action, state in wanted[id] if state in {"succeeded", "attention"}]
        happened = [action for action, _now in moves[id]]
        if len(happened) > len(able):
            said.doubled.append(f"{id}: {happened} happened, {wanted[id]} were asked for")
        elif len(happened) < len(sure):
            said.lost.append(f"{id}: {happened} happened, {wanted[id]} were asked for")


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


def _live(ec2: Any) -> dict[str, dict[str, str]]:
    """What exists, by the operation that it is tagged with: id to name. What was there before has no tag."""
    found: dict[str, dict[str, str]] = defaultdict(dict)

    def add(tags: list[dict[str, str]], id: str, name: str) -> None:
        operation = next((tag["Value"] for tag in tags if tag["Key"] == TAG), "")
        if operation:
            found[operation][id] = name

    for page in ec2.get_paginator("describe_instances").paginate():
        for instance in (one for reservation in page["Reservations"] for one in reservation["Instances"]):
            if instance["State"]["Name"] not in {"terminated", "shutting-down"}:
                add(instance.get("Tags", []), instance["InstanceId"], "")
    for group in ec2.describe_security_groups()["SecurityGroups"]:
        add(group.get("Tags", []), group["GroupId"], group["GroupName"])
    for key in ec2.describe_key_pairs()["KeyPairs"]:
        add(key.get("Tags", []), key["KeyName"], key["KeyName"])
    return found
