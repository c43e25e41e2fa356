"""The API's own description."""

from typing import Any

import yaml
from django.core.management import call_command
from django.test import Client

from tests.api.conftest import Caller


def test_the_schema_is_complete_and_sound(tmp_path: Any) -> None:
    path = tmp_path / "schema.yaml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(path))
    schema = yaml.safe_load(path.read_text())
    assert "/api/blueprints/{blueprint_id}/publish/" in schema["paths"]
    assert "token" in schema["components"]["securitySchemes"]


def test_answers_have_the_members_that_the_schema_says(call: Caller, client: Client) -> None:
    schemas = yaml.safe_load(client.get("/api/schema/").content)["components"]["schemas"]
    made = call.make()
    run = call("POST", f"blueprints/{made['id']}/runs/", {"draft": True})[1]
    node_type = call("GET", "node-types/")[1][0]
    for name, value in (("BlueprintShape", made), ("RunDetail", run), ("NodeTypeShape", node_type)):
        assert set(schemas[name]["properties"]) == set(value)
