"""What AWS's error codes mean: one row a code, the default by suffix and HTTP status for the rest."""

import re
from dataclasses import dataclass

from botocore import exceptions as aws
from botocore.parsers import ResponseParserError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Cause:
    """`quote`: AWS's own message follows the text."""

    kind: str
    text: Text = ""
    next: Text = ""
    retry: bool = False
    changed: str = "no"
    quote: bool = True


_POLICY = _("Ask an administrator of the AWS account to allow this action for the panel's role.")
_CREDENTIAL = _("Open the account's settings and check its credential.")
_LATER = _("Retry in a minute.")
_REFRESH = _("Refresh the list and look at its state.")

_DENIED = Cause("denied", _("The AWS account doesn't let the panel do this."), _POLICY)
_THROTTLED = Cause("throttled", _("AWS is limiting how many calls this account may make."), _LATER, retry=True)
_EXPIRED = Cause("expired", _("The account's session has expired."), _CREDENTIAL, retry=True)
_KEY = Cause("denied", _("AWS doesn't accept the account's credential."), _CREDENTIAL)
_GONE = Cause("not_found", _("It no longer exists in this account and Region."), _("Refresh the list."))
_STATE = Cause("conflict", _("It is not in a state that allows this."), _REFRESH)
_IN_USE = Cause("conflict", _("Something else still uses it."), _("Detach or delete what uses it first."))
_EXISTS = Cause("conflict", _("One with this name exists already."), _("Choose another name."))
_INVALID = Cause("invalid", _("AWS doesn't accept a value."), _("Correct the value and submit again."))
_CAPACITY = Cause(
    "limit",
    _("AWS has no capacity of this type there at the moment."),
    _("Retry later, or choose another Availability Zone or type."),
    retry=True,
)
_QUOTA = Cause(
    "limit", _("This would exceed a quota of the AWS account."), _("Free some, or ask AWS for a higher quota.")
)
_SERVER = Cause(
    "unreachable", _("AWS had an internal error."), _("Look whether it took effect, then retry."), True, "unknown"
)
_CHANGING = Cause("conflict", _("An earlier change of it is not complete yet."), _("Retry when that is complete."))
_CLOCK = Cause("denied", _("AWS refused the request's time stamp."), _("Set the panel's clock to the right time."))

