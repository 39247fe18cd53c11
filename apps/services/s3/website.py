"""A static website from a bucket, as one plan: what it serves, Block Public Access, and the policy that lets people in.

And back: the statement that was added goes, the two switches are on again, and the website is no more.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Shown
from apps.catalog.items import Item
from apps.catalog.plans import Steps
from apps.catalog.text import Text, one_line
from apps.services.s3 import access, policy, policy_risks, policy_words, site_policy
from apps.services.s3.buckets import bucket
from apps.services.s3.sheets import PROPERTIES
from apps.services.s3.site_steps import (
    FACTS,
    PART,
    POLICY_SWITCHES,
    address,
    configured,
    policy_text,
    put_policy,
    put_switches,
    put_website,
)

SITE, REDIRECT = "site", "redirect"
_HOST = re.compile(
    r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*(:\d{1,5})?"
)


class HostForm(forms.Form):
    serve = forms.ChoiceField(
        label=_("What it does"),
        choices=[(SITE, _("Serve the bucket's objects as pages")), (REDIRECT, _("Redirect every request"))],
        initial=SITE,
    )
    index = forms.CharField(
        label=_("Index document"),
        required=False,
        initial="index.html",
        max_length=255,
        help_text=_("What a folder's address shows."),
    )
    error = forms.CharField(
        label=_("Error document"),
        required=False,
        max_length=1024,
        help_text=_("The key of what is shown where there is nothing. Left empty: Amazon S3's own page."),
    )
    host = forms.CharField(
        label=_("Host name"), required=False, max_length=260, help_text=_("Such as www.example.com.")
    )
    protocol = forms.ChoiceField(
        label=_("Protocol"),
        required=False,
        choices=[("", _("As the request")), ("https", "https"), ("http", "http")],
    )

    items: tuple[Item, ...] = ()
    needed = {"index", "host"}
    shows = {"index": "serve=site", "error": "serve=site", "host": "serve=redirect", "protocol": "serve=redirect"}

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("serve") == REDIRECT:
            self._check_redirect(values)
        elif values.get("serve") == SITE:
            self._check_site(values)
        return values

    def _check_redirect(self, values: Mapping[str, Any]) -> None:
        if not _HOST.fullmatch(values.get("host", "").lower()):
            self.add_error("host", _now("Enter a host name alone, without a protocol or a path."))
        for item in self.items:
            if configured(item).get("RoutingRules"):
                said = _now("%(name)s has redirection rules, which would be lost. Remove the website first.")
                self.add_error("serve", said % {"name": item.id})

    def _check_site(self, values: Mapping[str, Any]) -> None:
        index = values.get("index", "")
        if not index or "/" in index:
            self.add_error("index", _now("Enter a name without a slash: it is looked for in each folder."))
        for item in self.items:
            if any((item.attrs.get("AccountBlock") or {}).get(name) for name in POLICY_SWITCHES):
                said = _now(
                    "Block Public Access of the whole account of %(name)s forbids public policies, and so a website."
                    " Whoever administers the account can change that in AWS; or let CloudFront serve the bucket."
                )
                self.add_error(None, said % {"name": item.id})
            try:
                site_policy.opened(policy_text(item), item.id, item.region)
            except site_policy.Unfit as unfit:
                self.add_error(None, str(unfit))


def like(item: Item) -> dict[str, Any]:
    now = configured(item)
    to = now.get("RedirectAllRequestsTo") or {}
    if to:
        return {"serve": REDIRECT, "host": to.get("HostName", ""), "protocol": to.get("Protocol") or "", "index": ""}
    if not now:
        return {}
    return {
        "serve": SITE,
        "index": (now.get("IndexDocument") or {}).get("Suffix", ""),
        "error": (now.get("ErrorDocument") or {}).get("Key", ""),
    }


def _configuration(item: Item, values: Mapping[str, Any]) -> dict[str, Any]:
    if values["serve"] == REDIRECT:
        to = {"HostName": values["host"]} | ({"Protocol": values["protocol"]} if values["protocol"] else {})
        return {"RedirectAllRequestsTo": to}
    made: dict[str, Any] = {"IndexDocument": {"Suffix": values["index"]}}
    if values["error"]:
        made["ErrorDocument"] = {"Key": values["error"]}
    if rules := configured(item).get("RoutingRules"):
        made["RoutingRules"] = rules
    return made


def means(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    at = address(item.id, item.region)
    if values["serve"] == REDIRECT:
        words = {"address": at, "host": one_line(values["host"])}
        yield _now("%(address)s sends everybody on to %(host)s. Nothing of the bucket becomes public.") % words
        return
    yield _now("The website's address is %(address)s. It has no TLS; for https put CloudFront before it.") % {
        "address": at
    }
    yield _now("Anybody can read every object of %(name)s: those there now and those put there later.") % {
        "name": item.id
    }
    yield _now("Nobody can list, write or delete by it. What else the policy says stays as it is.")


def notes(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    if values["serve"] == REDIRECT:
        if site_policy.closed(policy_text(item)) is not None:
            yield _now("What made it public stays in its policy. To take it out, remove the website first.")
        return
    if "AccountBlock" in item.attrs.get("Unread", {}):
        yield _now(
            "Block Public Access of the whole account can't be read: where it is on, AWS will refuse the policy."
        )
    if str((item.attrs.get("Encryption") or {}).get("SSEAlgorithm") or "").startswith("aws:kms"):
        yield _now("New objects are encrypted with a key of KMS: the public can't read these.")
    for one in policy.statements(policy_text(item), item.id) or ():
        if not one.allow and "GetObject" in one.meant():
            said = {"sentence": policy_words.sentence(one)}
            yield _now("The policy denies some of it, which goes before: %(sentence)s") % said


def risks(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    if values["serve"] == SITE:
        yield _now("Everything in %(name)s becomes public.") % {"name": item.id}


@bucket.action(
    _("Host a website"),
    verb="host-website",
    icon="globe",
    form=HostForm,
    facts=FACTS,
    like=like,
    means=means,
    notes=notes,
    risks=risks,
    iam=("s3:PutBucketWebsite", "s3:PutBucketPublicAccessBlock", "s3:PutBucketPolicy"),
    example={"index": "index.html", "error": "404.html"},
)
def host_website(item: Item, values: Mapping[str, Any]) -> Steps:
    wanted = _configuration(item, values)
    words = {"name": item.id, "address": address(item.id, item.region)}
    if wanted != configured(item):
        yield put_website(item, wanted, _now("Serve %(name)s at %(address)s") % words)
    if values["serve"] == REDIRECT:
        return
    now = item.attrs.get("PublicAccessBlock") or {}
    if any(now.get(name) for name in POLICY_SWITCHES):
        yield put_switches(item, False, _now("Let the policy of %(name)s be public") % words)
    text = site_policy.opened(policy_text(item), item.id, item.region)
    if text:
        yield put_policy(item, text, _now("Let anybody read the objects of %(name)s") % words)


class UnhostForm(forms.Form):
    private = forms.BooleanField(
        label=_("Keep the public out again"),
        required=False,
        initial=True,
        help_text=_("The statement that was added for the website goes, and Block Public Access is on for policies."),
    )

    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        for item in self.items:
            if not configured(item) and _closed(item) is None:
                self.add_error(None, _now("%(name)s is no website.") % {"name": item.id})
        return self.cleaned_data


def _closed(item: Item) -> str | None:
    """The policy without the website's statement, empty where nothing is left; None where it has none."""
    return site_policy.closed(policy_text(item))


