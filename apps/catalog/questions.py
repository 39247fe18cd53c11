"""A question that a resource's page answers step by step, from what the panel knows: whether something works, why not,
and which action mends it. Nothing is asked of AWS."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms

from apps.catalog.cards import Named, Sheet
from apps.catalog.items import Item
from apps.catalog.scope import Scope
from apps.catalog.text import Text


@dataclass(frozen=True)
class Fix:
    """What mends something: the action `act` on the resource `id` (the wizard `act`, where there is none), with its
    form filled in. Of `fills`, a list of rows stands for rows to add to those that are there."""

    label: Text
    act: str
    id: str = ""
    fills: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """One step of an answer. `tone` is ok, warn or bad; empty where the panel can't tell. `about` are the resources
    that it was read from, `evidence` what stands there, word for word."""

    tone: str
    text: Text
    about: Sequence[Named] = ()
    evidence: Sequence[Text] = ()
    fixes: Sequence[Fix] = ()


@dataclass(frozen=True)
class Verdict:
    """The answer in a sentence, its steps in their order, and what it leaves out."""

    tone: str
    text: Text
    findings: Sequence[Finding] = ()
    notes: Sequence[Text] = ()


@dataclass(frozen=True)
class Question:
    """`answer(item, scope, values)` is pure: `scope` is the resource's account and Region as the asker may see them,
    `values` the cleaned data of `form`, whose every field has a default."""

    sheet: Sheet
    text: Text
    form: type[forms.Form]
    answer: Callable[[Item, Scope, Mapping[str, Any]], Verdict]
    help: Text = ""
