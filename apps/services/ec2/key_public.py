"""Public keys as people have them, in each form that AWS takes, made the one line of OpenSSH. Pure functions.

EC2 API Reference, ImportKeyPair: the formats of OpenSSH and of RFC 4716, base64-coded DER; RSA and ED25519. PEM, which
AWS does not take, is read as well."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from django.utils.translation import gettext as _

from apps.catalog.text import Text

SHORTEST, USUAL = 1024, (1024, 2048, 4096)  # bits of an RSA key; AWS documents these lengths
_PRIVATE = re.compile(r"PRIVATE KEY|PuTTY-User-Key-File", re.IGNORECASE)
_SSH2 = re.compile(r"---- ?BEGIN SSH2 PUBLIC KEY ?----(.*)---- ?END SSH2 PUBLIC KEY ?----", re.DOTALL)
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")

Key = rsa.RSAPublicKey | ed25519.Ed25519PublicKey


class Wrong(ValueError):
    """Why a text is no public key that AWS takes."""


@dataclass(frozen=True)
class Public:
    """A public key: `line` is OpenSSH's, `kind` rsa or ed25519, `print` the fingerprint that AWS will show."""

    line: str
    kind: str
    bits: int
    print: str

    @property
    def said(self) -> Text:
        name = "RSA" if self.kind == "rsa" else "ED25519"
        return _("%(name)s, %(bits)d bits") % {"name": name, "bits": self.bits} if self.kind == "rsa" else name


def read(text: str) -> Public:
    """The key that a text holds. Raises Wrong."""
    found = text.strip().lstrip("\ufeff")
    if _PRIVATE.search(found):
        raise Wrong(_("This is a private key. Keep it to yourself, and enter the public key that belongs to it."))
    if not found.isascii():
        raise Wrong(_("A public key has ASCII characters only."))
    comment, key = _parsed(found)
    if isinstance(key, ed25519.Ed25519PublicKey):
        raw = key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        digest = base64.b64encode(hashlib.sha256(base64.b64decode(raw.split()[1])).digest()).decode()
        return Public(_line(key, comment), "ed25519", 256, digest)
    if not isinstance(key, rsa.RSAPublicKey):
        raise Wrong(_("AWS takes RSA and ED25519 keys; this one is of another sort."))
    if key.key_size < SHORTEST:
        said = _("An RSA key has at least %(least)d bits, not %(bits)d.")
        raise Wrong(said % {"least": SHORTEST, "bits": key.key_size})
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    digest = hashlib.md5(der, usedforsecurity=False).hexdigest()
    return Public(_line(key, comment), "rsa", key.key_size, ":".join(re.findall("..", digest)))


def _line(key: Key, comment: str) -> str:
    line = key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    return f"{line} {comment}".strip()


def _parsed(text: str) -> tuple[str, object]:
    """(comment, key)."""
    try:
        if "-----BEGIN" in text:
            return "", serialization.load_pem_public_key(text.encode())
        if ssh2 := _SSH2.search(text):
            return _from_ssh2(ssh2[1])
        if _BASE64.fullmatch("".join(text.split())) and not text.startswith(("ssh-", "ecdsa-")):
            return "", serialization.load_der_public_key(base64.b64decode("".join(text.split())))
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        if len(lines) > 1:
            raise Wrong(_("Enter one public key; these are %(count)d lines.") % {"count": len(lines)})
        kind, _space, rest = (lines or [""])[0].strip().partition(" ")
        blob, _space, comment = rest.strip().partition(" ")
        if not kind.startswith(("ssh-", "ecdsa-", "sk-")):
            raise ValueError(kind)
        return comment.strip()[:255], serialization.load_ssh_public_key(f"{kind} {blob}".encode())
    except Wrong:
        raise
    except UnsupportedAlgorithm:
        raise Wrong(_("AWS takes RSA and ED25519 keys; this one is of another sort.")) from None
    except (ValueError, TypeError, binascii.Error):
        said = _("This is no public key: enter OpenSSH's line (ssh-ed25519 AAAA…), RFC 4716's or PEM's block, or DER.")
        raise Wrong(said) from None


def _from_ssh2(body: str) -> tuple[str, object]:
    """RFC 4716: headers, which a backslash continues on the next line, then the key in base64."""
    comment, rest = "", []
    for line in body.replace("\r", "").replace("\\\n", "").split("\n"):
        name, colon, value = line.partition(":")
        if not colon:
            rest.append(line.strip())
        elif name.strip().lower() == "comment":
            comment = value.strip().strip('"')
    blob = base64.b64decode("".join(rest), validate=True)
    kind = blob[4 : 4 + int.from_bytes(blob[:4])].decode()
    return comment[:255], serialization.load_ssh_public_key(f"{kind} {''.join(rest)}".encode())
