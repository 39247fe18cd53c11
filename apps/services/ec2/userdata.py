"""User data as AWS answers it, and as it was written."""

import base64

from django.utils.translation import gettext as _


def decoded(text: str) -> str:
    """User data as it was written, from what AWS answers. Raises ValueError where it isn't text."""
    return base64.b64decode(text, validate=True).decode()


def size(text: str) -> int:
    """Bytes, of what stands there in base64."""
    return len(text) * 3 // 4 - text.count("=")


def shown(text: str) -> str:
    """For the tab: as it was written, or a sentence in its place."""
    try:
        return decoded(text)
    except ValueError:
        return _("It is not text: %(size)d bytes.") % {"size": size(text)}
