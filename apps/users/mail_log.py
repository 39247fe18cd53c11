"""E-mail where nothing sends it: each message is a line of the log. For the demo, on one's own machine."""

import logging
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

log = logging.getLogger(__name__)


class EmailBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for one in email_messages:
            log.warning("to %s: %s\n%s", ", ".join(one.to), one.subject, one.body)
        return len(email_messages)
