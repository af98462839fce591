"""``licite campaign charges``: ask carriers what a campaign's calls cost."""

from __future__ import annotations

from datetime import timedelta

import click

from engine.cli.costs import plain_spent, spent_on, spent_table
from engine.cli.errors import BadInputError
from engine.cli.output import Answer, answering
from engine.cli.shell import Shell
from engine.interfaces.costs import Awaited


@click.command()
@click.argument("campaign_id", metavar="ID")
@answering
def charges(shell: Shell, campaign_id: str) -> Answer:
    """Ask the carriers that conducted a campaign's calls what these cost (Twilio).

    Twilio tells so some minutes after a call; until then its cost is computed from the route's
    prices. What was told once is kept.
    """
    with shell.engine.store.read() as unit:
        if unit.campaigns.get(campaign_id) is None:
            reason = shell.say("campaign.unknown", id=campaign_id)
            raise BadInputError("ID", reason, "licite campaign list")
        awaited = unit.costs.awaited(campaign_id)
    told = sum(_charged(shell, each) for each in awaited)
    costs = spent_on(shell, campaign_id)
    document = {"id": campaign_id, "charged": told, "costs": plain_spent(costs)}
    return Answer(document, [shell.say("cost.told", count=told), *spent_table(shell, costs)])


def _charged(shell: Shell, awaited: Awaited) -> int:
    """Write what one route's carrier tells; how many calls it was told of."""
    from engine.carriers.settings import SettingRefused
    from engine.carriers.twilio.charges import charges as told_by_twilio
    from engine.carriers.twilio.client import Refused

    engine = shell.engine
    with engine.store.read() as unit:
        route = unit.setup.route(awaited.route)
    if route is None or route.carrier != "twilio":
        return 0
    shift = timedelta(seconds=engine.settings.law_clock_shift_s or 0.0)
    days = ((awaited.first - shift).date(), (awaited.last - shift).date() + timedelta(days=1))
    count = 0
    try:
        for page in told_by_twilio(route, *days):
            with engine.store.write() as unit:
                count += unit.costs.charge(route.name, page)
    except SettingRefused as error:
        raise shell.unusable(error) from error
    except (Refused, ConnectionError) as error:
        check = f"licite carrier check {route.name}"
        raise BadInputError(route.name, str(error), check) from error
    return count
