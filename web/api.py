"""The API for operators' programs: launch a drop request, ask how it stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from apiflask import APIBlueprint
from flask import Response

from engine import operations
from engine.campaign import (
    CalleeRow,
    Campaign,
    FieldProblem,
    RowProblem,
    parse_campaign,
    read_rows,
)
from engine.carriers.handing_over import HandedOver, handed_over
from engine.cost import PriceRefused
from engine.journal import Json
from engine.operations import Unlaunched
from engine.operations.prospect import Prospect
from web.auth import current_key, require_api_key
from web.idempotency import Attempt, Body, once
from web.problems import FieldError, ProblemError
from web.requests import require_json
from web.schemas import MAX_CALLEES, CampaignRequest, CampaignState, Launched
from web.wired import engine, language

blueprint = APIBlueprint("api", __name__, url_prefix="/api/v1", tag="Campaigns")
blueprint.before_request(require_api_key)
blueprint.before_request(require_json)

_ERRORS = {
    400: "The body is not strict JSON, or a header is missing",
    401: "No API key, or one that is unknown or revoked",
    403: "The key belongs to another sender",
    409: "The same request is being worked on",
    413: "Too many callees, or too many bytes",
    415: "The body is not declared as JSON",
    422: "Fields are wrong, or the Idempotency-Key came with another request",
}

_NO_CREDIT = {
    "fr": ("Le compte de la route {route} n'a plus de crédit.", "Créditez-le, ou retirez-la."),
    "en": ("The account of route {route} has no credit.", "Add some, or leave the route out."),
}


@dataclass(frozen=True, slots=True)
class _Foreseen:
    """What is known of a campaign before it leaves."""

    prospect: Prospect
    handed: Sequence[HandedOver]


@blueprint.post("/campaigns")
@blueprint.input(CampaignRequest, location="json")
@blueprint.output(Launched, status_code=201, description="Launched")
@blueprint.doc(
    summary="Launch a drop request",
    operation_id="launchCampaign",
    responses=_ERRORS,
    security="ApiKey",
)
def launch(json_data: CampaignRequest) -> Response:
    """Launch a drop request; callees that cannot be used are reported, the others go in.

    Going in is not being called: each callee is cleared when the turn comes.
    """
    return once(lambda attempt: _launch(json_data, attempt), status=201)


def _launch(asked: CampaignRequest, attempt: Attempt) -> Body:
    if len(asked.callees) > MAX_CALLEES:
        raise _too_many(len(asked.callees))
    campaign = _campaign(asked)
    prospect = _prospect(campaign)
    rows = prospect.counting(
        campaign,
        read_rows(asked.callees, consent_texts=campaign.consent_texts, language=language()),
    )
    here = engine()
    handed = handed_over(here, campaign)
    foreseen = _Foreseen(prospect, handed)
    if attempt.before and (recovered := _recovered(attempt.before, rows, foreseen)):
        return recovered
    if spent := [each for each in handed if each.is_spent]:
        raise _no_credit(spent[0].route)
    answer = operations.submit(
        here, campaign, rows, at=here.clock(), language=language(), campaign_id=attempt.id
    )
    if isinstance(answer, Unlaunched):
        raise _unlaunched(answer)
    return _launched(answer.id, answer.accepted, answer.problems, foreseen)


def _recovered(
    campaign_id: str, rows: Iterable[CalleeRow | RowProblem], foreseen: _Foreseen
) -> Body | None:
    """Return the answer that a process died before giving; `None` when it had launched nothing.

    What it had not loaded whole never ran: it is cancelled, and launched anew.
    """
    here = engine()
    with here.store.read() as unit:
        record = unit.campaigns.get(campaign_id)
        accepted = unit.campaigns.tally(campaign_id).drops if record else 0
    if record is None:
        return None
    if record.import_beat_at is not None:
        operations.cancel(here, campaign_id, at=here.clock())
        return None
    problems = [row for row in rows if isinstance(row, RowProblem)]
    return _launched(campaign_id, accepted, problems, foreseen)


def _campaign(asked: CampaignRequest) -> Campaign:
    """Return the campaign asked for, in the name of the key's own sender."""
    fields = asked.model_dump(exclude={"callees"}, exclude_none=True)
    sender = current_key().sender_id
    if fields.setdefault("sender", sender) != sender:
        reason = "This key acts for another sender."
        remedy = f"Leave the field out, write {sender!r}, or use that sender's key."
        raise ProblemError(403, reason, errors=[FieldError("/sender", reason, remedy)])
    parsed = parse_campaign(fields, language=language())
    if isinstance(parsed, Campaign):
        return parsed
    raise ProblemError(422, "Some fields are wrong.", errors=map(_field_error, parsed))


