"""The declaration of a kind, and by name whatever else a declaration is made of. Frozen data and plain functions."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from django import forms

from apps.catalog.actions import Action as Action
from apps.catalog.actions import Lead as Lead
from apps.catalog.actions import NoFields as NoFields
from apps.catalog.actions import Plan
from apps.catalog.actions import Risk as Risk
from apps.catalog.actions import Section as Section
from apps.catalog.cards import Card, Sheet, Shown
from apps.catalog.columns import Column as Column
from apps.catalog.columns import PathOrFunction, measured, value_at
from apps.catalog.columns import snake as snake
from apps.catalog.columns import tag as tag
from apps.catalog.columns import tags_of as tags_of
from apps.catalog.costs import Book, CostPart, total
from apps.catalog.idle import Beside as Beside
from apps.catalog.idle import Idle as Idle
from apps.catalog.idle import Mention as Mention
from apps.catalog.items import Item
from apps.catalog.maps import Drawing, Map
from apps.catalog.metrics import Marks as Marks
from apps.catalog.metrics import Measure as Measure
from apps.catalog.metrics import Metric as Metric
from apps.catalog.paths import getter
from apps.catalog.questions import Question, Verdict
from apps.catalog.reading import UNREAD as UNREAD
from apps.catalog.reading import Call as Call
from apps.catalog.reading import Many as Many
from apps.catalog.reading import Part as Part
from apps.catalog.routines import Kept as Kept
from apps.catalog.routines import Routine as Routine
from apps.catalog.service import Capacity as Capacity
from apps.catalog.states import Related as Related
from apps.catalog.states import State as State
from apps.catalog.tabs import Tab as Tab
from apps.catalog.tabs import TabGroup as TabGroup
from apps.catalog.text import Text, one_line


@dataclass(frozen=True)
class Resource:
    """A kind of resource. `kind` is `service.noun`; everything else in the panel follows from this declaration."""

    kind: str
    label: Text
    plural: Text
    group: Text
    icon: str
    read: Call | tuple[Call, ...]
    id: str
    columns: tuple[Column, ...]
    name: PathOrFunction = ""
    state: State | None = None
    zone: str = ""
    created: str = ""
    tags: str = "Tags"
    arn: str = ""  # a path, or a format such as "arn:aws:ec2:{region}:{account}:instance/{id}"
    monthly_cost: Callable[[Item, Book], tuple[CostPart, ...]] | None = None
    scope: str = "regional"  # or "global": one list for all Regions
    region: str = ""  # in a global list: the path of the Region that a resource lies in
    parts: tuple[Part, ...] = ()
    number: str = ""  # the key under which the AWS account's number is put into the object, where AWS doesn't say it
    within: str = ""  # the kind that holds these, where they are read as they are looked at and never stored
    rank: int = 50  # lower comes first in its group
    billed: bool = True  # False where `monthly_cost` is a price, not something that is being paid
    slug: str = ""
    api: str = ""  # the botocore service that reads it, where it is not the kind's own
    fresh: int = 120  # seconds for which what was read is shown as current
    about: Text = ""  # one sentence for the empty list
    related: tuple[Related, ...] = ()
    capacity: Capacity | None = None  # how many of them an account may have in a Region
    idle: tuple[Idle, ...] = ()  # which of them are paid for and buy nothing
    tabs: tuple[Tab, ...] = ()
    groups: tuple[TabGroup, ...] = ()  # of its tabs, where it has many
    metrics: tuple[Metric, ...] | Callable[[Item], tuple[Metric, ...]] = ()  # or what these are of one of them
    marks: Marks | None = None  # what AWS tells that happened, for its charts
    measures: tuple[Measure, ...] = ()
    example: Mapping[str, Any] = field(default_factory=dict)  # an AWS object, for checks and documentation
    twin: Mapping[str, Any] = field(default_factory=dict)  # what another one has otherwise, for examples of two
    actions: dict[str, Action] = field(default_factory=dict)
    wizards: dict[str, Action] = field(default_factory=dict)
    routines: dict[str, Routine] = field(default_factory=dict)
    cards: list[Card] = field(default_factory=list)
    leads: list[Lead] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    maps: list[Map] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.slug:
            object.__setattr__(self, "slug", f"{self.noun}s")

    @property
    def service(self) -> str:
        return self.kind.partition(".")[0]

    @property
    def noun(self) -> str:
        return self.kind.partition(".")[2]

    @property
    def client(self) -> str:
        """The botocore service whose calls read it."""
        return self.api or self.service

    def call_of(self, part: Part) -> str:
        """The call that reads a part, such as `s3.get_bucket_acl`."""
        return f"{part.api or self.client}.{part.operation}"

    def asked_on(self, sheet: str) -> set[str]:
        """The keys of the parts that have to be asked for before the cards of a sheet are shown."""
        shown = {card.part for card in self.sheets.get(sheet, ())}
        return {part.key for part in self.parts if part.asked and part.key in shown}

    def asks_on(self, sheet: str) -> bool:
        """Whether a card of a sheet asks AWS for more before it is shown."""
        return any(card.asks for card in self.sheets.get(sheet, ()))

    def metrics_of(self, item: Item) -> tuple[Metric, ...]:
        """What CloudWatch measures of one of these, for its charts."""
        return self.metrics(item) if callable(self.metrics) else self.metrics

    @property
    def reads(self) -> tuple[Call, ...]:
        return self.read if isinstance(self.read, tuple) else (self.read,)

    @property
    def stored(self) -> bool:
        """Whether the inventory knows these."""
        return not self.within

    @property
    def placed(self) -> bool:
        """Whether one of these lies in a Region."""
        return self.scope != "global" or bool(self.region)

    @property
    def permission(self) -> str:
        """The permission to see these."""
        return f"{self.kind}.read"

    @cached_property
    def listed(self) -> tuple[Column, ...]:
        """What a list can show: the columns that AWS's object has, and the measures."""
        return (*self.columns, *map(measured, self.measures))

    def column(self, key: str) -> Column | None:
        return next((column for column in self.listed if column.key == key), None)

    def item(self, obj: Mapping[str, Any], account: str, region: str) -> Item:
        """An AWS answer's object as an Item. Raises KeyError when the object has no id."""
        id = getter(self.id)(obj)
        if not id:
            raise KeyError(f"{self.kind}: nothing at {self.id}")
        tags = tags_of(getter(self.tags)(obj)) if self.tags else {}
        name = value_at(self.name, obj) if self.name else ""
        return Item(
            kind=self.kind,
            id=str(id),
            name=str(name or ""),
            state=str(value_at(self.state.path, obj) or self.state.unsaid) if self.state else "",
            account=account,
            region=str((self.region and getter(self.region)(obj)) or region),
            zone=str(getter(self.zone)(obj) or "") if self.zone else "",
            attrs=obj,
            tags=tags,
        )

    def inside(self, holder: Item, id: str, attrs: Mapping[str, Any] | None = None) -> Item:
        """One of these within its holder, by its id alone: nothing is asked of AWS, so it need not be there. Its tags
        are the holder's: a role that is held on a tag holds for what lies within, too."""
        return Item(
            kind=self.kind,
            id=id,
            name=one_line(id),
            account=holder.account,
            region=holder.region,
            attrs=attrs or {},
            tags=holder.tags,
            within=holder.id,
        )

    def cost(self, item: Item, book: Book) -> Decimal | None:
        """USD a month, or None when the kind is free or a price is unknown."""

        return total(self.monthly_cost(item, book)) if self.monthly_cost else None

    def action(
        self, label: Text, *, verb: str = "", form: type[forms.Form] = NoFields, **more: Any
    ) -> Callable[..., Any]:
        """Declares the decorated function as an action on existing resources; its name is the verb unless given."""
        return self._declare(self.actions, label, verb, form, more)

    def card(self, sheet: Sheet, label: Text, **more: Any) -> Callable[..., Any]:
        """Declares the decorated function as what a card of the page says: `show(item) -> Shown`."""

        def declare(show: Callable[..., Shown]) -> Callable[..., Shown]:
            self.cards.append(Card(sheet, label, show, **more))
            return show

        return declare

    def lead(
        self, label: Text, *, to: str, when: Iterable[str] | None = None, **more: Any
    ) -> Callable[[Callable[[Item], dict[str, Any]]], Callable[[Item], dict[str, Any]]]:
        """Declares the decorated function as what a button to the wizard `to` fills in of it."""

        def declare(fills: Callable[[Item], dict[str, Any]]) -> Callable[[Item], dict[str, Any]]:
            self.leads.append(Lead(label, to, fills, when=None if when is None else frozenset(when), **more))
            return fills

        return declare

    def question(self, sheet: Sheet, text: Text, *, form: type[forms.Form], **more: Any) -> Callable[..., Any]:
        """Declares the decorated function as what answers a question: `answer(item, scope, values) -> Verdict`."""

        def declare(answer: Callable[..., Verdict]) -> Callable[..., Verdict]:
            self.questions.append(Question(sheet, text, form, answer, **more))
            return answer

        return declare

    def map(self, sheet: Sheet, **more: Any) -> Callable[..., Any]:
        """Declares the decorated function as what draws what lies in it: `draw(item, scope) -> Drawing`."""

        def declare(draw: Callable[..., Drawing]) -> Callable[..., Drawing]:
            self.maps.append(Map(sheet, draw, **more))
            return draw

        return declare

    @property
    def sheets(self) -> dict[str, list[Card]]:
        """The cards by the sheet's id, both in their order."""
        found: dict[str, list[Card]] = {}
        for card in sorted(self.cards, key=lambda card: (card.sheet.rank, card.rank)):
            found.setdefault(card.sheet.id, []).append(card)
        return found

    def wizard(self, label: Text, *, verb: str = "", form: type[forms.Form], **more: Any) -> Callable[..., Any]:
        """Declares the decorated function as a wizard that makes a resource of this kind."""
        return self._declare(self.wizards, label, verb, form, more | {"creates": True})

    def routine(
        self,
        label: Text,
        *,
        verb: str = "",
        form: type[forms.Form],
        kept: tuple[Kept, ...],
        cost: Any,
        unfit: Any,
        **more: Any,
    ) -> Callable[..., Any]:
        """Declares the decorated function as what a schedule may do to resources of this kind, and no button."""

        def declare(run: Callable[..., Plan]) -> Callable[..., Plan]:
            made: dict[str, Action] = {}
            self._declare(made, label, verb, form, more)(run)
            self.routines.update((name, Routine(action, kept, cost, unfit)) for name, action in made.items())
            return run

        return declare

    def _declare(
        self, table: dict[str, Action], label: Text, verb: str, form: type[forms.Form], more: dict[str, Any]
    ) -> Callable[..., Any]:
        iam, when = more.get("iam", ()), more.get("when")
        rest = {key: value for key, value in more.items() if key not in {"iam", "when"}}

        def declare(run: Callable[..., Plan]) -> Callable[..., Plan]:
            name = verb or run.__name__.replace("_", "-")
            table[name] = Action(
                resource=self,
                verb=name,
                label=label,
                run=run,
                form=form,
                iam=(iam,) if isinstance(iam, str) else tuple(iam),
                when=None if when is None else frozenset(when),
                **rest,
            )
            return run

        return declare
