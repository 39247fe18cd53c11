"""A bucket policy in plain words: who may do what, on what, and when. What comes from AWS or from people is quoted."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _later

from apps.catalog.text import Text, one_line
from apps.services.s3 import policy_actions as known
from apps.services.s3 import policy_risks as risks
from apps.services.s3.policy_statement import Statement
from apps.services.s3.policy_when import tests
from apps.services.s3.policy_who import words

MOST = 6  # that are named one by one

# (what is said, the actions that it takes to be said, what else it covers). The first that fit are said.
_SAID: tuple[tuple[Text, frozenset[str], frozenset[str]], ...] = tuple(
    (text, frozenset(needs.split()), frozenset(more.split()))
    for text, needs, more in (
        (_later("read objects"), "GetObject", "GetObjectAttributes GetObjectTorrent"),
        (
            _later("read older versions of objects"),
            "GetObjectVersion",
            "GetObjectVersionAttributes GetObjectVersionTorrent",
        ),
        (_later("list objects"), "ListBucket", ""),
        (_later("list versions of objects"), "ListBucketVersions", ""),
        (_later("write objects"), "PutObject", ""),
        (_later("delete objects"), "DeleteObject", ""),
        (_later("delete versions of objects for good"), "DeleteObjectVersion", ""),
        (_later("read objects' tags"), "GetObjectTagging", "GetObjectVersionTagging"),
        (
            _later("change objects' tags"),
            "PutObjectTagging",
            "PutObjectVersionTagging DeleteObjectTagging DeleteObjectVersionTagging",
        ),
        (_later("see who may access objects (ACL)"), "GetObjectAcl", "GetObjectVersionAcl"),
        (_later("change who may access objects (ACL)"), "PutObjectAcl", "PutObjectVersionAcl"),
        (
            _later("read objects' annotations"),
            "GetObjectAnnotation",
            "GetObjectVersionAnnotation ListObjectAnnotations ListObjectVersionAnnotations",
        ),
        (_later("list objects' annotations"), "ListObjectAnnotations", "ListObjectVersionAnnotations"),
        (
            _later("change objects' annotations"),
            "PutObjectAnnotation",
            "PutObjectVersionAnnotation DeleteObjectAnnotation DeleteObjectVersionAnnotation",
        ),
        (_later("see unfinished uploads"), "ListBucketMultipartUploads", "ListMultipartUploadParts"),
        (_later("abort unfinished uploads"), "AbortMultipartUpload", ""),
        (_later("see retention and legal holds"), "GetObjectRetention GetObjectLegalHold", ""),
        (_later("set retention and legal holds"), "PutObjectRetention PutObjectLegalHold", ""),
        (_later("delete what retention protects"), "BypassGovernanceRetention", ""),
        (_later("bring back archived objects"), "RestoreObject", ""),
        (
            _later("replicate objects into the bucket"),
            "ReplicateObject",
            "ReplicateDelete ReplicateTags ReplicateObjectAnnotation ObjectOwnerOverrideToBucketOwner",
        ),
        (
            _later("read objects for replication"),
            "GetObjectVersionForReplication",
            "GetObjectVersionAnnotationForReplication InitiateReplication",
        ),
        (_later("see the bucket's Region"), "GetBucketLocation", ""),
        (_later("see the bucket's ACL"), "GetBucketAcl", ""),
        (_later("change the bucket's ACL"), "PutBucketAcl", ""),
        (_later("see the bucket policy"), "GetBucketPolicy", "GetBucketPolicyStatus"),
        (_later("change the bucket policy"), "PutBucketPolicy", "DeleteBucketPolicy"),
        (_later("delete the bucket policy"), "DeleteBucketPolicy", ""),
        (_later("delete the bucket"), "DeleteBucket", ""),
    )
)
# (what a statement that allows says, what one that denies says, the actions that it takes)
_WHOLE: tuple[tuple[Text, Text, frozenset[str]], ...] = (
    (_later("do everything with the objects"), _later("do anything with the objects"), known.OBJECT),
    (_later("do everything with the bucket itself"), _later("do anything with the bucket itself"), known.BUCKET),
    (_later("see all settings of the bucket"), _later("see any setting of the bucket"), known.BUCKET_READS),
    (_later("change all settings of the bucket"), _later("change any setting of the bucket"), known.BUCKET_WRITES),
    (_later("change who may access the bucket"), _later("change who may access the bucket"), known.BUCKET_ACCESS),
)


def sentences(statements: Iterable[Statement]) -> list[str]:
    """What each statement says, in its order."""
    return [sentence(one) for one in statements]


def sentence(one: Statement) -> str:
    """One statement. Where it names some objects only, what it says of the bucket itself is a sentence of its own."""
    meant = one.meant()
    nobody = one.other_principals and any(each.everybody for each in one.principals)
    if not meant or nobody:
        text = _("%(statement)s brings about nothing: what it names does not go together.")
        return text % {"statement": one.title}
    where = _where(one)
    if where and not one.other_actions and meant & known.BUCKET and meant & known.OBJECT:
        halves = (_said(one, meant & known.OBJECT, where), _said(one, meant & known.BUCKET, ""))
        return " ".join(halves)
    return _said(one, meant, where)


def _said(one: Statement, meant: frozenset[str], where: str) -> str:
    what = _what(one, meant)
    words = {
        "who": _who(one),
        "what": _("%(what)s in %(where)s") % {"what": what, "where": where} if where else what,
        "when": joined(tests(one.conditions)),
    }
    may = one.allow or words["who"] == _("Nobody")
    if not words["when"]:
        return (_("%(who)s may %(what)s.") if may else _("%(who)s may not %(what)s.")) % words
    return (_("%(who)s may %(what)s, if %(when)s.") if may else _("%(who)s may not %(what)s, if %(when)s.")) % words


def public_line(statements: Sequence[Statement], block: Mapping[str, Any]) -> str:
    """Whether the policy makes the bucket public, and what Block Public Access does about it."""
    found = risks.public(statements)
    if not found:
        return _("Public: no, nobody is let in whom the policy doesn't name.")
    words = {"statements": joined([one.title for one in found])}
    if block.get("RestrictPublicBuckets"):
        return _("Public: no, although %(statements)s would let in anybody: Block Public Access prevents it.") % words
    return _("Public: yes, by %(statements)s.") % words


def joined(parts: Sequence[str], either: bool = False) -> str:
    """`a, b and c`; or `a, b or c`."""
    if len(parts) < 2:
        return "".join(parts)
    words = {"first": ", ".join(parts[:-1]), "last": parts[-1]}
    return (_("%(first)s or %(last)s") if either else _("%(first)s and %(last)s")) % words


def several(parts: Sequence[str], either: bool = False) -> str:
    """The same for a list that may be long: the first of them, and how many more."""
    if len(parts) <= MOST:
        return joined(parts, either)
    return _("%(first)s and %(count)d more") % {"first": ", ".join(parts[:MOST]), "count": len(parts) - MOST}


# Who


def _who(one: Statement) -> str:
    if any(each.everybody for each in one.principals):
        return _("Anybody") if one.allow else _("Nobody")
    named = several(list(dict.fromkeys(words(each) for each in one.principals)))
    if one.other_principals:
        return _("Anybody but %(names)s") % {"names": named}
    return named[:1].upper() + named[1:]


# What


def _what(one: Statement, meant: frozenset[str]) -> str:
    patterns = several([one_line(each) for each in one.actions], not one.allow)
    if one.other_actions:
        named = frozenset(each for pattern in one.actions for each in known.expand(pattern))
        said = actions(named, one.allow)
        return _("do anything but %(what)s") % {"what": several(said) if len(said) <= MOST else patterns}
    if meant == known.EVERY:
        return _("do everything") if one.allow else _("do anything")
    said = actions(meant, one.allow)
    return several(said, not one.allow) if len(said) <= MOST or len(one.actions) > MOST else patterns


def actions(found: frozenset[str], allow: bool = True) -> list[str]:
    """Groups of actions by what they are for; what belongs to no group by its name."""
    said, rest = [], set(found)
    for text, denied, whole in _WHOLE:
        if whole <= rest:
            said.append(str(text if allow else denied))
            rest -= whole
    for text, needs, more in _SAID:
        if needs <= rest:
            said.append(str(text))
            rest -= needs | more
    return said + [f"s3:{one}" for one in sorted(rest)]


# Where


def _where(one: Statement) -> str:
    """The objects that are meant, where these are not all of the bucket's."""
    if one.other_resources:
        names = several([f"“{one_line(each.partition(':::')[2])}”" for each in one.resources])
        return _("anything but %(names)s") % {"names": names}
    keys = list(dict.fromkeys(one.keys))
    return "" if "*" in keys else several([f"“{one_line(key)}”" for key in keys])
