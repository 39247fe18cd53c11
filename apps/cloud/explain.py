"""botocore's errors in plain words: what happened, whether anything changed, and what to do next."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from botocore import exceptions as aws
from django.utils.translation import gettext as _

from apps.cloud import causes


@dataclass(frozen=True, slots=True)
class Explained:
    """A failed AWS call. `changed` tells whether AWS did anything (`no`, `yes`, `unknown`), `retry` whether the same
    call may succeed later, `next` is a sentence of what to do. `http` is AWS's status, 0 when none came."""

    code: str
    text: str
    request_id: str = ""
    changed: str = "no"
    retry: bool = False
    next: str = ""
    kind: str = "internal"
    http: int = 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Explained":
        """The inverse of `to_json`; unknown keys are dropped."""
        return cls(**{key: data[key] for key in cls.__dataclass_fields__ if key in data})


class CallFailed(Exception):
    """An AWS call that failed, or that could not be made. Everything to be shown is in `explained`."""

    def __init__(self, explained: Explained) -> None:
        super().__init__(f"{explained.code}: {explained.text}")
        self.explained = explained


def explain(error: BaseException) -> Explained:
    """Any exception of a call as an Explained. Carries AWS's own message, which names no secret; messages of other
    exceptions are left out, since they may."""
    if isinstance(error, CallFailed):
        return error.explained
    if isinstance(error, aws.ClientError):
        return _answered(error)
    for kinds, cause in causes.LOCAL:
        if isinstance(error, kinds):
            return _from_cause(cause, code=type(error).__name__, message=_own_words(error))
    return Explained(
        code=type(error).__name__,
        text=_("The call failed inside the panel before AWS answered."),
        changed="unknown",
        next=_("The panel's log has the details."),
        kind="internal",
    )


def explained(code: str, message: str) -> Explained:
    """An error that AWS says within the answer of a call that succeeded, of one of many things."""
    return _from_cause(causes.for_code(code, 0), code=code, message=message)


def _answered(error: aws.ClientError) -> Explained:
    response: Mapping[str, Any] = error.response
    code = str(response.get("Error", {}).get("Code") or "Unknown")
    message = str(response.get("Error", {}).get("Message") or "").strip()
    meta = response.get("ResponseMetadata", {})
    http = int(meta.get("HTTPStatusCode") or 0)
    cause = causes.for_code(code, http, error.operation_name)
    return _from_cause(cause, code=code, message=message, request_id=str(meta.get("RequestId") or ""), http=http)


def _from_cause(cause: causes.Cause, *, code: str, message: str, request_id: str = "", http: int = 0) -> Explained:
    text = str(cause.text)
    if message and message.lower() not in {"none", "unknown"} and cause.quote:
        text = _("%(text)s AWS says: %(message)s") % {"text": text, "message": message} if text else message
    return Explained(
        code=code,
        text=text or _("AWS refused the call with %(code)s.") % {"code": code},
        request_id=request_id,
        changed=cause.changed,
        retry=cause.retry,
        next=str(cause.next),
        kind=cause.kind,
        http=http,
    )


def _own_words(error: BaseException) -> str:
    """botocore's message of a parameter that never left the panel; others may carry what was sent."""
    if isinstance(error, aws.ParamValidationError):
        return str(error.kwargs.get("report", "")).strip().replace("\n", "; ")
    return ""
