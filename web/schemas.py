"""The bodies of the API, as its OpenAPI document shows them.

The schemas hold the shape; what the values mean is judged where a campaign file is judged too.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

MAX_CALLEES = 10_000
"Callees in one request; a longer list is launched from the command line, or in several requests."

CalleeRow = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "type": "object",
            "description": "One callee: the columns of a callee file, as strings."
            " A row that cannot be used is reported in the answer; the others go in.",
            "required": ["number", "callee_kind", "basis"],
            "properties": {
                "number": {"type": "string", "examples": ["+33 6 12 34 56 78"]},
                "callee_kind": {"enum": ["consumer", "legal_entity"]},
                "territory": {"type": "string", "examples": ["FR", "FR-67", "RE"]},
                "basis": {
                    "enum": [
                        "consent",
                        "contract",
                        "legal_duty",
                        "legitimate_interest",
                        "existing_customer",
                    ]
                },
                "consent_at": {"type": "string", "format": "date-time"},
                "consent_text": {"type": "string"},
                "consent_channel": {"type": "string"},
                "consent_source": {"type": "string"},
            },
        }
    ),
]


class CampaignRequest(BaseModel):
    """A drop request: the fields of a campaign file, with the callees in it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str | None = Field(None, max_length=200)
    sender: str | None = Field(None, description="The sender's id; that of the API key if left out")
    kind: str = Field(
        json_schema_extra={"enum": ["marketing", "informational", "political", "charity", "survey"]}
    )
    sector: str = Field(description="The line of business, as the law's sector bans know it")
    purpose: str = Field(description="Why the callees are called, in a few words")
    caller_id: str = Field(description="The number to show, verified for the sender")
    opt_out_number: str = Field(description="The number said in the announcement, at no surcharge")
    announcement: str = Field(description="The name of a registered announcement")
    routes: list[str] = Field(min_length=1, description="The names of registered routes")
    consent_texts: list[str] = Field(default_factory=list)
    callees: list[CalleeRow] = Field(min_length=1)
    ring_s: float | int | None = None
    attempts: int | None = None
    retry_after: str | None = None
    language: str | None = None
    until: str | None = Field(None, description="No call from this instant on (ISO 8601)")
    territory: str | None = Field(None, description="Where the list was collected; FR if left out")
    job_related: bool | None = Field(None, description="Bears on the callees' profession")
    opt_out_at_start: bool | None = Field(None, description="Opens with the way to object")
    scenario: str | None = Field(None, description="The name of a registered voice scenario")
    batch_size: int | None = Field(
        None, description="Callees handed over at once to a direct-deposit provider, 1 to 500"
    )


class RefusedRow(BaseModel):
    """A callee of the request that did not go in, and why."""

    pointer: str = Field(examples=["/callees/3/number"])
    reason: str
    remedy: str


class Amount(BaseModel):
    """Money: a decimal text, and its currency."""

    amount: str = Field(examples=["12.480000"])
    currency: str = Field(description="ISO 4217", examples=["EUR"])


class ExpectedCost(BaseModel):
    """What one answered call to each callee of a route may cost."""

    route: str
    drops: int
    least: Amount | None = Field(description="As many answer as usual; null: no price is known")
    most: Amount | None = Field(description="Everybody answers")
    unpriced: int = Field(description="Callees whose price nobody knows; they are in no sum")


class HandedOverRoute(BaseModel):
    """A route whose provider leaves the message by itself, in batches."""

    route: str
    batch_size: int
    worst_delay_min: int
    credit: float | None = Field(description="What is left; null: the provider did not tell")
    can_be_recalled: bool = Field(description="false: what was handed over is not recalled")


class Launched(BaseModel):
    """A drop request that was taken."""

    id: str
    accepted: int = Field(description="Callees that went in; each is cleared before it is called")
    refused: list[RefusedRow] = Field(description="Callees that did not go in")
    costs: list[ExpectedCost] = Field(description="What it may cost, by route")
    handed_over: list[HandedOverRoute] = Field(description="Routes that cannot be recalled")


class Refusal(BaseModel):
    """How often one rule refused a drop."""

    rule: str = Field(examples=["GDP-04"])
    article: str = Field(examples=["RGPD art. 21(2)-(3)"])
    count: int


class CampaignState(BaseModel):
    """How a drop request stands."""

    id: str
    name: str
    sender: str
    state: str = Field(
        json_schema_extra={"enum": ["loading", "running", "paused", "cancelled", "done"]}
    )
    drops: dict[str, int] = Field(description="Drops by state")
    outcomes: dict[str, int] = Field(description="Concluded drops by outcome")
    refusals: list[Refusal] = Field(description="Refused drops by rule and article")


class Health(BaseModel):
    """Whether this installation can work."""

    healthy: bool
    store: str = Field(description="``reachable``, or what is wrong")
    schema_: str = Field(alias="schema", description="``current``, or what to run")
    last_head_age_s: float | None = Field(description="Since the journal's last signed head")
