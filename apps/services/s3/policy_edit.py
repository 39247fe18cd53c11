"""Writing and deleting a bucket's policy, and the card that says what it brings about."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Shown
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps
from apps.catalog.resources import Risk
from apps.catalog.text import Text
from apps.services.s3 import access, policy, policy_risks, policy_words
from apps.services.s3.buckets import bucket, same
from apps.services.s3.policy_json import NotJson, parse, pretty
from apps.services.s3.policy_statement import Statement
from apps.services.s3.sheets import PERMISSIONS

PART = "Policy"
EXAMPLE = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {"AWS": "111122223333"},
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::acme-uploads/*"
    }
  ]
}"""


class PolicyForm(forms.Form):
    policy = forms.CharField(
        label=_("Policy"),
        widget=forms.Textarea(attrs={"rows": 18, "wrap": "off"}),
        help_text=_("JSON of at most 20,480 bytes. What Amazon S3 would refuse is said here, with its line."),
    )

    items: tuple[Item, ...] = ()

    def clean_policy(self) -> str:
        text: str = self.cleaned_data["policy"].replace("\r\n", "\n")
        if len(self.items) > 1:
            raise forms.ValidationError(_now("A policy names its bucket: edit one bucket at a time."))
        for item in self.items:
            if errors := policy.check(text, item.id).errors:
                raise forms.ValidationError(list(errors))
        return text


def now(item: Item) -> str:
    """The policy as AWS keeps it; empty where there is none."""
    return str(item.attrs.get(PART) or "")


def _statements(item: Item, values: Mapping[str, Any]) -> tuple[Statement, ...]:
    return policy.check(values["policy"], item.id).statements


def means(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    found = _statements(item, values)
    return [policy_words.public_line(found, access.block(item)), *policy_words.sentences(found)]


def notes(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    return policy.check(values["policy"], item.id).warnings


def risks(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    own = str(item.attrs.get("AccountId") or "")
    return policy_risks.warnings(_statements(item, values), access.block(item), own)


@bucket.action(
    _("Edit policy"),
    verb="edit-policy",
    icon="file-text",
    form=PolicyForm,
    facts=(PART, "AccountBlock"),
    like=lambda item: {"policy": pretty(now(item))},
    means=means,
    notes=notes,
    risks=risks,
    iam="s3:PutBucketPolicy",
    example={"policy": EXAMPLE},
)
def edit_policy(item: Item, values: Mapping[str, Any]) -> Steps:
    if _equal(now(item), values["policy"]):
        return
    yield Step(
        "s3.put_bucket_policy",
        title=_now("Write the policy of %(name)s") % {"name": item.id},
        touches=[(bucket.kind, [item.id])],
        same=same(item, PART, _now("The policy")),
        Bucket=item.id,
        Policy=values["policy"],
    )


def _equal(before: str, after: str) -> bool:
    try:
        return bool(parse(before).value == parse(after).value)
    except NotJson:
        return False


def _ends(item: Item) -> Iterable[Text]:
    """What is no longer so without the policy."""
    found = policy.statements(now(item), item.id) or ()
    for one in found:
        said = {"sentence": policy_words.sentence(one)}
        yield _now("No longer so: %(sentence)s") % said


class DeleteForm(forms.Form):
    """Refuses where there is nothing to delete."""

    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        for item in self.items:
            if not now(item):
                self.add_error(None, _now("%(name)s has no policy.") % {"name": item.id})
        return self.cleaned_data


@bucket.action(
    _("Delete policy"),
    verb="delete-policy",
    icon="trash-2",
    form=DeleteForm,
    risk=Risk.DESTROYS,
    facts=(PART,),
    warn=_ends,
    iam="s3:DeleteBucketPolicy",
)
def delete_policy(item: Item, values: Mapping[str, Any]) -> Steps:
    yield Step(
        "s3.delete_bucket_policy",
        title=_now("Delete the policy of %(name)s") % {"name": item.id},
        touches=[(bucket.kind, [item.id])],
        same=same(item, PART, _now("The policy")),
        Bucket=item.id,
    )


@bucket.card(
    PERMISSIONS,
    _("Access"),
    help=_("Whether the public can reach what is in the bucket, and why."),
    rank=5,
)
def access_card(item: Item) -> Shown:
    said = access.public(item)
    first = {None: _now("It can't be told whether it is public."), _now("Private"): _now("It is not public.")}
    tone = "warn" if said != _now("Private") else "ok"
    return Shown(words=[first.get(said, f"{said}."), *access.why(item)], tone=tone)


@bucket.card(
    PERMISSIONS,
    _("Policy"),
    part=PART,
    verbs=("edit-policy",),
    removes=("delete-policy",),
    help=_("Rules of the bucket's own on who may do what. They count beside those of IAM."),
    empty=_("There is no policy: who may do what is up to IAM, and to ACLs where these are on."),
    rank=30,
)
def card(item: Item) -> Shown:
    text = now(item)
    if not text:
        return Shown()
    found = policy.statements(text, item.id)
    if found is None:
        return Shown(words=[_now("The policy is not readable as JSON.")], tone="warn", text=text)
    public = bool(policy_risks.public(found))
    words = [policy_words.public_line(found, access.block(item)), *policy_words.sentences(found)]
    return Shown(words=words, tone="warn" if public else "ok", text=pretty(text))
