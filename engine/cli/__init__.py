"""The command line, ``licite``: every operation an operator or auditor needs.

Exit status: 0 done, 1 refused (reasons printed), 2 bad usage or bad input.
"""

from __future__ import annotations

import click

from config.settings import Settings, SettingsRefused, read_settings
from engine.cli.lazy import LazyGroup
from engine.cli.shell import Shell

__all__ = ["main"]


@click.group(
    cls=LazyGroup,
    commands_at={
        "announcement": "engine.cli.announcements:announcement",
        "api-key": "engine.cli.api_keys:api_key",
        "audio": "engine.cli.audio:audio",
        "caller-id": "engine.cli.caller_ids:caller_id",
        "campaign": "engine.cli.campaigns:campaign",
        "carrier": "engine.cli.carriers:carrier",
        "consent-text": "engine.cli.consent_texts:consent_text",
        "db": "engine.cli.db:db",
        "demo": "engine.cli.rehearsal:demo",
        "deposit-audio": "engine.cli.deposit_audio:deposit_audio",
        "journal": "engine.cli.journal:journal",
        "law": "engine.cli.law:law",
        "opt-out": "engine.cli.opt_outs:opt_out",
        "route": "engine.cli.routes:route",
        "scenario": "engine.cli.scenarios:scenario",
        "sender": "engine.cli.senders:sender",
        "serve": "engine.cli.processes:serve",
        "stop": "engine.cli.campaigns:stop",
        "voice": "engine.cli.processes:voice",
    },
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="licite")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Voice drops that cannot be unlawful.

    Settings come from the environment (LICITE_DATA_DIR, LICITE_DATABASE_URL, LICITE_LANGUAGE...).
    With --json a command prints one JSON document and nothing else.
    """
    if ctx.obj is None:
        ctx.obj = Shell(_settings())
    ctx.call_on_close(ctx.obj.close)


def _settings() -> Settings:
    try:
        return read_settings()
    except SettingsRefused as error:
        (name, reason), *_ = error.problems
        remedy = "put the variable right or unset it; docs/reference/settings.md lists them"
        raise click.BadParameter(f"{reason}: {remedy}", param_hint=name) from error