CODES: dict[str, Cause] = {
    "UnauthorizedOperation": _DENIED,
    "AccessDenied": _DENIED,
    "AccessDeniedException": _DENIED,
    "AuthorizationError": _DENIED,
    "Client.UnauthorizedOperation": _DENIED,
    "Forbidden": _DENIED,
    "403": _DENIED,
    "AuthFailure": _KEY,
    "InvalidClientTokenId": _KEY,
    "UnrecognizedClientException": _KEY,
    "InvalidAccessKeyId": _KEY,
    "SignatureDoesNotMatch": _KEY,
    "MissingAuthenticationToken": _KEY,
    "IncompleteSignature": _KEY,
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "RequestExpired": _CLOCK,
    "RequestTimeTooSkewed": _CLOCK,
    "OptInRequired": Cause(
        "denied",
        _("The account hasn't subscribed to this, or the Region isn't enabled for it."),
        _("Enable the Region or accept the subscription in AWS."),
    ),
    "PendingVerification": Cause(
        "denied", _("AWS is still verifying this account."), _("Retry in a few hours."), retry=True
    ),
    "RequestLimitExceeded": _THROTTLED,
    "Throttling": _THROTTLED,
    "ThrottlingException": _THROTTLED,
    "ThrottledException": _THROTTLED,
    "TooManyRequestsException": _THROTTLED,
    "SlowDown": _THROTTLED,
    "BandwidthLimitExceeded": _THROTTLED,
    "EC2ThrottledException": _THROTTLED,
    "InsufficientInstanceCapacity": _CAPACITY,
    "InsufficientHostCapacity": _CAPACITY,
    "InsufficientAddressCapacity": _CAPACITY,
    "Unsupported": Cause(
        "invalid", _("AWS doesn't offer this combination."), _("Choose another type, image or Availability Zone.")
    ),
    "VcpuLimitExceeded": Cause(
        "limit",
        _("This would exceed the account's vCPU quota in this Region."),
        _("Stop or terminate instances, choose a smaller type, or ask AWS for a higher quota."),
    ),
    "InstanceLimitExceeded": _QUOTA,
    "MaxSpotInstanceCountExceeded": _QUOTA,
    "SpotMaxPriceTooLow": Cause(
        "invalid", _("The maximum price is below the current Spot price."), _("Raise the maximum price.")
    ),
    "AddressLimitExceeded": Cause(
        "limit",
        _("All Elastic IP addresses that the account may have in this Region are in use."),
        _("Release one, or ask AWS for a higher quota."),
    ),
    "VolumeLimitExceeded": _QUOTA,
    "SnapshotLimitExceeded": _QUOTA,
    "ResourceLimitExceeded": _QUOTA,
    "LimitExceededException": _QUOTA,
    "ServiceQuotaExceededException": _QUOTA,
    "CodeStorageExceededException": _QUOTA,
    "TooManyBuckets": _QUOTA,
    "IncorrectInstanceState": _STATE,
    "IncorrectState": _STATE,
    "IncorrectSpotRequestState": _STATE,
    "InvalidState": _STATE,
    "VolumeInUse": _IN_USE,
    "DependencyViolation": _IN_USE,
    "BucketNotEmpty": Cause("conflict", _("The bucket still has objects."), _("Empty the bucket first.")),
    "ResourceInUseException": _IN_USE,
    "InvalidIPAddress.InUse": _IN_USE,
    "Gateway.NotAttached": Cause(
        "conflict",
        _("The VPC has no internet gateway, so no public address can lead into it."),
        _("Attach an internet gateway to the VPC first."),
    ),
    "Resource.AlreadyAssociated": Cause(
        "conflict",
        _("The address is associated with something else."),
        _("Disassociate it first, or allow reassociation."),
    ),
    "ResourceConflictException": Cause("conflict", _("Another change of it is under way."), _LATER, retry=True),
    "OperationAborted": Cause("conflict", _("Another change of it is under way."), _LATER, retry=True),
    "ConcurrentModificationException": Cause("conflict", _("Somebody changed it meanwhile."), _REFRESH, retry=True),
    "BucketAlreadyExists": Cause(
        "conflict", _("A bucket of this name exists, perhaps in another account."), _("Choose another name.")
    ),
    "BucketAlreadyOwnedByYou": _EXISTS,
    "IdempotentParameterMismatch": Cause(
        "conflict",
        _("An earlier request with the same token asked for something else."),
        _("Submit it as a new operation."),
    ),
    "OperationNotPermitted": Cause(
        "conflict",
        _("AWS doesn't permit this here."),
        _("Switch off its termination or stop protection, or stop the instance first."),
    ),
    "IncorrectModificationState": _CHANGING,
    "VolumeModificationRateExceeded": Cause(
        "limit", _("The volume was changed too often lately."), _("Retry when AWS takes the next change.")
    ),
    "SnapshotCreationPerVolumeRateExceeded": Cause(
        "limit", _("AWS takes snapshots of one volume some seconds apart."), _LATER, retry=True
    ),
    "AttachmentLimitExceeded": Cause(
        "limit",
        _("The instance has as many volumes and network interfaces as its type takes."),
        _("Detach one first, or choose a larger instance type."),
    ),
    "DryRunOperation": Cause("invalid", _("The check passed: nothing was changed."), quote=False),
    "InvalidParameterValue": _INVALID,
    "InvalidParameterCombination": Cause(
        "invalid", _("AWS doesn't accept these values together."), _("Change one of them and submit again.")
    ),
    "MissingParameter": _INVALID,
    "ValidationError": _INVALID,
    "ValidationException": _INVALID,
    "MalformedPolicyDocument": Cause("invalid", _("The policy is not valid."), _("Correct the policy.")),
    "MalformedPolicy": Cause("invalid", _("The policy is not valid."), _("Correct the policy.")),
    "InvalidAMIID.Unavailable": Cause("invalid", _("The image can't be used."), _("Choose another image.")),
    "InvalidBlockDeviceMapping": _INVALID,
    "NotImplemented": Cause("unsupported", _("This account's endpoint does not support this."), quote=False),
    "InternalError": _SERVER,
    "InternalFailure": _SERVER,
    "ServiceUnavailable": _SERVER,
    "ServiceException": _SERVER,
}