def _still_public(item: Item) -> bool:
    """Whether the policy is public by other statements, too."""
    text = _closed(item)
    left = policy_text(item) if text is None else text
    return bool(policy_risks.public(policy.statements(left, item.id) or ()))


def unhost_means(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    yield _now("%(address)s answers no more. The objects stay.") % {"address": address(item.id, item.region)}
    if not values["private"]:
        yield _now("Policy and Block Public Access stay as they are.")
    elif _still_public(item):
        yield _now("Other statements of its policy are public: these stay, and so Block Public Access stays as it is.")
    else:
        yield _now("Nobody is let in by the policy whom it doesn't name, and no public policy can be written.")


@bucket.action(
    _("Remove website"),
    verb="unhost-website",
    icon="unplug",
    form=UnhostForm,
    facts=FACTS,
    means=unhost_means,
    iam=("s3:DeleteBucketWebsite", "s3:PutBucketPublicAccessBlock", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"),
)
def unhost_website(item: Item, values: Mapping[str, Any]) -> Steps:
    words = {"name": item.id}
    yield put_website(item, None, _now("Remove the website of %(name)s") % words)
    if not values["private"]:
        return
    text = _closed(item)
    if text is not None:
        yield put_policy(item, text, _now("Take the website's statement out of the policy of %(name)s") % words)
    now = item.attrs.get("PublicAccessBlock") or {}
    if not _still_public(item) and not all(now.get(name) for name in POLICY_SWITCHES):
        yield put_switches(item, True, _now("Let no policy of %(name)s be public") % words)


@bucket.card(
    PROPERTIES,
    _("Static website"),
    part=PART,
    verbs=("host-website",),
    removes=("unhost-website",),
    help=_("Pages for browsers, straight from the bucket."),
    empty=_("It is no website."),
    rank=90,
)
def card(item: Item) -> Shown:
    now = configured(item)
    if not now:
        return Shown()
    at = address(item.id, item.region)
    facts: list[tuple[Text, Any]] = []
    links = [(_now("Address"), at)]
    if to := now.get("RedirectAllRequestsTo"):
        facts.append(
            (_now("Redirects to"), f"{to.get('Protocol') or ''}{'://' if to.get('Protocol') else ''}{to['HostName']}")
        )
        return Shown(words=[_now("Every request is sent on to another host.")], tone="ok", facts=facts, links=links)
    facts.append((_now("Index document"), (now.get("IndexDocument") or {}).get("Suffix")))
    facts.append((_now("Error document"), (now.get("ErrorDocument") or {}).get("Key")))
    if rules := now.get("RoutingRules"):
        facts.append((_now("Redirection rules"), json.dumps(rules, ensure_ascii=False)))
    reached = access.policy_is_public(item) and not access.block(item)["RestrictPublicBuckets"]
    said = _now("It is a website.") if reached else _now("It is a website, but its policy lets in nobody to read it.")
    return Shown(words=[said], tone="ok" if reached else "warn", facts=facts, links=links)
