"""Objects: what lies in a bucket. They are read as they are looked at; no inventory could hold them.

The id of one is its key. What an act needs to know of its targets stands in their attributes: `Below`, that all keys
are meant which begin so; `VersionIds`, which versions; `Markers`, which of its versions are delete markers, as far as
somebody looked; `Head` and `Tags`, as AWS answered them; `Holder`, the bucket's attributes.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.items import Item
from apps.catalog.plans import Step
from apps.catalog.resources import Call, Column, Resource, Risk
from apps.catalog.sweeps import Over
from apps.catalog.text import Text, one_line
from apps.services.s3 import STORAGE, emptying

LONGEST_KEY = 1024  # bytes
LARGEST_COPY = 5 * 1024**3  # bytes that one CopyObject takes
# What a row of the browser is.
OBJECT, FOLDER, VERSION, MARKER, HERE = "object", "folder", "version", "marker", "here"

s3_object = Resource(
    kind="s3.object",
    within="s3.bucket",
    label=_("Object"),
    plural=_("Objects"),
    group=STORAGE,
    icon="file-text",
    scope="global",
    read=Call("list_objects_v2", "Contents[]", params={"Bucket": "example"}),
    id="Key",
    name="Key",
    tags="",
    columns=(
        Column(_("Size"), "Size", unit="B", number=True),
        Column(_("Last modified"), "LastModified", time=True),
        Column(_("Storage class"), "StorageClass", facet=True),
        Column(_("ETag"), "ETag", hidden=True),
    ),
    example={
        "Key": "reports/2026/october.csv",
        "Size": 48_213,
        "LastModified": "2026-10-31T23:00:00Z",
        "StorageClass": "STANDARD",
        "VersionIds": ["3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY+MTRCxf3vjVBH40Nr8X8gdRQBpUMLUo"],
        "Markers": ["_ZBo9sPqKcMH4RNGZ0pKmBHCtPTOL5NW"],
    },
)


def below(item: Item) -> bool:
    return bool(item.attrs.get("Below"))


def versions(item: Item) -> list[str]:
    return list(item.attrs.get("VersionIds") or ())


def markers(item: Item) -> list[str]:
    return list(item.attrs.get("Markers") or ())


def versioned(item: Item) -> bool:
    """Whether its bucket is known to keep versions."""
    holder: Mapping[str, Any] = item.attrs.get("Holder") or {}
    return bool((holder.get("Versioning") or {}).get("Status") == "Enabled")


def _warn(item: Item) -> Iterable[Text]:
    if versioned(item):
        yield _("The bucket keeps versions: a delete marker is put, the versions stay and can be restored.")
    elif below(item):
        yield _("Everything whose name begins so goes, also what is put there while it is being deleted.")


@s3_object.action(
    _("Delete"),
    icon="trash-2",
    when={OBJECT, FOLDER},
    risk=Risk.DESTROYS,
    needs="write",
    warn=_warn,
    reversible=versioned,
    iam=("s3:DeleteObject", "s3:ListBucket"),
)
def delete(item: Item, values: Mapping[str, Any]) -> Iterable[Step]:
    title = _now("Delete %(key)s") % {"key": item.title}
    if not below(item):
        yield Step("s3.delete_object", title=title, Bucket=item.within, Key=item.id)
        return
    yield Step(
        "s3.delete_objects",
        title=title,
        Bucket=item.within,
        Delete={"Quiet": True},
        over=Over(
            "s3.list_objects_v2",
            "Contents[].{Key: Key}",
            {"Bucket": item.within, "Prefix": item.id},
            into="Delete.Objects",
            at_once=1000,
            drains=True,
            errors="Errors[]",
            noun=_("objects"),
        ),
    )


def _warn_versions(item: Item) -> Iterable[Text]:
    if below(item):
        yield _("All versions and delete markers go of everything whose name begins so.")
    else:
        yield _("Versions can't be brought back. If the latest goes, the one before it is the object again.")


@s3_object.action(
    _("Delete permanently"),
    verb="delete-versions",
    icon="trash-2",
    when={VERSION, FOLDER},
    risk=Risk.DESTROYS,
    needs="write",
    warn=_warn_versions,
    iam=("s3:DeleteObjectVersion", "s3:ListBucketVersions"),
)
def delete_versions(item: Item, values: Mapping[str, Any]) -> Iterable[Step]:
    title = _now("Delete versions of %(key)s") % {"key": item.title}
    if not below(item):
        for version in versions(item) or ["null"]:
            yield Step("s3.delete_object", title=title, Bucket=item.within, Key=item.id, VersionId=version)
        return
    yield Step(
        "s3.delete_objects",
        title=title,
        Bucket=item.within,
        Delete={"Quiet": True},
        over=Over(
            "s3.list_object_versions",
            emptying.VERSIONS,
            {"Bucket": item.within, "Prefix": item.id},
            into="Delete.Objects",
            at_once=1000,
            drains=True,
            errors="Errors[]",
            noun=_("versions"),
        ),
    )


class MarkersForm(forms.Form):
    """Refuses what is no delete marker: the same call would delete a version for good."""

    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        for item in self.items:
            if not markers(item):
                self.add_error(None, _now("%(key)s is no delete marker.") % {"key": item.title})
        return self.cleaned_data


@s3_object.action(
    _("Restore"),
    verb="undelete",
    icon="undo-2",
    form=MarkersForm,
    when={MARKER},
    needs="write",
    facts=("head",),
    iam="s3:DeleteObjectVersion",
    help=_("The delete marker goes; the version before it is the object again."),
)
def undelete(item: Item, values: Mapping[str, Any]) -> Iterable[Step]:
    for version in markers(item):
        yield Step(
            "s3.delete_object",
            title=_now("Remove the delete marker of %(key)s") % {"key": item.title},
            Bucket=item.within,
            Key=item.id,
            VersionId=version,
        )


class FolderForm(forms.Form):
    name = forms.CharField(
        label=_("Folder name"),
        max_length=LONGEST_KEY - 1,
        strip=False,
        help_text=_("An empty object whose name ends with a slash. A slash within makes folders in folders."),
    )

    items: tuple[Item, ...] = ()

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].rstrip("/")
        if not name:
            raise forms.ValidationError(_("Enter a name."))
        for item in self.items:
            check_key(item.id + name + "/")
        return name


def check_key(key: str) -> str:
    """The key. Raises ValidationError where no object can have it."""
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        raise forms.ValidationError(_("This is no text that an object can be called.")) from None
    if size > LONGEST_KEY:
        raise forms.ValidationError(
            _("With its folders the name takes %(size)d bytes; the most is %(most)d.")
            % {"size": size, "most": LONGEST_KEY}
        )
    return key


@s3_object.action(
    _("Create folder"),
    verb="create-folder",
    icon="folder",
    form=FolderForm,
    when={HERE},
    needs="write",
    vacant=lambda item, values: [(item.within, f"{item.id}{values['name']}/", False)],
    iam="s3:PutObject",
    example={"name": "november"},
)
def create_folder(item: Item, values: Mapping[str, Any]) -> Iterable[Step]:
    key = f"{item.id}{values['name']}/"
    yield Step(
        "s3.put_object",
        title=_now("Create %(key)s") % {"key": one_line(key)},
        Bucket=item.within,
        Key=key,
        IfNoneMatch="*",
    )
