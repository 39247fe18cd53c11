"""One statement of a bucket policy, as it was read."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.catalog.text import one_line
from apps.services.s3 import policy_actions as known
from apps.services.s3.policy_conditions import Condition
from apps.services.s3.policy_who import Principal


@dataclass(frozen=True)
class Statement:
    """One statement. `number` counts from 1; `principals`, `actions` and `resources` are meant as all others where the
    `other_` of them is set."""

    number: int
    sid: str
    allow: bool
    principals: tuple[Principal, ...]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    other_principals: bool = False
    other_actions: bool = False
    other_resources: bool = False

    @property
    def title(self) -> str:
        """What it is called in messages."""
        if self.sid:
            return _("Statement %(number)d (%(sid)s)") % {"number": self.number, "sid": one_line(self.sid)}
        return _("Statement %(number)d") % {"number": self.number}

    def meant(self) -> frozenset[str]:
        """The actions of S3 that it speaks of, as far as its resources can be acted on so."""
        named = frozenset(one for pattern in self.actions for one in known.expand(pattern))
        found = known.EVERY - named if self.other_actions else named
        able: frozenset[str] = frozenset()
        if self.on_bucket:
            able |= known.BUCKET
        if self.on_objects:
            able |= known.OBJECT
        return found & able

    @property
    def keys(self) -> tuple[str, ...]:
        """The patterns of keys that its resources name: `*`, `reports/*`."""
        return tuple(rest for rest in map(_key, self.resources) if rest)

    @property
    def on_objects(self) -> bool:
        return self.other_resources or bool(self.keys)

    @property
    def on_bucket(self) -> bool:
        return self.other_resources or any("/" not in one for one in self.resources)


def _key(resource: str) -> str:
    """What a resource says of keys; nothing where it names the bucket alone."""
    name, slash, key = resource.partition("/")
    if slash:
        return key
    return "*" if name.endswith("*") else ""
