"""What a worker writes: each line in a transaction of its own that checks the claim, with its audit row beside it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _

from apps.audit import record
from apps.cloud.explain import CallFailed, Explained
from apps.cloud.models import Account
from apps.inventory.models import Entry
from apps.live.bus import publish
from apps.operations import claims
from apps.operations.claims import Claim
from apps.operations.models import Operation, OperationStep
from apps.tenancy.context import tenant_tx


class Journal:
    """The operation, its plan and its steps as the claim holds them."""

    def __init__(self, held: Claim) -> None:
        self.held = held
        with tenant_tx(held.tenant_id):
            self.operation = Operation.objects.get(tenant_id=held.tenant_id, id=held.operation_id)
            rows = OperationStep.objects.filter(tenant_id=held.tenant_id, operation_id=held.operation_id)
            self.rows: dict[str, OperationStep] = {row.key: row for row in rows.order_by("position")}
            self.accounts: dict[str, Account] = {
                str(account.id): account
                for account in Account.objects.filter(tenant_id=held.tenant_id, id__in=self.operation.accounts)
            }
        self.steps: dict[str, dict[str, Any]] = {step["key"]: step for step in self.operation.plan["steps"]}

    @property
    def outputs(self) -> dict[str, Any]:
        """The answers that later steps may refer to."""
        return {key: row.output for key, row in self.rows.items() if row.output is not None}

    @property
    def who(self) -> record.Who:
        op = self.operation
        return record.Who(op.who_kind, op.who_id, op.who_name, op.who_address, op.who_session)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction that fails with LostClaim when the claim is gone, and tells the pages when it commits."""
        with tenant_tx(self.held.tenant_id):
            claims.assert_held(self.held)
            yield
            publish(self.held.tenant_id, f"operation-{self.held.operation_id}", "operations")

    def cancel_asked(self) -> bool:
        """Whether somebody asked to cancel since."""
        with tenant_tx(self.held.tenant_id):
            asked = Operation.objects.filter(tenant_id=self.held.tenant_id, id=self.held.operation_id)
            return asked.exclude(cancel_asked_at=None).exists()

    def age(self, row: OperationStep) -> float:
        """Seconds since the step's last call was sent, by the database's clock."""
        with tenant_tx(self.held.tenant_id), connection.cursor() as cursor:
            cursor.execute(
                """SELECT extract(epoch FROM clock_timestamp() - sent_at) FROM operations_step
                   WHERE tenant_id = %s AND id = %s""",
                [self.held.tenant_id, row.id],
            )
            return float(cursor.fetchone()[0] or 0)

    def save(self, row: OperationStep, **changes: Any) -> None:
        """Writes these fields of a step; times are given as database expressions. Inside `writing`."""
        for name, value in changes.items():
            if not hasattr(value, "resolve_expression"):
                setattr(row, name, value)
        OperationStep.objects.filter(tenant_id=self.held.tenant_id, id=row.id).update(**changes)

    def account(self, spec: Mapping[str, Any]) -> Account:
        """The account that a step works in. Raises CallFailed when it is no longer connected."""
        found = self.accounts.get(spec["account"])
        if found is None:
            # Not "not_found": what was made there is there still, though the panel can't reach it any more.
            text = _("The account is no longer connected.")
            raise CallFailed(Explained(code="AccountRemoved", text=text, kind="denied"))
        return found

    def intent(self, row: OperationStep, state: str, call: str, *params: Mapping[str, Any]) -> None:
        """Before the call, or before several at once: the step is under way, and the record says so of each. No
        record, no call."""
        with self.writing():
            started = Coalesce(F("started_at"), Now())
            changes: dict[str, Any] = {} if state == "undoing" else {"error": None}  # that of the try before
            self.save(row, state=state, attempts=row.attempts + 1, sent_at=Now(), started_at=started, **changes)
            for each in params:
                self._audit(row, call, "intent", params=each)

    def outcome(
        self,
        row: OperationStep,
        call: str,
        result: str,
        *,
        request_ids: Sequence[str] = (),
        reason: str = "",
        **changes: Any,
    ) -> None:
        """After the call: what came of it, in the journal and in the record. `ended_at` follows from the state."""
        with self.writing():
            ids = list(dict.fromkeys([*row.request_ids, *(id for id in request_ids if id)]))
            if changes.get("state") in {"done", "failed", "undone", "unknown"}:
                changes["ended_at"] = Now()
            self.save(row, request_ids=ids, **changes)
            self._audit(row, call, result, request_ids=request_ids, reason=reason)

    def outcomes(self, row: OperationStep, call: str, came: Iterable[tuple[str, str, str]], **changes: Any) -> None:
        """After several calls of a step: of each the result, AWS's request id and the reason, for the record."""
        with self.writing():
            self.save(row, **changes)
            for result, request_id, reason in came:
                self._audit(row, call, result, request_ids=[request_id] if request_id else [], reason=reason)

    def close(
        self, state: str, *, error: Any = None, left: Sequence[Mapping[str, Any]] = (), result: Any = None
    ) -> None:
        """The operation has ended; the record says so for each of its targets and of what it made."""
        held = self.held
        with self.writing():
            Operation.objects.filter(tenant_id=held.tenant_id, id=held.operation_id, epoch=held.epoch).update(
                state=state, error=error, left=list(left), result=result, ended_at=Now(), lease_until=None
            )
            outcome = {"succeeded": "ok", "attention": "unknown"}.get(state, "failed")
            reason = (error or {}).get("text", "") if isinstance(error, dict) else ""
            for target in self._targets(result):
                record.write(
                    tenant_id=held.tenant_id,
                    act=self.operation.act,
                    result=outcome,
                    actor=self.who,
                    target=target,
                    operation=held.operation_id,
                    plan_hash=self.operation.plan_hash,
                    reason=reason or (state if outcome == "failed" else ""),
                )

    def _targets(self, result: Any) -> list[record.Target]:
        found = [self._named(each) for each in self.operation.plan["targets"]]
        if result and self.operation.plan["steps"]:
            found += self._made(result, self.operation.plan["steps"][-1])
        if not found and self.operation.plan["steps"]:
            found.append(self._place(self.operation.plan["steps"][0]))
        return found

    def _made(self, result: Mapping[str, Any], last: Mapping[str, Any]) -> list[record.Target]:
        """What the operation made, by the names that it was read with while it was waited for."""
        place = {"account": last["account"], "region": last["region"]}
        rows = Entry.objects.filter(
            tenant_id=self.held.tenant_id,
            kind=result["kind"],
            resource_id__in=result["ids"],
            account_id=last["account"],
        )
        names = dict(rows.values_list("resource_id", "name"))
        return [
            self._named({"kind": result["kind"], "id": id, "name": names.get(id, "")} | place) for id in result["ids"]
        ]

    def _named(self, each: Mapping[str, str]) -> record.Target:
        account = self.accounts.get(each["account"])
        id = f"{each['within']}/{each['id']}" if each.get("within") else each["id"]
        return record.Target(
            each["kind"], id, each["name"], each["account"], account.name if account else "", each["region"]
        )

    def _place(self, step: Mapping[str, Any]) -> record.Target:
        account = self.accounts.get(step["account"])
        return record.Target(
            account=step["account"], account_name=account.name if account else "", region=step["region"]
        )

    def _audit(self, row: OperationStep, call: str, result: str, **more: Any) -> None:
        targets = self.operation.plan["targets"]
        step = self.steps[row.key]
        record.write(
            tenant_id=self.held.tenant_id,
            act=self.operation.act,
            result=result,
            actor=self.who,
            target=self._named(targets[row.group]) if targets else self._place(step),
            operation=self.held.operation_id,
            step=f"{row.key} {call}",
            plan_hash=self.operation.plan_hash,
            **more,
        )
