"""Options of a Voice Partner account."""

from __future__ import annotations

import click

from engine.carriers.settings import SettingRefused
from engine.carriers.voicepartner.settings import MOST_AT_ONCE, VoicePartnerSettings
from engine.cli.route_options.common import (
    API_URL,
    SECRET_FILE,
    CarrierOptions,
    Given,
    need,
    plain,
    secret,
)
from engine.cli.route_options.reach import LANDLINES
from engine.cli.shell import Shell
from engine.interfaces.records import LONGEST_DELAY_MIN, Route
from engine.journal import Json

OPTIONS = (
    SECRET_FILE,
    API_URL,
    click.Option(["--email"], help="Voice Partner: where it writes once a batch is worked off."),
    click.Option(
        ["--sender"],
        help="Voice Partner: the number shown, as validated on its console; the campaigns' own.",
    ),
    click.Option(
        ["--mode"],
        type=click.Choice(["direct", "sms_vocal"]),
        help="Voice Partner: put a file in the mailbox (direct, by default), or call and speak.",
    ),
    click.Option(
        ["--batch-size"],
        type=click.IntRange(1, MOST_AT_ONCE),
        help="Voice Partner: callees of one request, by default 500; a campaign may say less.",
    ),
    click.Option(
        ["--worst-delay", "worst_delay_min"],
        type=click.IntRange(1, LONGEST_DELAY_MIN),
        help="Voice Partner: minutes by which a deposit may be late, by default 60.",
    ),
    LANDLINES,
)


def _settings(shell: Shell, given: Given) -> dict[str, Json]:
    need(shell, given, "secret_file", "email", "sender")
    settings = {
        **plain(
            given,
            "api_url",
            "email",
            "sender",
            "mode",
            "batch_size",
            "worst_delay_min",
            "landlines",
        ),
        **secret(given),
    }
    try:
        VoicePartnerSettings.read(Route("new", "voicepartner", settings))
    except SettingRefused as error:
        raise shell.unusable(error, f"--{error.field}") from error
    return settings


VOICEPARTNER = CarrierOptions(OPTIONS, _settings)
