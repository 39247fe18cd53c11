"""Key pairs: the kind, and making one. The private key is shown once to whoever asked and is stored nowhere."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps, reaches
from apps.catalog.resources import Call, Column, Resource, Risk
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2 import NETWORK
from apps.services.ec2.tags import taggable
from apps.services.ec2.use import listed, users

key_pair = Resource(
    kind="ec2.key-pair",
    label=_("Key pair"),
    plural=_("Key pairs"),
    group=NETWORK,
    icon="key-round",
    fresh=300,
    about=_("A key pair lets its holder sign in to instances with SSH."),
    read=Call("describe_key_pairs", "KeyPairs[]", by_id="KeyNames", missing=("InvalidKeyPair.NotFound",)),
    id="KeyName",
    name="KeyName",
    created="CreateTime",
    arn="arn:aws:ec2:{region}:{account}:key-pair/{id}",
    columns=(
        Column("ID", "KeyPairId", key="key_pair_id", copy=True),
        Column(_("Type"), "KeyType", key="type", facet=True),
        Column(_("Fingerprint"), "KeyFingerprint", key="fingerprint", wide=True, copy=True),
        Column(_("Created"), "CreateTime", key="created", time=True),
    ),
    example={"KeyName": "ops", "KeyPairId": "key-0a1b2c3d4e5f60718", "KeyType": "ed25519", "KeyFingerprint": "ab:cd"},
)

taggable(key_pair, "KeyPairId")


class DeleteForm(forms.Form):
    items: tuple[Item, ...] = ()
    scope: Scope | None = None

    def clean(self) -> dict[str, Any]:
        found = {
            item.id: [other.title for _kind, other in users(self.scope, item)] for item in self.items if self.scope
        }
        return self.cleaned_data | {"used": found}


def _means(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    if names := values["used"].get(item.id):
        said = _now("Launched with %(name)s: %(names)s. Whoever holds the private key can go on signing in to these.")
        yield said % {"name": item.id, "names": listed(names)}
    yield _now("Nothing can be launched with %(name)s any more; templates that name it will fail.") % {"name": item.id}


@key_pair.action(
    _("Delete"),
    icon="trash-2",
    risk=Risk.DESTROYS,
    form=DeleteForm,
    means=_means,
    iam="ec2:DeleteKeyPair",
    main=True,
    help=_("AWS forgets the public key. Instances keep it: take it out of authorized_keys there, too."),
)
def delete(item: Item, values: Mapping[str, Any]) -> Steps:
    yield Step(
        "ec2.delete_key_pair",
        title=_("Delete key pair %(name)s") % {"name": item.id},
        KeyName=item.id,
        until=reaches(item.kind, [item.id], gone=True),
    )


PrivateKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


def make(kind: str, format: str, comment: str) -> tuple[str, str]:
    """A new key pair: the public key as OpenSSH writes it, and the private key as PEM or PPK (PuTTY, version 3).

    `kind` is `rsa` (2,048 bits, as AWS makes them) or `ed25519`.
    """
    private: PrivateKey = (
        ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else rsa.generate_private_key(65537, 2048)
    )
    public = (
        private.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    )
    if format == "ppk":
        return f"{public} {comment}", _ppk(private, public, comment)
    layout = (
        serialization.PrivateFormat.OpenSSH if kind == "ed25519" else serialization.PrivateFormat.TraditionalOpenSSL
    )
    pem = private.private_bytes(serialization.Encoding.PEM, layout, serialization.NoEncryption()).decode()
    return f"{public} {comment}", pem


def _ppk(private: PrivateKey, public: str, comment: str) -> str:
    """PuTTY's own format: PuTTY manual, appendix C. Unencrypted, so the MAC's key is empty."""
    algorithm, blob = public.split()[:2]
    public_blob = base64.b64decode(blob)
    if isinstance(private, ed25519.Ed25519PrivateKey):
        raw = private.private_bytes(
            serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
        )
        private_blob = _string(raw)
    else:
        numbers = private.private_numbers()
        private_blob = b"".join(_mpint(number) for number in (numbers.d, numbers.p, numbers.q, numbers.iqmp))
    signed = b"".join(map(_string, (algorithm.encode(), b"none", comment.encode(), public_blob, private_blob)))
    mac = hmac.new(b"", signed, hashlib.sha256).hexdigest()
    lines = [f"PuTTY-User-Key-File-3: {algorithm}", "Encryption: none", f"Comment: {comment}"]
    for label, data in (("Public-Lines", public_blob), ("Private-Lines", private_blob)):
        text = base64.b64encode(data).decode()
        rows = [text[at : at + 64] for at in range(0, len(text), 64)]
        lines += [f"{label}: {len(rows)}", *rows]
    return "\n".join([*lines, f"Private-MAC: {mac}", ""])


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _mpint(number: int) -> bytes:
    return _string(number.to_bytes(number.bit_length() // 8 + 1, "big"))


def mint(values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Makes the key pair that a form asks for by `new_key_name`, `new_key_type` and `new_key_format`."""
    if values.get("access") != "new":
        return values, {}
    public, private = make(values["new_key_type"], values["new_key_format"], values["new_key_name"])
    filename = f"{values['new_key_name']}.{values['new_key_format']}"
    return values | {"public_key": public}, {"private_key": private, "filename": filename}
