"""A bucket policy: read from text, and held against what Amazon S3 takes before it is sent there.

What S3 would refuse is an error, with its line. What it takes, though hardly anybody means it, is a warning. What a
policy brings about (who is let in, who is locked out) is in `policy_risks`, in words in `policy_words`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.catalog.text import one_line
from apps.services.s3 import policy_actions as known
from apps.services.s3 import policy_who as who
from apps.services.s3.policy_conditions import conditions
from apps.services.s3.policy_json import Document, NotJson, Path, parse, position
from apps.services.s3.policy_statement import Statement
from apps.services.s3.policy_who import Principal

MOST = 20 * 1024  # bytes
VERSIONS = ("2012-10-17", "2008-10-17")
_TOP = ("Version", "Id", "Statement")
_ELEMENTS = (
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"),
)


@dataclass(frozen=True)
class Checked:
    """A text that was read. `statements` are all there are only where there are no errors."""

    statements: tuple[Statement, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def check(text: str, bucket: str) -> Checked:
    """Reads a policy for a bucket."""
    size = len(text.encode("utf-8", "replace"))
    too_long = _("The policy takes %(size)d bytes; the most is %(most)d. Spaces and line breaks count.")
    too_long %= {"size": size, "most": MOST}
    if size > 4 * MOST:
        return Checked(errors=(too_long,))
    try:
        document = parse(text)
    except NotJson as error:
        line, column = position(text, error.offset)
        words = {"line": line, "column": column, "problem": str(error)}
        return Checked(errors=(_("Line %(line)d, column %(column)d: %(problem)s") % words,))
    reader = _Reader(document, bucket)
    statements = tuple(reader.policy())
    if size > MOST:
        reader.errors.append(too_long)
    return Checked(statements, tuple(dict.fromkeys(reader.errors)), tuple(dict.fromkeys(reader.warnings)))


def statements(text: str, bucket: str) -> tuple[Statement, ...] | None:
    """Those of a policy that is there already, as far as they can be read; None where the text is no JSON."""
    try:
        document = parse(text)
    except NotJson:
        return None
    return tuple(_Reader(document, bucket).policy())


class _Reader:
    """Walks a document and notes what is wrong with it."""

    def __init__(self, document: Document, bucket: str) -> None:
        self.document, self.bucket = document, bucket
        self.errors: list[str] = []
        self.warnings: list[str] = []
        self.sids: set[str] = set()

    def _at(self, path: Path, text: str) -> str:
        line, column = self.document.where(path)
        return _("Line %(line)d, column %(column)d: %(problem)s") % {"line": line, "column": column, "problem": text}

    def error(self, path: Path, text: str) -> None:
        self.errors.append(self._at(path, text))

    def warn(self, path: Path, text: str) -> None:
        self.warnings.append(self._at(path, text))

    def policy(self) -> Iterator[Statement]:
        top = self.document.value
        if not isinstance(top, dict):
            self.error((), _("A policy is an object in braces."))
            return
        self._names(top, _TOP, ())
        version = top.get("Version")
        if version is None:
            self.warn(
                (), _("Without a Version it is read as of 2008-10-17: variables such as ${aws:userid} don't work.")
            )
        elif version not in VERSIONS:
            self.error(("Version",), _("Version is “2012-10-17” (or the older “2008-10-17”), no other date."))
        if "Id" in top and not isinstance(top["Id"], str):
            self.error(("Id",), _("%(name)s is a text.") % {"name": "Id"})
        found = top.get("Statement")
        if found is None:
            self.error((), _("There is no Statement."))
        elif isinstance(found, dict):
            yield from self.statement(found, 1, ("Statement",))
        elif not isinstance(found, list) or not found:
            self.error(("Statement",), _("Statement is an object, or a list of at least one."))
        else:
            for n, each in enumerate(found):
                if isinstance(each, dict):
                    yield from self.statement(each, n + 1, ("Statement", n))
                else:
                    self.error(("Statement", n), _("A statement is an object in braces."))

    def statement(self, obj: dict[str, Any], number: int, path: Path) -> Iterator[Statement]:
        self._names(obj, _ELEMENTS, path)
        before = len(self.errors)
        sid = obj.get("Sid", "")
        if not isinstance(sid, str):
            self.error((*path, "Sid"), _("%(name)s is a text.") % {"name": "Sid"})
            sid = ""
        elif sid in self.sids:
            self.error((*path, "Sid"), _("Two statements have the Sid “%(sid)s”.") % {"sid": one_line(sid)})
        self.sids |= {sid} if sid else set()
        effect = obj.get("Effect")
        if effect not in ("Allow", "Deny"):
            where = (*path, "Effect") if "Effect" in obj else path
            self.error(where, _("Effect is “Allow” or “Deny”."))
        principals, other = self._who(obj, path)
        actions, other_actions = self._texts(obj, "Action", path)
        resources, other_resources = self._texts(obj, "Resource", path)
        for place, action in actions:
            self._action(place, action)
        for place, resource in resources:
            self._resource(place, resource)
        found = conditions(obj["Condition"], (*path, "Condition"), self.error, self.warn) if "Condition" in obj else ()
        made = Statement(
            number=number,
            sid=sid,
            allow=effect == "Allow",
            principals=principals,
            actions=tuple(one for _place, one in actions),
            resources=tuple(one for _place, one in resources),
            conditions=found,
            other_principals=other,
            other_actions=other_actions,
            other_resources=other_resources,
        )
        if len(self.errors) == before:
            self._fits(made, actions)
        if effect in ("Allow", "Deny"):
            yield made

    def _names(self, obj: dict[str, Any], allowed: tuple[str, ...], path: Path) -> None:
        for name in obj:
            if name not in allowed:
                text = _("There is no element “%(name)s”.") % {"name": one_line(name)}
                self.error((*path, name), text + _meant(known.nearest(name, allowed)))

    def _who(self, obj: dict[str, Any], path: Path) -> tuple[tuple[Principal, ...], bool]:
        """Who it is about, and whether all others are meant."""
        name = self._one_of(obj, "Principal", path)
        if not name:
            return (), False
        found = who.principals(obj[name], (*path, name), self.error, self.warn)
        if name == "NotPrincipal" and obj.get("Effect") == "Allow":
            text = _("NotPrincipal with Allow lets in everybody else, people without an AWS account too.")
            self.warn((*path, name), text)
        return found, name == "NotPrincipal"

    def _one_of(self, obj: dict[str, Any], name: str, path: Path) -> str:
        """Which of `Action` and `NotAction` there is; nothing, and an error, where it is neither or both."""
        there = [each for each in (name, f"Not{name}") if each in obj]
        if len(there) == 1:
            return there[0]
        words = {"name": name, "other": f"Not{name}"}
        if there:
            self.error((*path, f"Not{name}"), _("%(name)s and %(other)s exclude each other.") % words)
        else:
            self.error(path, _("The statement has neither %(name)s nor %(other)s.") % words)
        return ""

    def _texts(self, obj: dict[str, Any], name: str, path: Path) -> tuple[list[tuple[Path, str]], bool]:
        """The texts of an element, each with its place, and whether all others are meant."""
        name = self._one_of(obj, name, path)
        if not name:
            return [], False
        found = obj[name]
        if isinstance(found, str):
            return [((*path, name), found)], name.startswith("Not")
        if not isinstance(found, list) or not found or not all(isinstance(each, str) for each in found):
            self.error((*path, name), _("%(name)s is a text, or a list of at least one.") % {"name": name})
            return [], name.startswith("Not")
        return [((*path, name, n), each) for n, each in enumerate(found)], name.startswith("Not")

    def _action(self, path: Path, action: str) -> None:
        prefix, colon, name = action.partition(":")
        said = {"action": one_line(action)}
        if action == "*":
            return
        if not colon or prefix.lower() != "s3":
            near = "" if colon else known.nearest(action)
            text = _("“%(action)s” is no action of Amazon S3: these begin with “s3:”.") % said
            self.error(path, text + _meant(f"s3:{near}" if near else ""))
        elif known.expand(action):
            return
        elif known.is_elsewhere(name):
            self.error(path, _("“%(action)s” is not about a bucket, so no bucket policy can speak of it.") % said)
        else:
            near = next((to for one, to in known.OPERATIONS.items() if one.lower() == name.lower()), "")
            near = near or known.nearest(name.replace("*", ""))
            text = _("Amazon S3 knows no action “%(action)s”.") % said
            self.error(path, text + _meant(f"s3:{near}" if near else ""))

    def _resource(self, path: Path, resource: str) -> None:
        words = {"resource": one_line(resource), "bucket": self.bucket}
        parts = resource.split(":", 5)
        shaped = len(parts) == 6 and parts[0] == "arn" and parts[2] == "s3" and not parts[3] and not parts[4]
        if not shaped or parts[1] not in ("aws", "aws-cn", "aws-us-gov"):
            wanted = _("“%(resource)s” is no ARN of this bucket. It is arn:aws:s3:::%(bucket)s, for objects with /*.")
            self.error(path, wanted % words)
            return
        rest = parts[5].removeprefix(self.bucket)
        if not parts[5].startswith(self.bucket) or rest[:1] not in ("", "/", "*", "?"):
            self.error(path, _("“%(resource)s” is not in this bucket, %(bucket)s.") % words)
        elif rest == "/":
            self.warn(path, _("“%(resource)s” names no object. All objects are /*.") % words)

    def _fits(self, made: Statement, actions: list[tuple[Path, str]]) -> None:
        """Actions on objects need a resource that names objects, those on the bucket one that names it."""
        if made.other_actions or made.other_resources:
            return
        for path, action in actions:
            meant = known.expand(action)
            if action == "*" or not meant:
                continue
            words = {"action": one_line(action), "bucket": self.bucket}
            if meant <= known.OBJECT and not made.on_objects:
                text = _(
                    "%(action)s acts on objects: Amazon S3 wants a resource such as arn:aws:s3:::%(bucket)s/* for it."
                )
                self.warn(path, text % words)
            elif meant <= known.BUCKET and not made.on_bucket:
                text = _("%(action)s acts on the bucket: Amazon S3 wants the resource arn:aws:s3:::%(bucket)s for it.")
                self.warn(path, text % words)


def _meant(name: str) -> str:
    return " " + _("Is %(name)s meant?") % {"name": name} if name else ""
