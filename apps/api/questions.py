"""Questions about one resource: `/api/v1/<service>/<plural>/<id>/<question>/`, answered from what the panel knows."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict

from apps.api import items
from apps.api.answers import answer
from apps.api.problems import Problem
from apps.catalog import forms as binding
from apps.catalog.questions import Finding, Question
from apps.catalog.resources import Resource
from apps.inventory import query
from apps.inventory.scope import InventoryScope
from apps.tenancy.access import Actor, reach, require

_PLACE = ("account", "region")


def asked(resource: Resource, name: str) -> Question | None:
    """The kind's question of that name."""
    return next((one for one in resource.questions if one.sheet.id == name), None)


def show(request: HttpRequest, actor: Actor, resource: Resource, id: str, question: Question) -> HttpResponse:
    """The answer; the query's parameters are the question's fields."""
    if not reach(actor, resource.permission):
        require(actor, resource.permission)
    row = items.find(request, actor, resource, id)
    account, region = str(row[3]), str(row[4])
    item = query.get(actor.tenant_id, resource.kind, id, account=account, region=region)
    if item is None:
        raise Problem("not-found")
    scope = InventoryScope(actor, UUID(account), region)
    verdict = question.answer(item, scope, _values(request, question, scope))
    return answer(
        {
            "question": str(question.text),
            "tone": verdict.tone,
            "answer": str(verdict.text),
            "findings": [_finding(each) for each in verdict.findings],
            "notes": [str(each) for each in verdict.notes],
        }
    )


def _values(request: HttpRequest, question: Question, scope: InventoryScope) -> dict[str, Any]:
    """Raises Problem."""
    given = QueryDict(mutable=True)
    for name in request.GET:
        if name not in _PLACE:
            given.setlist(name, request.GET.getlist(name))
    if unknown := given.keys() - question.form.base_fields.keys():
        raise Problem("query", errors={name: ["There is no such parameter."] for name in sorted(unknown)})
    form = binding.bind(question.form, given, scope=scope)
    if not form.is_valid():
        raise Problem("query", errors=binding.json_errors(form))
    return dict(form.cleaned_data)


def _finding(finding: Finding) -> dict[str, Any]:
    fixes = [{"label": str(fix.label), "act": fix.act, "id": fix.id, "fills": fix.fills} for fix in finding.fixes]
    return {
        "tone": finding.tone,
        "text": str(finding.text),
        "about": [{"kind": each.kind, "id": each.id} for each in finding.about],
        "evidence": [str(each) for each in finding.evidence],
        "fixes": fixes,
    }
