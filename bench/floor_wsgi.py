"""The floor's settings (startproject's, and a connection pool as ours) and its WSGI entry."""

import gc
import os
from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from controlpanel import environment

CONTEXT = ("template.context_processors.request", "contrib.auth.context_processors.auth")
settings.configure(
    SECRET_KEY=os.environ["SECRET_KEY"],
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="bench.floor",
    DATABASES={"default": environment.database(os.environ["DATABASE_URL"], pool=True)},
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django.contrib.sessions",
        "django.contrib.messages",
        "apps.users",  # the same people, so that one session cookie opens both
    ],
    AUTH_USER_MODEL="users.User",
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [Path(__file__).parent],
            "OPTIONS": {"context_processors": [f"django.{name}" for name in CONTEXT]},
        }
    ],
    USE_TZ=True,
)
application = get_wsgi_application()
gc.collect()
gc.freeze()
