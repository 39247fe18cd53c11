"""The document is valid, says everything that is there, and is the same for everybody."""

from django.utils.html import escape
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.api.world import Api


def test_it_is_valid_openapi_3_1(stranger: Api) -> None:
    document = stranger.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    errors = [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()]
    assert errors == []


def test_every_action_of_the_registry_is_in_it(stranger: Api) -> None:
    from apps.catalog import registry

    document = stranger.get("/openapi.json").json()
    for resource in registry.resources():
        base = f"/{resource.service}/{resource.slug}/"
        assert "get" in document["paths"][base]
        assert "get" in document["paths"][f"{base}{{id}}/"]
        assert ("post" in document["paths"][base]) is bool(resource.wizards)
        for verb in resource.actions:
            assert "post" in document["paths"][f"{base}{{id}}/{verb}/"]
            assert "post" in document["paths"][f"{base}actions/{verb}/"]


def test_operation_ids_are_unique(stranger: Api) -> None:
    document = stranger.get("/openapi.json").json()
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))


def test_the_examples_pass_their_own_schemas(stranger: Api) -> None:
    from jsonschema import Draft202012Validator

    document = stranger.get("/openapi.json").json()
    with_example = 0
    for name, schema in document["components"]["schemas"].items():
        for example in schema.get("examples", ()):
            if "Form" not in name or (len(example) <= 2 and "required" in schema):
                continue
            with_example += 1
            errors = [error.message for error in Draft202012Validator(schema).iter_errors(example)]
            assert errors == [], name
    assert with_example > 5


def test_the_address_named_in_every_problem_type_exists(stranger: Api) -> None:
    from apps.api.problems import TYPES

    for found in TYPES.values():
        answer = stranger.client.get(found.uri)
        assert answer.status_code == 200
        assert answer.json()["type"] == found.uri
        page = stranger.client.get(found.uri, headers={"Accept": "text/html"})
        assert page["Content-Type"].startswith("text/html")
        assert escape(str(found.title)) in page.content.decode()


def test_caches_may_keep_it_and_ask_whether_it_changed(stranger: Api) -> None:
    first = stranger.get("/openapi.json")
    again = stranger.get("/openapi.json", **{"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert "public" in first["Cache-Control"]


def test_it_holds_nothing_of_a_tenant(world, owner: Api, stranger: Api) -> None:
    text = owner.get("/openapi.json").content
    assert text == stranger.get("/openapi.json").content
    assert str(world.production.id).encode() not in text
    assert world.people.tenant.name.encode() not in text


def test_no_form_has_a_field_that_the_door_itself_reads() -> None:
    from apps.catalog import registry

    for resource in registry.resources():
        for wizard in resource.wizards.values():
            assert not {"account", "region"} & set(wizard.form.base_fields), wizard.permission
        for action in resource.actions.values():
            assert "ids" not in action.form.base_fields, action.permission
