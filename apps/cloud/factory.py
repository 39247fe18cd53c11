"""How a client is made: from given keys and nothing else of the host.

botocore's default provider chain is cut: no environment, profile, configuration file, `credential_process` or
instance metadata, and no endpoint from any of them.
"""

import os
import threading
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import botocore.session
from botocore.config import Config
from botocore.configprovider import ConfigValueStore, ConstantProvider
from botocore.credentials import CredentialResolver
from botocore.tokens import TokenProviderChain
from django.conf import settings
from django.utils.translation import gettext as _

from apps.catalog import model
from apps.cloud import tries
from apps.cloud.explain import CallFailed, Explained
from apps.cloud.models import Account

CONNECT: float = settings.NORTHGATE_CONNECT_SECONDS
READ: float = settings.NORTHGATE_READ_SECONDS
ATTEMPTS = 3
BEARER = "smithy.api#httpBearerAuth"
_KEPT = 96  # clients a process keeps: each holds a connection pool and some 200 kB

_clients: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Keys:
    """What signs requests. Not shown by `repr`, so that no traceback carries it."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str = field(default="", repr=False)
    expires: datetime | None = None


def build(
    keys: Keys,
    service: str,
    region: str,
    *,
    endpoint: str | None,
    timeout: float = READ,
    attempts: int = ATTEMPTS,
    owner: tuple[Any, ...] = (),
) -> Any:
    """A client from keys; with an `owner`, kept for the next who asks for the same."""
    slot = (owner, service, region, endpoint, timeout, attempts, keys.access_key)
    with _lock:
        if owner and slot in _clients:
            _clients.move_to_end(slot)
            return _clients[slot]
        made = _session().create_client(
            service,
            region_name=region,
            endpoint_url=endpoint,
            use_ssl=True,
            verify=True,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
            aws_session_token=keys.token or None,
            config=_config(service, endpoint, timeout, attempts),
        )
        made.meta.events.register("needs-retry", tries.note)
        if endpoint and service == "s3control":
            made.meta.events.register("before-sign.s3-control", partial(_stay, endpoint))
        if owner:
            _clients[slot] = made
            while len(_clients) > _KEPT:
                _clients.popitem(last=False)
        return made


def endpoint_of(account: Account, service: str) -> str | None:
    """The address that the account's settings give for a service, None for AWS's own. Raises CallFailed when its
    origin isn't in NORTHGATE_ENDPOINTS."""
    endpoints: Mapping[str, str] = account.endpoints or {}
    address = endpoints.get(service) or endpoints.get("*")
    if not address:
        return None
    if not endpoint_allowed(address):
        raise refused(
            "EndpointNotAllowed",
            _("This account names an endpoint that the panel's operator doesn't allow."),
            next=_("Add its origin to NORTHGATE_ENDPOINTS, or remove it from the account."),
        )
    return address


def endpoint_allowed(address: str) -> bool:
    """Whether the operator's setting names the origin (scheme, host and port) of the address."""
    origin = _origin(address)
    return origin is not None and origin in {_origin(allowed) for allowed in settings.NORTHGATE_ENDPOINTS}


def forget(account_id: uuid.UUID) -> None:
    """Drops what the process keeps for the account."""
    with _lock:
        for slot in [slot for slot in _clients if slot[0] and slot[0][1] == account_id]:
            del _clients[slot]


def refused(code: str, text: str, *, next: str = "", kind: str = "denied") -> CallFailed:
    """A call that the panel itself doesn't make."""
    return CallFailed(Explained(code=code, text=text, next=next, kind=kind))


def _origin(address: str) -> tuple[str, str, int] | None:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
        return None
    return parts.scheme, parts.hostname.lower(), port or (443 if parts.scheme == "https" else 80)


def _stay(endpoint: str, request: Any, **_more: Any) -> None:
    """Its rules put the account's number before any host: an overridden endpoint has no such subdomain."""
    parts, there = urlsplit(request.url), urlsplit(endpoint)
    request.url = urlunsplit((there.scheme, there.netloc, parts.path, parts.query, ""))


def _config(service: str, endpoint: str | None, timeout: float, attempts: int) -> Config:
    # Subdomains of the Region: a presigned address of the global endpoint is redirected while a bucket is new.
    more: dict[str, Any] = {"s3": {"addressing_style": "virtual"}}
    if endpoint:
        # An overridden endpoint has no bucket subdomains, and is never behind the host's proxy.
        more = {"s3": {"addressing_style": "path"}, "proxies": {}, "inject_host_prefix": False}
    if BEARER in (_session().get_service_model(service).metadata.get("auth") or ()):
        # Left alone, botocore looks into the host's environment for a token, and drops the account's keys for it.
        more["auth_scheme_preference"] = "sigv4"
    if service == "s3":
        # Left alone, botocore presigns by Signature Version 2, which signs few headers and no Range.
        more["signature_version"] = "s3v4"
    return Config(
        connect_timeout=CONNECT,
        read_timeout=timeout,
        retries={"mode": "standard", "total_max_attempts": attempts},
        max_pool_connections=16,
        ignore_configured_endpoint_urls=True,
        user_agent_extra="northgate",
        **more,
    )


@cache
def _session() -> botocore.session.Session:
    """The process's one session. It shares the parsed service models, of which EC2's alone costs 150 ms and 16 MB."""
    session = botocore.session.Session()
    constants = {name: ConstantProvider(default) for name, (_f, _e, default, _c) in session.session_var_map.items()}
    constants |= {name: ConstantProvider(os.devnull) for name in ("config_file", "credentials_file")}
    session.register_component("config_store", ConfigValueStore(mapping=constants))
    session.register_component("credential_provider", CredentialResolver([]))
    session.register_component("token_provider", TokenProviderChain([]))
    session.register_component("data_loader", model.loader())
    return session
