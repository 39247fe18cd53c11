"""Django's own, which also finds the texts of files that need both kinds of gettext and so have names for them."""

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=_now", "--keyword=_later"]
