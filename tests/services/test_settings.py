"""What the forms of a bucket's settings refuse, each with words beside its field; nothing is asked of AWS."""

from dataclasses import replace

import pytest

from apps.catalog import checks, forms, registry
from apps.catalog.forms import json_errors
from apps.services.s3 import cors

pytestmark = pytest.mark.pure


def refused(verb, values, **attrs):
    """The messages by field, for a bucket with these attributes."""
    action = registry.action(f"s3.bucket.{verb}")
    item = checks.example_item(action.resource)
    item = replace(item, attrs={**item.attrs, **attrs})
    form = forms.bind(action.form, values, scope=checks.ExampleScope(), items=[item])
    return {key: " ".join(found) for key, found in json_errors(form).items()}


@pytest.mark.parametrize(
    ("rules", "field", "words"),
    [
        ([{"origins": "https://*.*.com", "methods": ["GET"]}], "rules[0].origins", "“https://*.*.com” has 2"),
        ([{"origins": "*", "methods": []}], "rules[0].methods", "Choose one"),
        ([{"origins": "*", "methods": ["PATCH"]}], "rules[0].methods", "PATCH"),
        ([{"origins": "*", "methods": ["GET"], "exposes": "*"}], "rules[0].exposes", "Name each"),
        ([{"origins": "*", "methods": ["GET"], "max_age": -1}], "rules[0].max_age", "0"),
        ([{"origins": "*", "methods": ["GET"], "id": "a"}] * 2, "rules", "a stands twice"),
        ([{"origins": "*", "methods": ["GET"]}] * 101, "rules", "At most 100 rows, not 101"),
    ],
)
def test_a_wrong_cross_origin_rule_is_said_beside_its_field(rules, field, words):
    assert words in refused("edit-cors", {"rules": rules})[field]


def test_cross_origin_rules_that_the_form_can_not_hold_are_not_edited():
    future = [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "AllowedNetworks": ["home"]}]
    assert "AllowedNetworks" in refused("edit-cors", {"rules": []}, Cors=future)["__all__"]


def test_uploads_are_allowed_for_an_origin_while_there_is_room():
    assert "scheme" in refused("allow-uploads", {"origin": "javascript:alert(1)"})["origin"]
    full = [{"AllowedOrigins": [f"https://{n}.example.com"], "AllowedMethods": ["GET"]} for n in range(100)]
    assert "100 rules already" in refused("allow-uploads", {"origin": "https://a.example.com"}, Cors=full)["origin"]
    full[3]["ID"] = cors.ID
    assert refused("allow-uploads", {"origin": "https://a.example.com"}, Cors=full) == {}
