"""What a row's form suggests, and the rows that a button adds, drawn as a page does."""

import pytest
from django import forms as django_forms
from django.template import engines

from apps.catalog import checks, forms
from apps.catalog.fields import Rows
from apps.catalog.hints import HERE, Hinted, Quick

pytestmark = pytest.mark.pure


class Row(django_forms.Form):
    what = django_forms.ChoiceField(choices=[("a", "A"), ("b", "B")])
    source = Hinted(label="Source", fixed=[("0.0.0.0/0", "Anywhere")], kinds=["ec2.vpc"], here=True)
    number = django_forms.IntegerField(label="Number", required=False)

    line = ("what", "source")
    shows = {"number": "what=b"}


class Form(django_forms.Form):
    rows = Rows(Row, quick=(Quick("Mine ({address})", {"source": HERE}), Quick("All", {"source": "0.0.0.0/0"})))


def drawn(address, rows=()):
    form = forms.bind(Form, None, scope=checks.ExampleScope(), initial={"rows": list(rows)})
    request = type("Request", (), {"META": {"REMOTE_ADDR": address}})()
    template = engines["django"].from_string("{% load fields %}{% draw form.rows %}")
    return template.render({"form": form, "request": request})


def test_values_are_suggested_and_the_readers_own_address_is_among_them():
    html = drawn("203.0.113.7", [{"what": "b", "source": "10.0.0.0/8"}])
    assert '<option value="203.0.113.7/32">My address</option>' in html
    assert '<option value="0.0.0.0/0">Anywhere</option>' in html
    assert '<option value="vpc-0a1b2c3d4e5f60718">' in html
    assert html.count("<datalist") == 1, "one list for all rows"
    assert 'list="l_rows_source"' in html
    assert 'value="rows?source=203.0.113.7%2F32"' in html
    assert "Mine (203.0.113.7)" in html
    assert 'data-show="what=b"' in html, "what is not in the line stands below it"


@pytest.mark.parametrize(("address", "block"), [("2001:db8::7", "2001:db8::7/128"), ("", ""), ("unix:", "")])
def test_an_address_that_is_none_is_not_offered(address, block):
    html = drawn(address)
    assert ("My address" in html) == bool(block)
    assert ("Mine" in html) == bool(block)
    assert block in html
    assert "All" in html
