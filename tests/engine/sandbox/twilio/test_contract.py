"""Twilio's own document, run against the double by Schemathesis."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import CHECKS

from engine.sandbox.twilio import TwilioDouble
from engine.sandbox.twilio.account import Account
from tests.engine.sandbox.twilio.ours import Ours

pytestmark = pytest.mark.peer

DOCUMENT = Path(__file__).parents[3] / "data/twilio/calls.openapi.json"
ACCOUNT = Account()
CHECKED = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
]


def a_schema() -> Any:
    described = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    schema = schemathesis.openapi.from_dict(described)
    double = TwilioDouble(deliver=Ours())
    double.account.owns_every_number()
    schema.app = double.app
    return schema


schema = a_schema()


@schema.parametrize()  # type: ignore[untyped-decorator]  # the library builds it
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_double_answers_as_twilios_document_says(case: schemathesis.Case[Any]) -> None:
    for name in ("AccountSid", "Sid"):
        if name in case.path_parameters and (name == "AccountSid" or "Calls" not in case.path):
            case.path_parameters[name] = ACCOUNT.sid
    response = case.call(auth=(ACCOUNT.sid, ACCOUNT.auth_token))
    checks: list[Any] = list(CHECKS.get_by_names(CHECKED))
    case.validate_response(response, checks=checks)
