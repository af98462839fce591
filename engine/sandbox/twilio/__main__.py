"""The double as a process: ``python -m engine.sandbox.twilio``; the package says the rest."""

from __future__ import annotations

import json
import re
import signal
import threading
from pathlib import Path
from typing import TextIO

import click

from engine.sandbox.lines import Lines, LinesError
from engine.sandbox.twilio import Account, TwilioDouble, served
from engine.sandbox.twilio.calls import Call
from engine.sandbox.twilio.records import as_record


@click.command(name="python -m engine.sandbox.twilio")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind.")
@click.option("--port", type=click.IntRange(0, 65535), default=5092, show_default=True)
@click.option(
    "--account-sid", default=Account().sid, show_default=True, help="AC and 32 hex digits."
)
@click.option("--auth-token-file", type=click.Path(path_type=Path), help="File with the token.")
@click.option("--voice-url", default="", help="Webhook for calls to any of the numbers.")
@click.option("--sms-url", default="", help="Webhook for texts to any of the numbers.")
@click.option("--lines", "lines_file", type=click.Path(path_type=Path), help="TOML file of lines.")
@click.option("--events", type=click.Path(path_type=Path), help="JSON lines, one a call.")
def main(
    *,
    host: str,
    port: int,
    account_sid: str,
    auth_token_file: Path | None,
    voice_url: str,
    sms_url: str,
    lines_file: Path | None,
    events: Path | None,
) -> None:
    """Run a double of Twilio, to rehearse on: every number is the account's own."""
    if not re.fullmatch("AC[0-9a-f]{32}", account_sid):
        raise click.UsageError("--account-sid must be AC and 32 hexadecimal digits")
    try:
        lines = Lines.read(lines_file) if lines_file else Lines()
        account = _account(account_sid, auth_token_file)
    except (OSError, LinesError) as error:
        raise click.UsageError(str(error)) from error
    account.owns_every_number(voice_url=voice_url, sms_url=sms_url)
    double = TwilioDouble(lines, account=account)
    try:
        _serve(double, host, port, events)
    except OSError as error:
        raise click.ClickException(f"cannot bind {host}:{port}: {error.strerror}") from error


def _account(sid: str, auth_token_file: Path | None) -> Account:
    if auth_token_file is None:
        return Account(sid)
    return Account(sid, auth_token_file.read_text("utf-8").strip())


def _serve(double: TwilioDouble, host: str, port: int, events: Path | None) -> None:
    """Serve until told to stop."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with _opened(events) as file:
        double.network.is_over = lambda call: _write(file, call)
        with served(double, host=host, port=port, real_clock=True) as url:
            click.echo(f"twilio double ready on {url}")
            stopped.wait()


def _opened(events: Path | None) -> TextIO:
    path = events or Path("/dev/null")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("a", encoding="utf-8")


def _write(file: TextIO, call: Call) -> None:
    file.write(json.dumps(as_record(call), ensure_ascii=False) + "\n")
    file.flush()


if __name__ == "__main__":
    main()
