import pytest
from django.test import Client

TEMPLATES = {"403.html": "{{ decision.reason }}", "404.html": "absent", "roles.html": "{{ roles|length }} roles"}


@pytest.fixture
def pages(settings):
    """The URLs of pages.py with templates of their own: independent of the doors."""
    settings.ROOT_URLCONF = "tests.tenancy.pages"
    settings.CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"
    loader = ("django.template.loaders.locmem.Loader", TEMPLATES)
    backend = "django.template.backends.django.DjangoTemplates"
    settings.TEMPLATES = [{"BACKEND": backend, "OPTIONS": {"loaders": [loader]}}]


@pytest.fixture
def browser(pages):
    """Makes a test client; signed in as a person in an organization when these are given."""

    def make(person=None, **options) -> Client:
        client = Client(**options)
        if person is not None:
            client.force_login(person.user)
            session = client.session
            session["tenant"] = str(person.actor.tenant_id)
            session.save()
        return client

    return make
