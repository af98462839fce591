"""How it is said that a campaign leaves by a provider: no recall, and the credit."""

from __future__ import annotations

from collections.abc import Sequence

from engine.carriers.handing_over import HandedOver
from engine.cli.shell import Shell
from engine.cost import Expected


def handed_over_lines(
    shell: Shell, handed: Sequence[HandedOver], costs: Sequence[Expected] = ()
) -> list[str]:
    """Say that what is handed over cannot be recalled, and whether the credit suffices."""
    lines = []
    for each in handed:
        about = {"route": each.route, "size": each.size, "minutes": each.delay_min}
        lines.append(shell.say("campaign.no_recall", **about))
        if each.credit is None:
            lines.append(shell.say("campaign.credit_untold", route=each.route))
        elif each.is_spent or each.lacks(costs):
            credit = f"{each.credit:g}"
            lines.append(shell.say("campaign.credit_short", route=each.route, credit=credit))
    return lines
