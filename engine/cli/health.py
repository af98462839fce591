"""``licite caller-id health``: how the numbers shown fare, against their own days before."""

from __future__ import annotations

import click

from engine import operations
from engine.cli.errors import BadInputError
from engine.cli.inputs import telephone_number
from engine.cli.output import Answer, answering, table
from engine.cli.shell import Shell
from engine.health import Counts, Crossing, Hindered, Level, Share, paused_for


@click.command()
@click.argument("number", required=False)
@answering
def health(shell: Shell, number: str | None) -> Answer:
    """Say how calls that show NUMBER, or any caller id, fare today against the days before.

    Days are UTC days. Exit status 1 when a share has risen by more than chance explains.
    """
    shown = telephone_number(shell, "NUMBER", number).e164 if number else None
    found = operations.caller_id_health(shell.engine, at=shell.engine.clock(), number=shown)
    if shown is not None and not found:
        raise BadInputError(
            "NUMBER", shell.say("caller_id.unknown"), shell.say("caller_id.unknown_remedy")
        )
    names = ("number", "calls", "answered", *(share.value for share in _SHARES), "state")
    drawn = table(
        *(shell.say(f"health.{name}") for name in names), rows=[_row(shell, each) for each in found]
    )
    document = {"caller_ids": [_plain(each) for each in found]}
    alarms = [
        said for each in found for said in (_sentence(shell, each, c) for c in each.crossings)
    ]
    is_bad = any(each.crossings for each in found)
    return Answer(document, [drawn if found else shell.say("common.none"), *alarms], refused=is_bad)


_SHARES = (Share.SHORT, Share.OPTED_OUT, Share.BLOCKED)


def _row(shell: Shell, found: operations.CallerIdHealth) -> list[str]:
    today, before = found.today, found.before
    state = "paused" if any(c.level is Level.PAUSE for c in found.crossings) else "alarm"
    shares = [f"{_percent(today, share)} ({_percent(before, share)})" for share in _SHARES]
    answered = f"{_answered(today)} ({_answered(before)})"
    said = shell.say(f"health.{state if found.crossings else 'healthy'}")
    return [found.number, f"{today.calls} ({before.calls})", answered, *shares, said]


def _answered(counts: Counts) -> str:
    part, whole = counts.of(Share.UNANSWERED)
    return f"{(whole - part) / whole:.1%}" if whole else "—"


def _percent(counts: Counts, share: Share) -> str:
    part, whole = counts.of(share)
    return f"{part / whole:.1%}" if whole else "—"


def _sentence(shell: Shell, found: operations.CallerIdHealth, crossing: Crossing) -> str:
    return shell.say(
        f"health.{crossing.level.value}_{'told' if crossing.level is Level.ALARM else 'wanted'}",
        number=found.number,
        share=shell.say(f"health.share_{crossing.share.value}"),
        value=f"{crossing.value:.1%}",
        before=f"{crossing.before or 0:.1%}",
        threshold=f"{crossing.threshold:.1%}",
    )


def _plain(found: operations.CallerIdHealth) -> dict[str, object]:
    return {
        "number": found.number,
        "today": _counts(found.today),
        "before": _counts(found.before),
        "alarms": [
            {
                "share": crossing.share,
                "level": crossing.level,
                "value": round(crossing.value, 4),
                "before": round(crossing.before or 0, 4),
                "threshold": round(crossing.threshold, 4),
                "calls": crossing.whole,
            }
            for crossing in found.crossings
        ],
    }


def _counts(counts: Counts) -> dict[str, object]:
    return {
        "calls": counts.calls,
        "answered": counts.answered,
        "short": counts.short,
        "blocked": counts.blocked,
        "opted_out": counts.opted_out,
    }


def plain_pause(reason: str | None) -> dict[str, object] | None:
    """Return why a campaign was paused without its operator, for programs."""
    return dict(paused_for(reason).to_json()) if reason else None


def pause_sentence(shell: Shell, reason: str) -> str:
    """Say why a campaign was paused without its operator, and what to do."""
    because = paused_for(reason)
    if isinstance(because, Hindered):
        why = shell.say(f"deposit_audio.why_{because.reason}")
        return shell.say("health.paused_deposit", of=because.of, why=why)
    return shell.say(
        f"health.paused_{because.guarded.value}",
        of=because.of,
        share=shell.say(f"health.share_{because.share.value}"),
        value=f"{because.value:.1%}",
        threshold=f"{because.threshold:.1%}",
        calls=because.calls,
        minutes=because.window_min,
    )
