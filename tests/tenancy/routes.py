"""How to visit each address of both doors with somebody else's ids.

`ROUTES` has an entry for each URL pattern: its visits, or, as text, why it holds nothing of anybody's. test_walk.py
fails for a pattern without one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

REGION = "eu-west-1"
LAUNCH = {"name": "taken", "image": "ami-0a1b2c3d4e5f60718", "type": "t3.micro", "access": "none"}


@dataclass(frozen=True)
class Visit:
    """An address with {names} of Ids. `body` is what a POST sends: a form, or JSON below /api/."""

    path: str
    body: Mapping[str, Any] = field(default_factory=dict)


def at(path: str, **body: Any) -> Visit:
    return Visit(path, body)


_ACCOUNT = {"name": "taken", "environment": "staging", "credential": "keys", "access_key": "a", "secret_key": "b"}
_SCHEDULE = {"name": "taken", "tags-0-key": "owner", "tags-0-value": "{account_name}", "every": "day"}
_SCHEDULE |= {"time": "03:00", "zone": "UTC", "grace": "60", "keep_count": "7"}
_REFS = ("{instance}", "{instance}@{account}:eu-west-1")
_WIZARD = "/ec2/instances/create/launch/"
_PLACE = "?in-account={account}&in-region=eu-west-1"
_OBJECTS = "/s3/buckets/{bucket}/objects/"

ROUTES: dict[str, str | list[Visit]] = {
    # The panel itself
    "healthz/live": "says whether the process answers",
    "healthz/ready": "says which server answers",
    "sign-in/": "tests/users and tests/tenancy/test_entry.py",
    "sign-in/second/": "nobody is signed in yet; tests/users/test_factors.py",
    "password/forgot/": "the same for any address; tests/users/test_resets.py",
    "password/new/": "by a code from a message alone; tests/users/test_resets.py",
    "sign-out/": "ends the visitor's own session",
    "language/": "changes the visitor's own row alone",
    "theme/": "changes the visitor's own row alone",
    "events/": "names without content; tests/console_flows/test_events.py",
    "": [at("/"), at("/?account={account}")],
    "switch/": [at("/switch/", tenant="{tenant}")],
    "palette/": [
        at("/palette/?q={instance}"),
        at("/palette/?q=marked"),
        at("/palette/?kind=ec2.instance&on={instance}"),
        at('/palette/?recent=["ec2.instance {instance}"]'),
    ],
    "profile/": [at("/profile/", part="about", user="{user}", name="taken", theme="dark", density="normal")],
    "profile/confirm/": "asks for the visitor's own password; tests/users/test_factors.py",
    "profile/factors/": "the visitor's own; tests/users/test_factors.py",
    "profile/factors/app/": "the visitor's own; tests/users/test_factors.py",
    "profile/factors/key/": "the visitor's own; tests/browser/test_factors.py",
    "profile/factors/codes/": "the visitor's own; tests/users/test_factors.py",
    "profile/factors/<int:id>/remove/": "the visitor's own; tests/users/test_factors.py tries another's",
    "profile/sessions/end/": [at("/profile/sessions/end/", session="{user}")],
    "audit/": [
        at("/audit/"),
        at("/audit/?in={account}"),
        at("/audit/?target={instance}"),
        at("/audit/?operation={queued}"),
        at("/audit/?q=marked"),
    ],
    "tokens/": [at("/tokens/", name="taken", days=7, accounts="{account}")],
    "tokens/<uuid:id>/revoke/": [at("/tokens/{token}/revoke/")],
    "access/": "keeps the visitor's own request; tests/console/test_access_requests.py",
    "access/<uuid:id>/": [at("/access/{asked}/"), at("/access/{asked}/", role="{role}")],
    "members/": [at("/members/")],
    "members/second-factor/": "changes the visitor's own organization alone; tests/users/test_factors.py",
    "members/add/": [at("/members/add/", name="x", email="x-{user}@example.com", password="", role="{role}")],
    "members/<uuid:id>/remove/": [at("/members/{member}/remove/")],
    "members/<uuid:id>/roles/": [at("/members/{member}/roles/", role="{role}", account="{account}")],
    "members/roles/<uuid:id>/remove/": [at("/members/roles/{binding}/remove/")],
    "accounts/": [at("/accounts/")],
    "accounts/connect/": [
        at("/accounts/connect/", **_ACCOUNT | {"credential": "role", "role_arn": "arn:x", "source": "{account}"})
    ],
    "accounts/<uuid:id>/": [
        at("/accounts/{mine}/", **_ACCOUNT | {"credential": "role", "role_arn": "arn:x", "source": "{account}"}),
        at("/accounts/{account}/", **_ACCOUNT),
        at("/accounts/{account}/", check="1", **_ACCOUNT),
    ],
    "accounts/<uuid:id>/check/": [at("/accounts/{account}/check/")],
    "accounts/<uuid:id>/remove/": [at("/accounts/{account}/remove/", confirm="{account_name}")],
    "idle/": [at("/idle/"), at("/idle/?account={account}"), at("/idle/?kind=ec2.instance")],
    "operations/": [at("/operations/"), at("/operations/?state=awaiting"), at("/operations/?mine=1")],
    "operations/dock/": [at("/operations/dock/")],
    "operations/<uuid:id>/": [at("/operations/{queued}/"), at("/operations/{failed}/")],
    "operations/<uuid:id>/cancel/": [at("/operations/{queued}/cancel/"), at("/operations/{awaiting}/cancel/")],
    "operations/<uuid:id>/retry/": [at("/operations/{failed}/retry/")],
    "operations/<uuid:id>/approve/": [at("/operations/{awaiting}/approve/", plan="{hash}")],
    "operations/<uuid:id>/decline/": [at("/operations/{awaiting}/decline/", reason="taken")],
    "schedules/": [at("/schedules/")],
    "schedules/create/": [at("/schedules/create/", accounts="{account}", **_SCHEDULE)],
    "schedules/preview/": [
        at("/schedules/preview/", **_SCHEDULE),
        at("/schedules/preview/", accounts="{account}", **_SCHEDULE),
        at("/schedules/preview/?of={schedule}", **_SCHEDULE),
    ],
    "schedules/<uuid:id>/": [at("/schedules/{schedule}/")],
    "schedules/<uuid:id>/edit/": [at("/schedules/{schedule}/edit/", accounts="{account}", **_SCHEDULE)],
    "schedules/<uuid:id>/pause/": [at("/schedules/{schedule}/pause/")],
    "schedules/<uuid:id>/resume/": [at("/schedules/{schedule}/resume/")],
    "schedules/<uuid:id>/run/": [at("/schedules/{schedule}/run/")],
    "schedules/<uuid:id>/delete/": [at("/schedules/{schedule}/delete/", confirm="{account_name}")],
    # Kinds
    "<slug:service>/": [at("/ec2/"), at("/ec2/?account={account}")],
    "<slug:service>/<slug:slug>/": [
        at("/ec2/instances/"),
        at("/ec2/instances/?account={account}"),
        at("/ec2/instances/?open={instance}"),
        at("/ec2/instances/?f=account={account}"),
        at("/ec2/instances/?f=account={account_name}"),
        at("/s3/buckets/?q={bucket}"),
    ],
    "<slug:service>/<slug:slug>/-/refresh/": [at("/ec2/instances/-/refresh/", source="{account}:eu-west-1")],
    "<slug:service>/<slug:slug>/-/compare/": [at(f"/ec2/instances/-/compare/?id={ref}") for ref in _REFS],
    "<slug:service>/<slug:slug>/-/capacity/": [at("/ec2/addresses/-/capacity/?account={account}")],
    "<slug:service>/<slug:slug>/-/hints/": [
        at("/ec2/instances/-/hints/?q=account="),
        at("/ec2/instances/-/hints/?q=state=&account={account}"),
        at("/ec2/instances/-/hints/?q=tag:owner="),
    ],
    "<slug:service>/<slug:slug>/-/views/": [
        at("/ec2/instances/-/views/", delete="{view}"),
        at("/ec2/instances/-/views/", name="marked", query="q=taken"),
    ],
    "<slug:service>/<slug:slug>/-/preferences/": [at("/ec2/instances/-/preferences/", size="25")],
    "<slug:service>/<slug:slug>/action/<slug:verb>/": [
        *(at(f"/ec2/instances/action/stop/?id={ref}", id=ref, confirm="1") for ref in _REFS),
        at("/ec2/key-pairs/action/stop/?id={keypair}", id="{keypair}"),
        at("/s3/buckets/action/edit-cors/?id={bucket}", id="{bucket}", _seen=""),
        at("/s3/buckets/action/edit-versioning/?id={bucket}", id="{bucket}", status="Suspended", _preview="1"),
    ],
    "<slug:service>/<slug:slug>/action/<slug:verb>/options/": [
        at("/ec2/instances/action/change-type/options/?id={instance}&field=type")
    ],
    "<slug:service>/<slug:slug>/create/<slug:verb>/": [
        at(_WIZARD),
        at(_WIZARD + _PLACE, **LAUNCH),
        at(_WIZARD, _place="{account}:eu-west-1", **LAUNCH),
        at(_WIZARD + "?like={instance}"),
        at(_WIZARD + "?like={instance}&in-account={account}"),
    ],
    **{
        f"<slug:service>/<slug:slug>/create/<slug:verb>/{part}/": [
            at(f"{_WIZARD}{part}/{_PLACE}", _field="image", **LAUNCH),
            at(f"{_WIZARD}{part}/?field=image&q=marked", _field="image", **LAUNCH),
        ]
        for part in ("summary", "probes", "field", "options", "draft")
    },
    "<slug:service>/<slug:slug>/-/bookmarks/": [
        at("/s3/buckets/-/bookmarks/", name="{bucket}", account="{account}", region=REGION)
    ],
    "<slug:service>/<slug:slug>/-/bookmarks/<uuid:mark>/remove/": [at("/s3/buckets/-/bookmarks/{bookmark}/remove/")],
    "<slug:service>/<slug:slug>/<path:id>/objects/": [at(_OBJECTS), at(_OBJECTS + "?prefix=a/")],
    "<slug:service>/<slug:slug>/<path:id>/objects/upload/": [
        at(_OBJECTS + "upload/?prefix=a/"),
        at(_OBJECTS + "upload/?door=1"),
    ],
    "<slug:service>/<slug:slug>/<path:id>/objects/uploads/": [
        at(_OBJECTS + "uploads/?rows=1"),
        at(_OBJECTS + "uploads/", upload="b a"),
    ],
    "<slug:service>/<slug:slug>/<path:id>/objects/panel/": [at(_OBJECTS + "panel/?key=a")],
    "<slug:service>/<slug:slug>/<path:id>/objects/tab/<slug:tab>/": [
        at(f"{_OBJECTS}tab/{tab}/?key=a") for tab in ("overview", "preview", "versions", "tags")
    ],
    "<slug:service>/<slug:slug>/<path:id>/objects/content/": [at(_OBJECTS + "content/?key=a", key="a")],
    "<slug:service>/<slug:slug>/<path:id>/objects/share/": [at(_OBJECTS + "share/?key=a", key="a", seconds="60")],
    "<slug:service>/<slug:slug>/<path:id>/objects/pack/": [at(_OBJECTS + "pack/", id="a", go="1")],
    "<slug:service>/<slug:slug>/<path:id>/objects/action/<slug:verb>/": [
        at(f"{_OBJECTS}action/{verb}/?id=a", id="a", confirm="a") for verb in ("delete", "copy")
    ],
    "<slug:service>/<slug:slug>/<path:id>/objects/action/<slug:verb>/options/": [
        at(_OBJECTS + "action/copy/options/?field=bucket")
    ],
    "<slug:service>/<slug:slug>/<path:id>/panel/": [at(f"/ec2/instances/{ref}/panel/") for ref in _REFS],
    "<slug:service>/<slug:slug>/<path:id>/tab/<slug:tab>/": [
        *(
            at(f"/ec2/instances/{ref}/tab/{tab}/")
            for ref in _REFS
            for tab in ("overview", "tags", "code", "related", "timeline", "monitoring", "glance", "console")
        ),
        at("/s3/buckets/{bucket}/tab/properties/"),
        at("/s3/buckets/{bucket}/tab/permissions/"),
    ],
    "<slug:service>/<slug:slug>/<path:id>/": [
        *(at(f"/ec2/instances/{ref}/") for ref in _REFS),
        at("/ec2/key-pairs/{keypair}/"),
        at("/s3/buckets/{bucket}/"),
    ],
    # REST
    "api/v1/openapi.json": "made from declarations",
    "api/v1/docs/": "made from declarations",
    "api/v1/docs/<slug:group>/": "made from declarations",
    "api/v1/problems/": "made from declarations",
    "api/v1/problems/<slug:slug>": "made from declarations",
    "api/v1/problems/<slug:slug>/": "made from declarations",
    "api/v1/^(?P<rest>.*)$": "says that nothing is there",
    "api/v1/": [at("/api/v1/")],
    "api/v1/me/": [at("/api/v1/me/")],
    "api/v1/tokens/": [at("/api/v1/tokens/")],
    "api/v1/tokens/<uuid:id>/": [at("/api/v1/tokens/{token}/")],
    "api/v1/accounts/": [at("/api/v1/accounts/", **_ACCOUNT | {"credential": "role", "source": "{account}"})],
    "api/v1/accounts/external-id/": [at("/api/v1/accounts/external-id/")],
    "api/v1/accounts/<uuid:id>/": [
        at("/api/v1/accounts/{account}/", environment="staging"),
        at("/api/v1/accounts/{mine}/", credential="role", role_arn="arn:aws:iam::1:role/x", source="{account}"),
    ],
    "api/v1/accounts/<uuid:id>/check/": [at("/api/v1/accounts/{account}/check/")],
    "api/v1/idle/": [at("/api/v1/idle/"), at("/api/v1/idle/?account={account}"), at("/api/v1/idle/?region=eu-west-1")],
    "api/v1/operations/": [at("/api/v1/operations/"), at("/api/v1/operations/?state=awaiting")],
    "api/v1/operations/<uuid:id>/": [at("/api/v1/operations/{queued}/")],
    "api/v1/operations/<uuid:id>/cancel/": [at("/api/v1/operations/{queued}/cancel/")],
    "api/v1/operations/<uuid:id>/retry/": [at("/api/v1/operations/{failed}/retry/")],
    "api/v1/operations/<uuid:id>/approve/": [at("/api/v1/operations/{awaiting}/approve/", plan_hash="{hash}")],
    "api/v1/operations/<uuid:id>/decline/": [at("/api/v1/operations/{awaiting}/decline/", reason="taken")],
    "api/v1/schedules/": [
        at("/api/v1/schedules/", name="taken", tags=[{"key": "a", "value": "b"}], accounts=["{account}"]),
        at("/api/v1/schedules/?plan=1", name="taken", tags=[{"key": "owner", "value": "{account_name}"}]),
    ],
    "api/v1/schedules/<uuid:id>/": [at("/api/v1/schedules/{schedule}/", keep_count=1)],
    **{
        f"api/v1/schedules/<uuid:id>/{word}/": [at(f"/api/v1/schedules/{{schedule}}/{word}/")]
        for word in ("pause", "resume", "run", "runs")
    },
    "api/v1/audit/": [
        at("/api/v1/audit/"),
        at("/api/v1/audit/?account={account}"),
        at("/api/v1/audit/?operation={queued}"),
    ],
    "api/v1/audit/chain/": [at("/api/v1/audit/chain/")],
    "api/v1/<slug:service>/<slug:plural>/": [
        at("/api/v1/ec2/instances/"),
        at("/api/v1/ec2/instances/?account={account}"),
        at("/api/v1/ec2/instances/", account="{account}", region=REGION, **LAUNCH),
        at("/api/v1/ec2/instances/?plan=1", account="{account}", region=REGION, **LAUNCH),
        at("/api/v1/ec2/instances/?plan=1&probe=1", account="{account}", region="mars-1", **LAUNCH),
    ],
    "api/v1/<slug:service>/<slug:plural>/actions/<slug:verb>/": [
        at("/api/v1/ec2/instances/actions/stop/", ids=["{instance}"]),
        at("/api/v1/ec2/instances/actions/stop/?plan=1", ids=["{instance}"]),
        at("/api/v1/ec2/instances/actions/stop/?account={account}&region=eu-west-1", ids=["{instance}"]),
    ],
    "api/v1/bookmarks/": [
        at("/api/v1/bookmarks/", kind="s3.bucket", container="{bucket}", account="{account}", region=REGION)
    ],
    "api/v1/bookmarks/<uuid:id>/": [at("/api/v1/bookmarks/{bookmark}/")],
    "api/v1/<slug:service>/<slug:plural>/<path:id>/objects/": [
        at("/api/v1" + _OBJECTS),
        at("/api/v1" + _OBJECTS + "?account={account}&region=eu-west-1"),
        at("/api/v1" + _OBJECTS + "?key=a"),
    ],
    "api/v1/<slug:service>/<slug:plural>/<path:id>/objects/tags/": [at("/api/v1" + _OBJECTS + "tags/?key=a")],
    "api/v1/<slug:service>/<slug:plural>/<path:id>/objects/versions/": [at("/api/v1" + _OBJECTS + "versions/?key=a")],
    "api/v1/<slug:service>/<slug:plural>/<path:id>/objects/links/": [at("/api/v1" + _OBJECTS + "links/", key="a")],
    "api/v1/<slug:service>/<slug:plural>/<path:id>/objects/uploads/": [
        at("/api/v1" + _OBJECTS + "uploads/"),
        at("/api/v1" + _OBJECTS + "uploads/", objects=[{"key": "a", "size": 1, "crc32": "JQFi2w=="}]),
    ],
    "api/v1/<slug:service>/<slug:plural>/<path:id>/objects/uploads/complete/": [
        at("/api/v1" + _OBJECTS + "uploads/complete/", uploads=[{"upload": "{upload}"}])
    ],
    "api/v1/<slug:service>/<slug:plural>/<path:id>/objects/uploads/abort/": [
        at("/api/v1" + _OBJECTS + "uploads/abort/", uploads=[{"key": "a", "upload_id": "b"}])
    ],
    "api/v1/<slug:service>/<slug:plural>/<path:id>/objects/uploads/<uuid:upload>/": [
        at("/api/v1" + _OBJECTS + "uploads/{upload}/")
    ],
    "api/v1/<slug:service>/<slug:plural>/<path:id>/objects/uploads/<uuid:upload>/parts/": [
        at("/api/v1" + _OBJECTS + "uploads/{upload}/parts/", parts=[{"number": 1, "crc32": "JQFi2w=="}])
    ],
    "api/v1/<slug:service>/<slug:plural>/<path:id>/objects/actions/<slug:verb>/": [
        at("/api/v1" + _OBJECTS + "actions/delete/", targets=[{"key": "a"}]),
        at("/api/v1" + _OBJECTS + "actions/delete/?plan=1", targets=[{"key": "a", "below": True}]),
    ],
    "api/v1/<slug:service>/<slug:plural>/<path:rest>/": [
        at("/api/v1/ec2/instances/{instance}/"),
        at("/api/v1/ec2/instances/{instance}/stop/"),
        at("/api/v1/ec2/instances/{instance}/stop/?plan=1&account={account}&region=eu-west-1"),
        at("/api/v1/s3/buckets/{bucket}/"),
        at("/api/v1/s3/buckets/{bucket}/edit-versioning/", status="Suspended"),
        at("/api/v1/s3/buckets/{bucket}/edit-versioning/?plan=1", status="Suspended"),
    ],
    # Last: what was asked for stands in the asker's own record, which addresses above show.
    "audit/export/": [
        at("/audit/export/?in={account}"),
        at("/audit/export/?format=ocsf&operation={queued}"),
        at("/audit/export/?q=marked"),
    ],
    "api/v1/audit/export/": [
        at("/api/v1/audit/export/"),
        at("/api/v1/audit/export/?format=ocsf&account={account}"),
        at("/api/v1/audit/export/?operation={queued}"),
    ],
}
