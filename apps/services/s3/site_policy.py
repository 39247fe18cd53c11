"""A bucket's policy with the statement that a website needs, and without it. Nothing else of it is touched."""

import json
from typing import Any

from django.utils.translation import gettext as _

from apps.services.s3 import policy
from apps.services.s3.policy_json import NotJson, parse

SID = "PublicReadForWebsite"
VERSION = "2012-10-17"


class Unfit(Exception):
    """The policy can't take the statement; the message says why."""


def statement(bucket: str, region: str) -> dict[str, Any]:
    """What lets anybody read the objects."""
    partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
    return {
        "Sid": SID,
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:{partition}:s3:::{bucket}/*",
    }


def opened(text: str, bucket: str, region: str) -> str:
    """The policy with the statement added; nothing where it stands there already. Raises Unfit."""
    wanted = statement(bucket, region)
    if not text:
        return _text({"Version": VERSION, "Statement": [wanted]})
    whole, there = _read(text)
    if any(_same(one, wanted) for one in there):
        return ""
    if any(isinstance(one, dict) and one.get("Sid") == SID for one in there):
        raise Unfit(_("The policy has another statement called %(sid)s. Rename or remove it first.") % {"sid": SID})
    made = _text({**whole, "Statement": [*there, wanted]})
    if len(made.encode()) > policy.MOST:
        raise Unfit(
            _("With one more statement the policy would be longer than %(most)d bytes.") % {"most": policy.MOST}
        )
    return made


def closed(text: str) -> str | None:
    """The policy without the statement, empty where nothing is left of it; None where it isn't in there."""
    if not text:
        return None
    try:
        whole, there = _read(text)
    except Unfit:
        return None
    left = [one for one in there if not (isinstance(one, dict) and one.get("Sid") == SID)]
    if len(left) == len(there):
        return None
    return _text({**whole, "Statement": left}) if left else ""


def _read(text: str) -> tuple[dict[str, Any], list[Any]]:
    try:
        whole = parse(text).value
    except NotJson:
        whole = None
    if not isinstance(whole, dict) or not isinstance(whole.get("Statement"), dict | list):
        raise Unfit(_("The bucket's policy can't be read, so nothing can be added to it."))
    there = whole["Statement"]
    return whole, there if isinstance(there, list) else [there]


def _same(one: Any, wanted: dict[str, Any]) -> bool:
    """Whether a statement says just this, whatever it is called and however it is written."""
    if not isinstance(one, dict) or set(one) - {"Sid"} != set(wanted) - {"Sid"}:
        return False
    plain = {key: value[0] if isinstance(value, list) and len(value) == 1 else value for key, value in one.items()}
    who = plain["Principal"]
    anybody = who == "*" or (isinstance(who, dict) and list(who) == ["AWS"] and who["AWS"] in ("*", ["*"]))
    return anybody and all(plain[key] == wanted[key] for key in ("Effect", "Action", "Resource"))


def _text(whole: dict[str, Any]) -> str:
    return json.dumps(whole, ensure_ascii=False)