def _prospect(campaign: Campaign) -> Prospect:
    """Return what counts who is to be called at which price."""
    try:
        with engine().store.read() as unit:
            return Prospect.of(unit, campaign)
    except PriceRefused as error:
        reason = f"{error.field}: {error.reason(language())}"
        fields = [FieldError("/routes", reason, error.remedy(language()))]
        raise ProblemError(422, "A route's prices cannot be used.", errors=fields) from error


def _no_credit(route: str) -> ProblemError:
    reason, remedy = (words.format(route=route) for words in _NO_CREDIT[language()])
    error = FieldError("/routes", reason, remedy)
    return ProblemError(422, "Nothing was launched.", errors=[error])


def _launched(
    campaign_id: str, accepted: int, problems: Iterable[RowProblem], foreseen: _Foreseen
) -> Body:
    """Answer what was launched; the callees are counted once *problems* are read."""
    refused: list[Json] = [_row_error(problem).as_json() for problem in problems]
    return {
        "id": campaign_id,
        "accepted": accepted,
        "refused": refused,
        "costs": [cost.to_json() for cost in foreseen.prospect.expected()],
        "handed_over": [each.to_json() for each in foreseen.handed],
    }


def _unlaunched(answer: Unlaunched) -> ProblemError:
    errors = [*map(_field_error, answer.problems), *map(_row_error, answer.row_problems)]
    return ProblemError(422, "Nothing was launched.", errors=errors)


def _field_error(problem: FieldProblem) -> FieldError:
    pointer = f"/{problem.field}" if problem.field else ""
    return FieldError(pointer, problem.reason, problem.remedy)


def _row_error(problem: RowProblem) -> FieldError:
    column = problem.column.replace("~", "~0").replace("/", "~1")
    pointer = f"/callees/{problem.line}" + (f"/{column}" if column else "")
    return FieldError(pointer, problem.reason, problem.remedy)


def _too_many(count: int) -> ProblemError:
    reason = f"{count} callees; one request takes {MAX_CALLEES}."
    remedy = "Send several requests, or launch from the command line."
    return ProblemError(413, reason, errors=[FieldError("/callees", reason, remedy)])


@blueprint.get("/campaigns/<campaign_id>")
@blueprint.output(CampaignState)
@blueprint.doc(
    summary="How a drop request stands",
    operation_id="showCampaign",
    responses={401: _ERRORS[401], 404: "No such campaign of this sender"},
    security="ApiKey",
)
def show(campaign_id: str) -> dict[str, Any]:
    """Tell a campaign's state, its drops by state and outcome, and why drops were refused."""
    with engine().store.read() as unit:
        record = unit.campaigns.get(campaign_id)
        if record is None or record.sender_id != current_key().sender_id:
            raise ProblemError(404, "No campaign of this sender has this id.")
        tally = unit.campaigns.tally(campaign_id)
    return {
        "id": record.id,
        "name": record.name,
        "sender": record.sender_id,
        "state": record.state.value,
        "drops": {state.value: count for state, count in tally.states.items()},
        "outcomes": {outcome.value: count for outcome, count in tally.outcomes.items()},
        "refusals": [
            {"rule": rule, "article": article, "count": count}
            for (rule, article), count in tally.refusals.items()
        ],
    }
