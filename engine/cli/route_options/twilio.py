"""Options of a Twilio account."""

from __future__ import annotations

import re
from pathlib import Path

import click

from engine.cli.route_options.common import (
    API_URL,
    SECRET_FILE,
    CarrierOptions,
    Given,
    need,
    plain,
    secret,
)
from engine.cli.shell import Shell
from engine.interfaces.records import Route
from engine.journal import Json


def account_sid(text: str) -> str:
    """Return the name of a Twilio account."""
    return _sid(text, "AC")


def trunk_sid(text: str) -> str:
    """Return the name of a trunk of another operator."""
    return _sid(text, "BY")


def _sid(text: str, kind: str) -> str:
    if not re.fullmatch(f"{kind}[0-9a-f]{{32}}", text):
        raise click.BadParameter(f"{text!r} is none; write {kind} and its 32 of 0-9 and a-f")
    return text


OPTIONS = (
    click.Option(["--account-sid"], type=account_sid, help="Twilio: the account, AC…."),
    SECRET_FILE,
    API_URL,
    click.Option(
        ["--amd"],
        type=click.Choice(["async", "sync"]),
        help="Twilio: detect machines while we speak (async, by default), or before.",
    ),
    click.Option(
        ["--amd-timeout", "amd_timeout_s"],
        type=click.IntRange(3, 59),
        help="Twilio: seconds that the detection may take, by default 45.",
    ),
    click.Option(
        ["--limit", "limit_s"],
        type=click.IntRange(60, 600),
        help="Twilio: seconds that a call may last, by default 120.",
    ),
    click.Option(
        ["--webhook-secret-file"],
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Twilio: a file that holds the shared key that signs webhooks (HMAC-SHA256).",
    ),
    click.Option(
        ["--fallback-url"],
        help="Twilio: TwiML that hangs up, hosted apart from the web process, as a TwiML Bin is.",
    ),
    click.Option(
        ["--byoc"], type=trunk_sid, help="Twilio: the trunk of the operator that owns the NPV, BY…."
    ),
)


def _settings(shell: Shell, given: Given) -> dict[str, Json]:
    from engine.carriers.settings import SettingRefused
    from engine.carriers.twilio import TwilioSettings  # brings the library: half a second

    need(shell, given, "account_sid", "secret_file")
    settings = {
        **plain(given, "account_sid", "api_url", "amd", "amd_timeout_s", "limit_s", "byoc"),
        **plain(given, "fallback_url"),
        **secret(given),
        **secret(given, "webhook_secret"),
    }
    pace = plain(given, "calls_per_second", "calls_at_once")
    try:
        TwilioSettings.read(Route("new", "twilio", {**pace, **settings}))
    except SettingRefused as error:
        raise shell.unusable(error, f"--{error.field}") from error
    return settings


TWILIO = CarrierOptions(OPTIONS, _settings)
