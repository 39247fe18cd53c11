"""What an alarm does as its state changes: ARNs, and the rows in which they are entered. Limits: CloudWatch API
Reference, PutMetricAlarm."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Rows
from apps.catalog.hints import Hinted
from apps.catalog.scope import Scope

KIND = "sns.topic"
TOPIC = re.compile(r"arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?")
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:([a-z0-9-]*):[^\s]+")
_OF_INSTANCE = re.compile(r"arn:aws[a-z-]*:automate:[a-z0-9-]+:ec2:(recover|reboot|stop|terminate)")
FITS = {"recover": ("StatusCheckFailed_System",), "reboot": ("StatusCheckFailed_Instance", "StatusCheckFailed")}
MOST = 5  # actions for one state


def check_topic(topic: str, region: str) -> str:
    """The ARN of a topic in that Region. Raises ValidationError."""
    found = TOPIC.fullmatch(topic)
    if not found:
        said = _now("The ARN of an SNS topic is arn:aws:sns:region:account:name; this is %(topic)s.")
        raise forms.ValidationError(said % {"topic": topic})
    if region and found[1] != region:
        said = _now("The topic lies in %(there)s; the alarm is in %(here)s.")
        raise forms.ValidationError(said % {"there": found[1], "here": region})
    return topic


def unfit(act: str, metric: str) -> str:
    """Why what is done to an instance doesn't go with a metric."""
    fits = FITS.get(act)
    if not fits or not metric or metric in fits:
        return ""
    return _now("This goes with %(metrics)s only, not with %(metric)s.") % {
        "metrics": ", ".join(fits),
        "metric": metric,
    }


def arn_of(act: str, region: str) -> str:
    """What AWS calls something that is done to the alarm's instance."""
    partition = {"cn": "aws-cn", "us-gov": "aws-us-gov"}
    part = next((each for start, each in partition.items() if region.startswith(f"{start}-")), "aws")
    return f"arn:{part}:automate:{region}:ec2:{act}"


class DoneForm(forms.Form):
    """One thing that an alarm does."""

    does = forms.ChoiceField(
        label=_("What"),
        choices=[
            ("topic", _("Tell an SNS topic")),
            ("recover", _("Recover the instance on other hardware")),
            ("reboot", _("Reboot the instance")),
            ("stop", _("Stop the instance")),
            ("terminate", _("Terminate the instance")),
            ("other", _("Another action")),
        ],
        initial="topic",
    )
    arn = Hinted(label="ARN", kinds=(KIND,), max_length=1024, required=False)

    line = ("does",)
    shows = {"arn": "does=topic,other"}
    scope: Scope | None = None

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if self.errors:
            return values
        does, arn = values["does"], values["arn"].strip()
        if does == "topic":
            try:
                values["arn"] = check_topic(arn, self.scope.region if self.scope else "")
            except forms.ValidationError as wrong:
                self.add_error("arn", wrong)
        elif does == "other" and not _ARN.fullmatch(arn):
            said = _now("The ARN of an action is such as arn:aws:lambda:region:account:function:name; this is %(arn)s.")
            self.add_error("arn", said % {"arn": arn or _now("empty")})
        return values


def rows(**more: Any) -> Rows:
    """A field of what is done."""
    return Rows(DoneForm, most=MOST, required=False, add=_("Add action"), **more)


def as_rows(arns: Iterable[str] | None) -> list[dict[str, str]]:
    """The rows for ARNs as AWS has them."""
    found = []
    for arn in arns or ():
        own = _OF_INSTANCE.fullmatch(arn)
        does = own[1] if own else "topic" if TOPIC.fullmatch(arn) else "other"
        found.append({"does": does, "arn": "" if own else arn})
    return found


def as_arns(given: Iterable[Mapping[str, str]], region: str) -> list[str]:
    """ARNs of rows, as AWS wants them."""
    return [row["arn"] if row["does"] in ("topic", "other") else arn_of(row["does"], region) for row in given]
