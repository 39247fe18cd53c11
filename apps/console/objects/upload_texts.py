"""What the page that uploads says while it does: its script has no words of its own. {names} are the script's."""

from django.utils.translation import gettext as _


def texts() -> dict[str, str]:
    """By what they are for; those of failures by the browser's or the panel's name for it."""
    return {
        "waiting": _("Waiting"),
        "hashing": _("Computing the checksum"),
        "sending": _("{part}%"),
        "ending": _("Completing"),
        "done": _("Uploaded"),
        "taken": _("An object of this key exists"),
        "failed": _("Failed"),
        "cancelled": _("Cancelled"),
        "stopped": _("Paused"),
        "lost": _("The connection is lost. It goes on by itself."),
        "closed": _("Waits until the bucket takes uploads."),
        "count": _("{done} of {all} uploaded · {sent} of {size}"),
        "pace": _("{speed}/s · {left} left"),
        "seconds": _("{n} s"),
        "minutes": _("{n} min"),
        "hours": _("{n} h"),
        "bad": _("Failed: {n}."),
        "takens": _("Existing already: {n}."),
        "more": _("and {n} more"),
        "finished": _("Uploaded: {n}."),
        "long": _("Left out, since their keys would be longer than 1,024 bytes: {n}, such as {key}"),
        "large": _("Left out, since no object may be as large: {n}, such as {key}"),
        "NotReadableError": _("The file can't be read: it was changed or moved since it was chosen. Choose it again."),
        "NotFoundError": _("The file is no longer there. Choose it again."),
        "BadDigest": _("The file changed while it was sent. Try again."),
        "Incomplete": _("AWS does not have all of it. Try again."),
        "401": _("You are signed out. Sign in in another tab, then try again."),
        "AccessDenied": _("AWS doesn't let the panel's account write this."),
    }
