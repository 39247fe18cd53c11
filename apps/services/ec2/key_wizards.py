"""Making a key pair, whose private half is shown once, and importing the public half of one that somebody has."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.plans import Find, Step, Steps, minted
from apps.catalog.resources import Section
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2 import key_public, keys
from apps.services.ec2.keys import key_pair
from apps.services.ec2.tags import as_aws, by_operation, check_unique, specification, tag_rows

IAM = ("ec2:ImportKeyPair", "ec2:CreateTags")
_NAME = RegexValidator(
    r"^[\x20-\x7e]*$", _("Only ASCII characters are allowed in the name of a key pair, not in %(value)s.")
)


def name_field() -> forms.CharField:
    return forms.CharField(label=_("Name"), max_length=255, validators=[_NAME])


class NameForm(forms.Form):
    """What both wizards ask for."""

    name = name_field()
    tags = tag_rows(tags=True)

    scope: Scope | None = None

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if self.scope and any(other.id == name for other in self.scope.find(key_pair.kind, name=name)):
            raise forms.ValidationError(_("There is a key pair of the name %(name)s already.") % {"name": name})
        return name

    def clean_tags(self) -> list[dict[str, str]]:
        tags: list[dict[str, str]] = self.cleaned_data["tags"]
        check_unique(tags)
        return tags


class CreateForm(NameForm):
    type = forms.ChoiceField(
        label=_("Key type"),
        choices=[("ed25519", "ED25519"), ("rsa", "RSA")],
        initial="ed25519",
        help_text=_("Windows instances take RSA only."),
    )
    format = forms.ChoiceField(
        label=_("File format"),
        choices=[("pem", ".pem (OpenSSH)"), ("ppk", ".ppk (PuTTY)")],
        initial="pem",
        help_text=_("Of the private key that you download."),
    )


class ImportForm(NameForm):
    public_key = forms.CharField(
        label=_("Public key"),
        max_length=16384,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "class": "mono"}),
        help_text=_("RSA or ED25519: the line of a .pub file (ssh-ed25519 AAAA…), RFC 4716, PEM or base64-coded DER."),
    )

    def clean_public_key(self) -> str:
        try:
            return key_public.read(self.cleaned_data["public_key"]).line
        except key_public.Wrong as wrong:
            raise forms.ValidationError(str(wrong)) from None


def mint(values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Makes the key pair: the public half is imported, the private one is shown once."""
    public, private = keys.make(values["type"], values["format"], values["name"])
    filename = f"{values['name']}.{values['format']}"
    return values | {"public_key": public}, {"private_key": private, "filename": filename}


def imported(values: Mapping[str, Any], public: Any) -> Step:
    """The call that both wizards make."""
    name = values["name"]
    return Step(
        "ec2.import_key_pair",
        title=_now("Import key pair %(name)s") % {"name": name},
        find=Find("ec2.describe_key_pairs", "KeyPairs[0]", {"Filters": by_operation()}),
        undo=Step("ec2.delete_key_pair", title=_now("Delete key pair %(name)s") % {"name": name}, KeyName=name),
        touches=[(key_pair.kind, [name])],
        KeyName=name,
        PublicKeyMaterial=public,
        TagSpecifications=[specification("key-pair", as_aws(values["tags"]))],
    )


@key_pair.wizard(
    _("Create key pair"),
    verb="create",
    form=CreateForm,
    icon="plus",
    submit=_("Create"),
    title=lambda values: _("Create key pair %(name)s") % {"name": values["name"]},
    sections=(
        Section("key", _("Key pair"), ("name", "type", "format")),
        Section("tags", _("Tags"), ("tags",)),
    ),
    mint=mint,
    iam=IAM,
    help=_("The panel makes it and shows the private key once; only the public key goes to AWS. Nothing is stored."),
    example={"name": "laptop", "type": "ed25519", "tags": [{"key": "owner", "value": "ops"}]},
)
def create(scope: Scope, values: Mapping[str, Any]) -> Steps:
    yield imported(values, values.get("public_key") or minted(_now("made when you create it")))
    return {"kind": key_pair.kind, "ids": [values["name"]]}


def means(scope: Scope, values: Mapping[str, Any]) -> Iterable[Text]:
    key = key_public.read(values["public_key"])
    words = {"key": key.said, "print": key.print}
    yield _now("%(key)s. AWS will show the fingerprint %(print)s.") % words
    yield _now("Whoever holds its private key can sign in to the instances that are launched with it.")


def notes(scope: Scope, values: Mapping[str, Any]) -> Iterable[Text]:
    key = key_public.read(values["public_key"])
    if key.kind == "ed25519":
        yield _now("Windows instances don't take ED25519 keys.")
    elif key.bits not in key_public.USUAL:
        said = _now("AWS documents RSA keys of 1,024, 2,048 and 4,096 bits; this one has %(bits)d.")
        yield said % {"bits": key.bits}
    elif key.bits < 2048:
        yield _now("An RSA key of fewer than 2,048 bits is weak, and EC2 Instance Connect refuses it.")


@key_pair.wizard(
    _("Import key pair"),
    verb="import",
    form=ImportForm,
    icon="file-up",
    submit=_("Import"),
    title=lambda values: _("Import key pair %(name)s") % {"name": values["name"]},
    sections=(
        Section("key", _("Key pair"), ("name", "public_key")),
        Section("tags", _("Tags"), ("tags",)),
    ),
    means=means,
    notes=notes,
    iam=IAM,
    help=_("The public half of a key pair that you have. The private one stays where it is."),
    example={
        "name": "laptop",
        "public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me@laptop",
    },
)
def import_key(scope: Scope, values: Mapping[str, Any]) -> Steps:
    yield imported(values, values["public_key"])
    return {"kind": key_pair.kind, "ids": [values["name"]]}
