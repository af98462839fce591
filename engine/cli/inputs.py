"""What operators type, read into values: numbers, instants, names, files."""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from engine.clearance import Sender
from engine.cli.errors import BadInputError
from engine.cli.shell import Shell
from engine.interfaces.store import UnitOfWork
from engine.numbers import NumberRefused, PhoneNumber, parse

PARIS = ZoneInfo("Europe/Paris")
MAX_TEXT_BYTES = 1_000_000


def instant(text: str) -> datetime:
    """Return an instant in ISO 8601 with its offset; a date alone is its midnight in Paris."""
    try:
        if len(text) == len("2026-08-11"):
            return datetime.combine(date.fromisoformat(text), time(), PARIS).astimezone(UTC)
        at = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no instant; write 2026-08-11T09:30:00+02:00, or a date"
        ) from None
    if at.tzinfo is None:
        raise click.BadParameter(f"{text!r} has no offset; write {text}+01:00, or {text}Z for UTC")
    return at.astimezone(UTC)


def identifier(text: str) -> str:
    """Return a name that can stand in a file and an address: ``lumiere-du-midi``."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", text):
        raise click.BadParameter(f"{text!r} is no name; use up to 64 of a-z, 0-9, '.', '_' and '-'")
    return text


def host(text: str) -> str:
    """Return the name or address of a machine."""
    if not re.fullmatch(r"[0-9A-Za-z]([0-9A-Za-z.:-]{0,252}[0-9A-Za-z])?", text):
        raise click.BadParameter(f"{text!r} is no machine; write its name or its address")
    return text


def ip_address(text: str) -> str:
    """Return an IP address as packets show it."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise click.BadParameter(f"{text!r} is no IP address; write one, not a name") from None


def words(text: str) -> str:
    """Return a text that says something, without the spaces around it."""
    if not text.strip():
        raise click.BadParameter("it is empty; write something")
    return text.strip()


def siren(text: str) -> str:
    """Return the nine digits of a SIREN, the last of which checks the others (Luhn)."""
    digits = re.sub(r"\s", "", text)
    if not re.fullmatch(r"[0-9]{9}", digits):
        raise click.BadParameter("a SIREN has nine digits")
    if sum(sum(divmod(int(digit) * (1 + i % 2), 10)) for i, digit in enumerate(digits)) % 10:
        raise click.BadParameter("its check digit is wrong: copy the SIREN again")
    return digits


def telephone_number(shell: Shell, field: str, text: str) -> PhoneNumber:
    """Return the number that *text* writes, or complain about *field*."""
    try:
        return parse(text)
    except NumberRefused as error:
        language = shell.say.language
        raise BadInputError(field, error.reason(language), error.remedy(language)) from error


def known_sender(shell: Shell, unit: UnitOfWork, sender_id: str) -> Sender:
    """Return the sender *sender_id*, or say how to add it."""
    sender = unit.setup.sender(sender_id)
    if sender is None:
        raise BadInputError(
            "sender",
            shell.say("sender.unknown", id=sender_id),
            shell.say("sender.unknown_remedy", id=sender_id),
        )
    return sender


def text_of(shell: Shell, field: str, path: Path) -> str:
    """Return the UTF-8 text of a small file, or complain about *field*."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_TEXT_BYTES + 1)
    except OSError as error:
        raise BadInputError(
            field, f"{path}: {error.strerror}", shell.say("common.readable")
        ) from error
    if len(content) > MAX_TEXT_BYTES or b"\0" in content:
        raise BadInputError(
            field, shell.say("common.not_text", path=path), shell.say("common.utf8")
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInputError(
            field,
            shell.say("common.not_utf8", path=path, offset=error.start),
            shell.say("common.utf8"),
        ) from error
