"""The declaration of what can be done: actions, wizards and their sections."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from django import forms

from apps.catalog.items import Item
from apps.catalog.scope import Scope
from apps.catalog.text import Text

if TYPE_CHECKING:
    from apps.catalog.reading import Part
    from apps.catalog.resources import Resource


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
    read of each target before its form is shown and its plan is made: keys of the kind's `parts` or of the AWS object
    itself, of what lies within a resource `head` and `tags`; `like` and `run` see what was read. Of what lies within a
    resource, `vacant(item, values)` answers where nothing may lie yet: (holder's id, key, whether what lies below the
    key counts). A wizard's `risks`, `means` and `notes` get its scope in the place of the item. `unless(item)` answers
    why it makes no sense for a resource, whatever its state: a whole sentence, else nothing. `on` is what the
    action's own `example` has otherwise than the kind's. What it is given may hold secrets, such as user data:
    `sight` is the last word of the permission with which others see that in its operation.
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
    on: Mapping[str, Any] = field(default_factory=dict)
    initial: Callable[[Scope], dict[str, Any]] | None = None
    like: Callable[[Item], dict[str, Any]] | None = None
    mint: Callable[[dict[str, Any]], tuple[dict[str, Any], dict[str, str]]] | None = None
    warn: Callable[[Item], Iterable[Text]] | None = None
    help: Text = ""
    needs: str = ""
    also: Callable[[Item, Mapping[str, Any], Scope | None], Iterable[tuple[str, Item]]] | None = None
    reversible: Callable[[Item], bool] | None = None
    risks: Callable[[Any, Mapping[str, Any]], Iterable[Text]] | None = None
    means: Callable[[Any, Mapping[str, Any]], Iterable[Text]] | None = None
    notes: Callable[[Any, Mapping[str, Any]], Iterable[Text]] | None = None
    facts: tuple[str, ...] = ()
    vacant: Callable[[Item, Mapping[str, Any]], Iterable[tuple[str, str, bool]]] | None = None
    unless: Callable[[Item], Text] | None = None
    sight: str = ""

    @property
    def act(self) -> str:
        """The one name of this act everywhere, such as `ec2.instance.stop`."""
        return f"{self.resource.kind}.{self.verb}"

    @property
    def permission(self) -> str:
        """The permission it takes: its own name, unless several acts share one (`needs`)."""
        return f"{self.resource.kind}.{self.needs or self.verb}"

    @property
    def guards(self) -> tuple[str, ...]:
        """The permissions that reading its facts takes besides."""
        return tuple(f"{self.resource.kind}.{part.guard}" for part in self.guarded if not part.soft)

    @property
    def guarded(self) -> tuple["Part", ...]:
        """What it reads of facts that not everybody may read who may do it."""
        return tuple(part for part in self.resource.parts if part.guard and part.key in self.facts)

    @property
    def sights(self) -> tuple[str, ...]:
        """The permissions that seeing what somebody else gave it takes."""
        words = (self.sight, *(part.guard for part in self.guarded))
        return tuple(dict.fromkeys(f"{self.resource.kind}.{word}" for word in words if word))

    def possible(self, item: Item) -> bool:
        """Whether the resource is one, and in a state, for which the action makes sense."""
        return (self.when is None or item.state in self.when) and not self.why_not(item)

    def why_not(self, item: Item) -> Text:
        """Why it makes no sense for this resource, its state aside."""
        return self.unless(item) if self.unless else ""


@dataclass(frozen=True)
class Lead:
    """A button of a resource that leads to a wizard, mostly of another kind, some of whose fields it fills in. `to` is
    the wizard's act, `fills(item)` answers values by the field's name. `when` as an action's."""

    label: Text
    to: str
    fills: Callable[[Item], dict[str, Any]]
    icon: str = "plus"
    when: frozenset[str] | None = None
    main: bool = False


class NoFields(forms.Form):
    """The form of an action that needs nothing but its target."""
