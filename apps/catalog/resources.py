"""The declarations of kinds: resources, their columns and actions. Frozen data and plain functions."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Any

from django import forms

from apps.catalog.cards import Card, Sheet, Shown
from apps.catalog.costs import Book, CostPart, total
from apps.catalog.items import Item
from apps.catalog.metrics import Measure as Measure
from apps.catalog.metrics import Metric as Metric
from apps.catalog.paths import getter
from apps.catalog.scope import Scope
from apps.catalog.text import Text, one_line

PathOrFunction = str | Callable[[Any], Any]


@dataclass(frozen=True)
class Call:
    """An AWS call that reads. `operation` as boto3 spells it, `path` to the objects in its answer (JMESPath), `by_id`
    the parameter that takes a list of ids, `missing` the error codes that mean "no such id"."""

    operation: str
    path: str
    by_id: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """What a reading call of its own answers of each single resource, such as a bucket's versioning.

    The answer, or what stands in it at `path`, becomes `key` of the AWS object. `params` makes the call's parameters
    from the object; `absent` are the error codes that mean "it has none": then the key is missing. Where the call fails
    otherwise, the object is kept without the key, and says so (see `unread`). `api` is the botocore service of the call
    where it is not the kind's own. What is `shared` is set for the account as a whole: it is read once for all of a
    listing, with the parameters made from the first object.
    """

    key: str
    operation: str
    params: Callable[[Mapping[str, Any]], dict[str, Any]]
    path: str = ""
    absent: tuple[str, ...] = ()
    api: str = ""
    shared: bool = False


UNREAD = "Unread"  # in an AWS object: the error code for each part that could not be read


@dataclass(frozen=True)
class State:
    """Where the state stands and how each of AWS's values is shown."""

    path: str
    ok: frozenset[str] | set[str] = frozenset()
    busy: frozenset[str] | set[str] = frozenset()
    idle: frozenset[str] | set[str] = frozenset()
    bad: frozenset[str] | set[str] = frozenset()

    def tone(self, value: str) -> str:
        """`ok`, `busy`, `idle`, `bad` or `unknown`."""
        for tone in ("ok", "busy", "idle", "bad"):
            if value in getattr(self, tone):
                return tone
        return "unknown"


@dataclass(frozen=True)
class Column:
    """A property of a kind: a column of the list, a line of the details, a filter, a field of the REST answer.

    `source` is a path into the AWS object or a function of the Item. `ref` is the kind that the value is an id of.
    `facet` offers the values that occur as filters. `wide` appears where the table has room, `hidden` only on request.
    """

    label: Text
    source: PathOrFunction
    key: str = ""
    unit: Text = ""
    facet: bool = False
    ref: str = ""
    wide: bool = False
    hidden: bool = False
    number: bool = False
    copy: bool = False
    time: bool = False
    measure: Measure | None = None  # whose last value it is
    part: str = ""  # the Part that a function reads; of a path it is the first name
    exempt: str = ""  # why `manage.py check` can't hold the path against the service model

    def __post_init__(self) -> None:
        if not self.part and isinstance(self.source, str):
            object.__setattr__(self, "part", self.source.partition(".")[0])
        if not self.key:
            key = self.source.rsplit(".", 1)[-1] if isinstance(self.source, str) else self.source.__name__
            object.__setattr__(self, "key", snake(key.strip("[]")))

    def unread(self, item: Item) -> str:
        """The error code for which the cell is empty: the account may not read the part it stands in. Else nothing."""
        found: str = item.attrs.get(UNREAD, {}).get(self.part, "")
        return found

    def value(self, item: Item) -> Any:
        """What stands in the cell: None, text, number, truth or a list of these."""
        return getter(self.source)(item.attrs) if isinstance(self.source, str) else self.source(item)


@dataclass(frozen=True)
class Related:
    """Resources of another kind whose ids stand at `path` in this one. The other direction follows from it."""

    kind: str
    path: str


@dataclass(frozen=True)
class Tab:
    """A tab of the details page that shows the text which one reading AWS call answers."""

    id: str
    label: Text
    call: str
    params: Callable[[Item], dict[str, Any]]
    path: str
    empty: Text
    permission: str  # the last word of it: `ec2.instance.<permission>`


@dataclass(frozen=True)
class Section:
    """A part of a wizard. `advanced` sections start closed."""

    id: str
    label: Text
    fields: tuple[str, ...]
    help: Text = ""
    advanced: bool = False


class Risk(Enum):
    """What an action may break; decides how it is confirmed."""

    SAFE = "safe"
    INTERRUPTS = "interrupts"
    DESTROYS = "destroys"


Plan = Any  # a generator of steps; see plans.py


