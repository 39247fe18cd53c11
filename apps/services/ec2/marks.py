"""How what a call without a client token made is found again: by the operation's tag."""

from typing import Any

from apps.catalog.plans import OPERATION_TAG, Find


def by_operation(call: str, path: str, *more: tuple[str, str], **params: Any) -> Find:
    """What the operation made, by its tag and further filters (name, value)."""
    filters = [{"Name": f"tag:{OPERATION_TAG['Key']}", "Values": [OPERATION_TAG["Value"]]}]
    filters += [{"Name": name, "Values": [value]} for name, value in more]
    return Find(call, path, {**params, "Filters": filters})


def kept(tags: dict[str, str], rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Tags to copy, with rows of a form over them, as AWS takes them; none of AWS's own, nor of the panel's: by these
    a schedule would take the copy for what it made itself."""
    own = {key: value for key, value in tags.items() if not key.startswith(("aws:", "northgate:"))}
    whole = own | {row["key"]: row["value"] for row in rows}
    return [{"Key": key, "Value": value} for key, value in whole.items()]
