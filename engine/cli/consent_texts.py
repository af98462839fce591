"""``licite consent-text``: the texts by which callees consent, registered word for word."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

import click

from engine.basis import ConsentText
from engine.cli.adding import adding
from engine.cli.errors import BadInputError
from engine.cli.inputs import identifier, instant, known_sender, text_of
from engine.cli.output import Answer, answering, listing
from engine.cli.shell import Shell

MENTIONS = ("identity_and_goods", "choice", "period", "withdrawal", "proof_access")
"What a request for consent must say (C. consom. art. R. 223-1, I)."


@click.group("consent-text")
def consent_text() -> None:
    """Consent texts: what callees agreed to, word for word."""


@consent_text.command()
@click.argument("text_id", metavar="ID", type=identifier)
@click.option("--sender", "sender_id", required=True, type=identifier, help="Whom it names.")
@click.option("--file", "source", required=True, type=click.Path(path_type=Path))
@click.option(
    "--mention", "mentions", multiple=True, type=click.Choice(MENTIONS),
    help="A mention that the text makes; repeat it. All five are needed for a callee to be called.",
)  # fmt: skip
@click.option("--from", "valid_from", required=True, type=instant, help="First shown.")
@click.option("--to", "valid_to", type=instant, help="No longer shown.")
@click.option("--period-days", type=click.IntRange(1, 365), help="By the text's own words.")
@answering
def add(
    shell: Shell,
    text_id: str,
    sender_id: str,
    source: Path,
    mentions: tuple[str, ...],
    valid_from: datetime,
    valid_to: datetime | None,
    period_days: int | None,
) -> Answer:
    """Register a text; it never changes, a new wording is a new ID."""
    text = text_of(shell, "--file", source).strip()
    if not text:
        raise BadInputError("--file", shell.say("common.empty"), shell.say("common.readable"))
    if ("period" in mentions) != (period_days is not None):
        raise BadInputError(
            "--period-days",
            shell.say("consent_text.period"),
            shell.say("consent_text.period_remedy"),
        )
    new = ConsentText(
        id=text_id,
        sender=sender_id,
        text=text,
        mentions=frozenset(mentions),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        valid_from=valid_from,
        valid_to=valid_to,
        period_days=period_days,
    )
    with adding(shell, "ID", text_id) as unit:
        known_sender(shell, unit, sender_id)
        unit.setup.add_consent_text(new)
    lacking = [name for name in MENTIONS if name not in new.mentions]
    shown = [shell.say("consent_text.added", id=text_id, sha256=new.sha256)]
    if lacking:
        shown.append(shell.say("consent_text.lacking", mentions=", ".join(lacking)))
    return Answer({**_plain(new), "lacking": lacking}, shown)


@consent_text.command("list")
@answering
def list_texts(shell: Shell) -> Answer:
    """List the registered texts."""
    with shell.engine.store.read() as unit:
        rows = [_plain(text) for text in unit.setup.consent_texts().values()]
    columns = ["id", "sender", "mentions", "valid_from", "valid_to", "period_days", "sha256"]
    return listing(shell, "consent_texts", rows, columns)


@consent_text.command()
@click.argument("text_id", metavar="ID")
@answering
def show(shell: Shell, text_id: str) -> Answer:
    """Show one text, word for word."""
    with shell.engine.store.read() as unit:
        found = unit.setup.consent_text(text_id)
    if found is None:
        raise BadInputError(
            "ID", shell.say("consent_text.unknown", id=text_id), "licite consent-text list"
        )
    document = {**_plain(found), "text": found.text, "intact": found.is_intact}
    return Answer(document, [found.text, f"SHA-256 {found.sha256}"], refused=not found.is_intact)


def _plain(text: ConsentText) -> dict[str, object]:
    return {
        "id": text.id,
        "sender": text.sender,
        "mentions": sorted(text.mentions, key=MENTIONS.index),
        "valid_from": text.valid_from,
        "valid_to": text.valid_to,
        "period_days": text.period_days,
        "sha256": text.sha256,
    }
