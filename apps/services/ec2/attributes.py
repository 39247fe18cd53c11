"""What AWS tells of an instance one attribute at a time: asked for as somebody looks or changes it, not for lists."""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.catalog.items import Item
from apps.catalog.reading import Many, Part
from apps.catalog.steps import Same, Step
from apps.catalog.text import Text

TERMINATION, STOP, SHUTDOWN, USER_DATA, SOURCE_CHECK = (
    "TerminationProtection",
    "StopProtection",
    "ShutdownBehavior",
    "UserDataText",
    "SourceDestinationCheck",
)
# AWS's names: of the attribute, and of what stands in the answer.
_AWS = {
    TERMINATION: ("disableApiTermination", "DisableApiTermination"),
    STOP: ("disableApiStop", "DisableApiStop"),
    SHUTDOWN: ("instanceInitiatedShutdownBehavior", "InstanceInitiatedShutdownBehavior"),
    USER_DATA: ("userData", "UserData"),
    SOURCE_CHECK: ("sourceDestCheck", "SourceDestCheck"),
}
PROFILE, STATUS, CHECKED = "ProfileAssociation", "StatusChecks", "StatusCheckResults"


def _part(key: str, soft: bool = False, guard: str = "") -> Part:
    attribute, name = _AWS[key]

    def params(obj: Mapping[str, Any]) -> dict[str, Any]:
        return {"InstanceId": obj["InstanceId"], "Attribute": attribute}

    return Part(key, "describe_instance_attribute", params, f"{name}.Value", asked=True, soft=soft, guard=guard)


def associations(obj: Mapping[str, Any]) -> dict[str, Any]:
    """Of an instance with its profile, without those that end."""
    filters = {"instance-id": [obj["InstanceId"]], "state": ["associating", "associated"]}
    return {"Filters": [{"Name": name, "Values": values} for name, values in filters.items()]}


def _checked(objects: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Only those that run are checked."""
    running = [each["InstanceId"] for each in objects if (each.get("State") or {}).get("Name") == "running"]
    return {"InstanceIds": running} if running else None


CHECKS = ("SystemStatus", "InstanceStatus", "AttachedEbsStatus")
ASSOCIATED = "IamInstanceProfileAssociations[0]"
PARTS = (
    # Who may not read these can still terminate: AWS itself refuses then.
    *(_part(key, soft=True) for key in (TERMINATION, STOP)),
    *(_part(key) for key in (SHUTDOWN, SOURCE_CHECK)),
    _part(USER_DATA, guard="read-user-data"),
    Part(PROFILE, "describe_iam_instance_profile_associations", associations, ASSOCIATED, asked=True),
    Part(
        STATUS,
        "describe_instance_status",
        lambda obj: {"InstanceIds": [obj["InstanceId"]], "IncludeAllInstances": True},
        "InstanceStatuses[0]",
        asked=True,
    ),
    Part(
        CHECKED,
        "describe_instance_status",
        _checked,
        "InstanceStatuses[]",
        many=Many(100, "InstanceId", keep=CHECKS),
    ),
)


def checks(item: Item) -> str:
    """What the list says of AWS's status checks; nothing where AWS checks nothing."""
    found = [str(each.get("Status") or "") for each in (item.attrs.get(CHECKED) or {}).values()]
    found = [status for status in found if status and status != "not-applicable"]
    if not found or item.state != "running":
        return ""
    if "impaired" not in found and len(set(found)) == 1 and found[0] != "ok":
        return found[0].replace("-", " ")
    if "impaired" not in found and "initializing" in found:
        return "initializing"
    passed = found.count("ok")
    return f"{passed}/{len(found)} checks passed"


def is_on(item: Item, key: str) -> bool:
    """Of an attribute that is yes or no; no where it wasn't read."""
    return item.attrs.get(key) in (True, "true")


def same(item: Item, key: str, what: Text) -> Same:
    """The attribute is still as it was read."""
    part = _part(key)
    return Same(f"ec2.{part.operation}", part.params(item.attrs) or {}, part.path, item.attrs.get(key), what=what)


def change(item: Item, key: str, title: Text, back: Text, what: Text, value: Any, before: Any) -> Step:
    """Sets an attribute of the form `{Value: …}`; taken back, it is as it was before."""
    do: dict[str, Any] = {"InstanceId": item.id, _AWS[key][1]: {"Value": value}}
    undo: dict[str, Any] = {"InstanceId": item.id, _AWS[key][1]: {"Value": before}}
    return Step(
        "ec2.modify_instance_attribute",
        title=title,
        same=same(item, key, what),
        touches=[(item.kind, [item.id])],
        undo=Step("ec2.modify_instance_attribute", title=back, **undo),
        **do,
    )
