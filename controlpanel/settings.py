"""Django settings. Every value that differs between installations comes from the environment."""

import sys
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from controlpanel import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = env.flag("DEBUG")
# Commands that never serve a request (collectstatic in an image build, check, makemigrations) run without secrets.
_needs_no_secret = len(sys.argv) > 1 and sys.argv[1] in {"collectstatic", "check", "makemigrations", "help", "up"}
SECRET_KEY = env.text("SECRET_KEY", "unused by this command" * 3 if _needs_no_secret else None)
NORTHGATE_KEY = env.text("NORTHGATE_KEY", "" if _needs_no_secret else None)
NORTHGATE_KEY_OLD = env.words("NORTHGATE_KEY_OLD")
NORTHGATE_ENDPOINTS = env.words("NORTHGATE_ENDPOINTS")
# The record's seals: 32 random bytes in base64 that sign them, and former public keys that still count.
NORTHGATE_SEAL_KEY = env.text("NORTHGATE_SEAL_KEY", "")
NORTHGATE_SEAL_FORMER = env.words("NORTHGATE_SEAL_FORMER")
NORTHGATE_ORIGIN = env.text("NORTHGATE_ORIGIN", "http://127.0.0.1:8000")
# Addresses or networks of the reverse proxies whose X-Forwarded-For is believed.
NORTHGATE_PROXIES = env.words("NORTHGATE_PROXIES")
# How long a call to AWS may take to connect and then to answer, and how long a worker that died keeps its operation.
NORTHGATE_CONNECT_SECONDS = env.seconds("NORTHGATE_CONNECT_SECONDS", 5)
NORTHGATE_READ_SECONDS = env.seconds("NORTHGATE_READ_SECONDS", 30)
NORTHGATE_LEASE_SECONDS = env.seconds("NORTHGATE_LEASE_SECONDS", 20)
STATE_DIR = Path(env.text("STATE_DIR", str(BASE_DIR / ".state")))
# Where heads of the record are written down outside the database. An empty text is no such place.
NORTHGATE_ANCHOR_FILE = env.text("NORTHGATE_ANCHOR_FILE", str(STATE_DIR / "anchors.jsonl"))
NORTHGATE_ANCHOR_BUCKET = env.text("NORTHGATE_ANCHOR_BUCKET", "")
NORTHGATE_ANCHOR_DAYS = int(env.text("NORTHGATE_ANCHOR_DAYS", "400"))
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",  # allauth.mfa stands on it; none of its pages are served
    "allauth.mfa",
    "apps.demo",
    "apps.console",
    "apps.api",
    "apps.operations",
    "apps.objects",
    "apps.inventory",
    "apps.witness",
    "apps.cloud",
    "apps.tenancy",
    "apps.users",
    "apps.services",
    "apps.catalog",
    "apps.audit",
    "apps.live",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Before whatever may answer by itself: a refused host, a missing slash.
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "apps.console.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "apps.console.direction.DirectionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.tenancy.middleware.ActorMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "controlpanel.urls"
WSGI_APPLICATION = "controlpanel.wsgi.application"
ASGI_APPLICATION = "controlpanel.asgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                ("django.template.loaders.cached.Loader", ["django.template.loaders.filesystem.Loader"])
                if not DEBUG
                else "django.template.loaders.filesystem.Loader"
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "apps.console.context.shell",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "apps.console.templatetags.ui"],
        },
    }
]

# Pages and REST use the application's role, which row-level security binds; migrations use the owner.
DATABASES = {
    "default": env.database(env.text("DATABASE_URL", "postgresql:///northgate"), pool=True),
    "owner": env.database(
        env.text("DATABASE_OWNER_URL", env.text("DATABASE_URL", "postgresql:///northgate")), pool=False
    ),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "operations"
# Reading may take minutes where AWS throttles: it has workers of its own, and no change waits behind it.
CELERY_TASK_ROUTES = {
    "inventory.*": {"queue": "inventory"},
    "operations.take_turn": {"queue": "inventory"},
    "operations.step_run": {"queue": "inventory"},
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "dispatch-operations": {"task": "operations.dispatch", "schedule": 5.0, "options": {"expires": 5}},
    "dispatch-schedules": {"task": "operations.dispatch_schedules", "schedule": 10.0, "options": {"expires": 10}},
    "refresh-inventory": {"task": "inventory.refresh_watched", "schedule": 60.0, "options": {"expires": 60}},
    "seal-record": {"task": "witness.round", "schedule": 60.0, "options": {"expires": 60}},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(STATE_DIR / "beat-schedule")

AUTH_USER_MODEL = "users.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "sign-in"
# "smtp://user:password@host:587" (STARTTLS), "smtps://…:465", "log:" writes messages to the log, "" sends none.
EMAIL_URL = env.text("EMAIL_URL", "")
EMAIL_OFFERED = bool(EMAIL_URL)
EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = env.mail(EMAIL_URL)
EMAIL_USE_SSL = EMAIL_URL.startswith("smtps://")
EMAIL_USE_TLS = EMAIL_URL.startswith("smtp://")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "") or "Northgate <northgate@localhost>"
PASSWORD_RESET_TIMEOUT = 3600
MFA_ADAPTER = "apps.users.adapter.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_ISSUER = "Northgate"
MFA_TOTP_TOLERANCE = 1  # a clock may be half a minute off
MFA_RECOVERY_CODE_DIGITS = 10
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# A form holds what AWS allows: 1,000 lifecycle rules are rows of 24 fields. The 2.5 MB of a body stay the bound.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 30_000
SESSION_ENGINE = "apps.users.sessions"
SESSION_COOKIE_AGE = int(env.text("SESSION_LONGEST", "43200"))  # after the sign-in, however much it is used
SESSION_IDLE = int(env.text("SESSION_IDLE", "7200"))  # seconds, both
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "apps.console.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# TLS ends at the proxy in production; embedded on loopback there is none.
_tls = NORTHGATE_ORIGIN.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _tls else None
SECURE_SSL_REDIRECT = _tls
SECURE_REDIRECT_EXEMPT = [r"^healthz/"]
SECURE_HSTS_SECONDS = 31536000 if _tls else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _tls
SECURE_HSTS_PRELOAD = _tls
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _tls
if _tls:  # the prefix: neither a sibling subdomain nor plain HTTP can plant one
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
CSRF_TRUSTED_ORIGINS = [NORTHGATE_ORIGIN]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(STATE_DIR / "static")))
WHITENOISE_USE_FINDERS = DEBUG
STORAGES = {
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if env.flag("PLAIN_STATIC", DEBUG)
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文"), ("zh-hant", "繁體中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "botocore": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
        # Django repeats each 4xx as a warning; the access log has them.
        "django.request": {"level": "ERROR"},
    },
}