@dataclass(frozen=True)
class Action:
    """Something that a person can do to a resource, or the wizard that makes one.

    `run` turns values into steps (see plans.py): `run(item, values)` once per target, or `run(scope, values)` for a
    wizard. `when` are the states in which it makes sense (None: any). `iam` are the AWS permissions it needs.
    `initial(scope)` gives a wizard's defaults, `like(item)` those of "more like this". `mint(values)` makes secrets (a
    key pair) just before a submission: it answers the values to plan with and what to show the asker once. `warn(item)`
    answers sentences that the confirmation shows. `needs` is the last word of a permission that several acts share
    (`write`). `also(item, values, scope)` answers what it takes besides: the last word of a permission and the Item to
    have it on, such as `("write", copy)` where a copy comes to lie. `reversible(item)` tells that what it destroys can
    be brought back. `risks(item, values)` answers sentences that say what these values would put at risk: where there
    are any, the dialog shows them and wants the name typed; `means` answers sentences that say what will be so then,
    `notes` what is odd about the values: both are shown as somebody types, and in previews. `facts` are what has to be
    read of each target before its form is shown and its plan is made: keys of the kind's `parts`, of what lies within a
    resource `head` and `tags`; `like` and `run` see what was read. Of what lies within a resource, `vacant(item,
    values)` answers where nothing may lie yet: (holder's id, key, whether what lies below the key counts).
    """

    resource: "Resource"
    verb: str
    label: Text
    run: Callable[..., Plan]
    form: type[forms.Form]
    icon: str = "play"
    when: frozenset[str] | None = None
    risk: Risk = Risk.SAFE
    iam: tuple[str, ...] = ()
    creates: bool = False
    main: bool = False
    sections: tuple[Section, ...] = ()
    submit: Text = ""
    title: Callable[[Mapping[str, Any]], Text] | None = None  # of a wizard's operation, from the form's values
    example: Mapping[str, Any] = field(default_factory=dict)
    initial: Callable[[Scope], dict[str, Any]] | None = None
    like: Callable[[Item], dict[str, Any]] | None = None
    mint: Callable[[dict[str, Any]], tuple[dict[str, Any], dict[str, str]]] | None = None
    warn: Callable[[Item], Iterable[Text]] | None = None
    help: Text = ""
    needs: str = ""
    also: Callable[[Item, Mapping[str, Any], Scope | None], Iterable[tuple[str, Item]]] | None = None
    reversible: Callable[[Item], bool] | None = None
    risks: Callable[[Item, Mapping[str, Any]], Iterable[Text]] | None = None
    means: Callable[[Item, Mapping[str, Any]], Iterable[Text]] | None = None
    notes: Callable[[Item, Mapping[str, Any]], Iterable[Text]] | None = None
    facts: tuple[str, ...] = ()
    vacant: Callable[[Item, Mapping[str, Any]], Iterable[tuple[str, str, bool]]] | None = None

    @property
    def act(self) -> str:
        """The one name of this act everywhere, such as `ec2.instance.stop`."""
        return f"{self.resource.kind}.{self.verb}"

    @property
    def permission(self) -> str:
        """The permission it takes: its own name, unless several acts share one (`needs`)."""
        return f"{self.resource.kind}.{self.needs or self.verb}"

    def possible(self, item: Item) -> bool:
        """Whether the resource is in a state in which the action makes sense."""
        return self.when is None or item.state in self.when


class NoFields(forms.Form):
    """The form of an action that needs nothing but its target."""


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
    tabs: tuple[Tab, ...] = ()
    metrics: tuple[Metric, ...] = ()
    measures: tuple[Measure, ...] = ()
    example: Mapping[str, Any] = field(default_factory=dict)  # an AWS object, for checks and documentation
    actions: dict[str, Action] = field(default_factory=dict)
    wizards: dict[str, Action] = field(default_factory=dict)
    cards: list[Card] = field(default_factory=list)

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
        return (*self.columns, *map(_measured, self.measures))

    def column(self, key: str) -> Column | None:
        return next((column for column in self.listed if column.key == key), None)

    def item(self, obj: Mapping[str, Any], account: str, region: str) -> Item:
        """An AWS answer's object as an Item. Raises KeyError when the object has no id."""
        id = getter(self.id)(obj)
        if not id:
            raise KeyError(f"{self.kind}: nothing at {self.id}")
        tags = tags_of(getter(self.tags)(obj)) if self.tags else {}
        name = self.name(obj) if callable(self.name) else getter(self.name)(obj) if self.name else ""
        return Item(
            kind=self.kind,
            id=str(id),
            name=str(name or ""),
            state=str(getter(self.state.path)(obj) or "") if self.state else "",
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

        def declare(show: Callable[[Item], Shown]) -> Callable[[Item], Shown]:
            self.cards.append(Card(sheet, label, show, **more))
            return show

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

    def _declare(
        self, table: dict[str, Action], label: Text, verb: str, form: type[forms.Form], more: dict[str, Any]
    ) -> Callable[..., Any]:
        iam = more.pop("iam", ())
        when = more.pop("when", None)

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
                **more,
            )
            return run

        return declare


def _measured(measure: Measure) -> Column:
    def last(item: Item) -> float | None:
        found = item.measured.get(measure.key)
        return found.last if found else None

    unit, number = measure.metric.unit, not measure.curve
    return Column(measure.label, last, measure.key, unit, hidden=measure.hidden, number=number, measure=measure)


def tag(key: str, path: str = "Tags") -> Callable[[Mapping[str, Any]], str]:
    """The value of a tag, as a source for `name` and columns."""

    def value(obj: Mapping[str, Any]) -> str:
        return tags_of(getter(path)(obj)).get(key, "")

    return value


def tags_of(found: Any) -> dict[str, str]:
    """Tags as a dictionary, from AWS's list of Key and Value, or from a map."""
    if isinstance(found, Mapping):
        return {str(key): str(value) for key, value in found.items()}
    return {str(tag["Key"]): str(tag.get("Value") or "") for tag in found or () if "Key" in tag}


def snake(name: str) -> str:
    """`VolumeType` becomes `volume_type`."""
    out = ""
    for n, char in enumerate(name):
        if char.isupper() and n and (not name[n - 1].isupper() or (n + 1 < len(name) and name[n + 1].islower())):
            out += "_"
        out += char.lower() if char.isalnum() else "_"
    return out