# Errors of botocore's own, before or instead of an answer. The first that fits counts.
LOCAL: tuple[tuple[tuple[type[Exception], ...], Cause], ...] = (
    (
        (ResponseParserError,),
        Cause(
            "unsupported",
            _("This account's endpoint does not support this: its answer was not readable."),
            _("Use an account of AWS's own for this."),
            changed="unknown",
        ),
    ),
    (
        (aws.ParamValidationError, aws.MissingParametersError, aws.UnknownParameterError),
        Cause("invalid", _("The request is not one that AWS would accept, so it was not sent."), changed="no"),
    ),
    (
        (aws.ConnectTimeoutError, aws.EndpointConnectionError, aws.ProxyConnectionError),
        Cause("unreachable", _("The panel can't reach AWS."), _("Check the panel's network, then retry."), True),
    ),
    (
        (aws.ReadTimeoutError, aws.ConnectionClosedError, aws.ResponseStreamingError, aws.IncompleteReadError),
        Cause(
            "unreachable",
            _("The connection broke before AWS answered, so it may or may not have happened."),
            _("Look whether it took effect before you repeat it."),
            True,
            "unknown",
        ),
    ),
    (
        (aws.SSLError,),
        Cause("unreachable", _("The connection to AWS could not be secured."), _("Check the panel's certificates.")),
    ),
    (
        (aws.HTTPClientError,),
        Cause(
            "unreachable",
            _("The connection to AWS broke."),
            _("Look whether it took effect, then retry."),
            True,
            "unknown",
        ),
    ),
    (
        (aws.UnknownServiceError, aws.UnknownRegionError, aws.NoRegionError, aws.InvalidRegionError),
        Cause("unsupported", _("This service is not offered in this Region.")),
    ),
    (
        (aws.NoCredentialsError, aws.PartialCredentialsError, aws.NoAuthTokenError),
        Cause("denied", _("The account has no credential."), _CREDENTIAL),
    ),
)

_BY_SHAPE: tuple[tuple[re.Pattern[str], Cause], ...] = (
    (re.compile(r"(NotFound|NoSuch\w+|NotFoundException|DoesNotExist|NonExistentQueue|NoSuchEntity)$"), _GONE),
    (re.compile(r"(Duplicate|AlreadyExists|AlreadyExistsException|EntityAlreadyExists)$"), _EXISTS),
    (re.compile(r"(LimitExceeded|QuotaExceeded|LimitExceededException|TooMany\w+)$"), _QUOTA),
    (re.compile(r"InUse(Exception)?$"), _IN_USE),
    (re.compile(r"^(Invalid|Malformed|Missing|Unknown(Parameter)?|Bad)|ValidationException$"), _INVALID),
    (re.compile(r"Throttl"), _THROTTLED),
)


def for_code(code: str, http: int, operation: str = "") -> Cause:
    """The cause of an error code; for one that the table lacks, by its shape, then by the HTTP status."""
    if code in CODES:
        return CODES[code]
    for pattern, cause in _BY_SHAPE:
        if pattern.search(code):
            return cause
    if http in {401, 403}:
        return _DENIED
    if http == 404:
        return _GONE
    if http == 409:
        return _STATE
    if http == 429:
        return _THROTTLED
    if http >= 500:
        return _SERVER
    return Cause("invalid", "", _("Correct the request and submit again."))
