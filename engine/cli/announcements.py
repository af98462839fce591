"""``licite announcement``: scripts checked, spoken and registered; versions never change."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import click

from audio.announcement import Announcement, make
from audio.files import write_wav
from audio.g711 import RATE_HZ, decode_alaw
from audio.script import Lack, Script, Variant, check
from engine.callee import MessageKind
from engine.clearance import rate_of
from engine.cli.adding import adding
from engine.cli.audio import refusing
from engine.cli.errors import BadInputError
from engine.cli.inputs import identifier, known_sender, text_of
from engine.cli.output import Answer, answering, listing, table
from engine.cli.shell import Shell
from engine.interfaces.records import AnnouncementVersion, Recording


@click.group()
def announcement() -> None:
    """Announcements: what is said, to a person and to a machine."""


@announcement.command()
@click.argument("name", type=identifier)
@click.option("--script", "source", required=True, type=click.Path(path_type=Path))
@click.option("--sender", "sender_id", required=True, type=identifier)
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in MessageKind]))
@click.option("--opt-out", "opt_out_number", required=True, help="The call-back number said.")
@answering
def add(
    shell: Shell, name: str, source: Path, sender_id: str, kind: str, opt_out_number: str
) -> Answer:
    """Check a script, speak both variants and register them as a new version of NAME.

    A script that lacks an item is refused (exit status 1) with the sentence to add.
    """
    with shell.engine.store.read() as unit:
        sender_name = known_sender(shell, unit, sender_id).registered_name
    rules = shell.engine.law.at(shell.engine.clock().date())
    text = text_of(shell, "--script", source)
    with refusing("--script", shell):
        script = Script.parse(text)
        lacks = {
            variant: check(
                script,
                sender_name=sender_name,
                kind=kind,
                opt_out_number=opt_out_number,
                variant=variant,
                rate_of=partial(rate_of, rules=rules),
            )
            for variant in Variant
        }
        if any(lacks.values()):
            return _lacking(shell, lacks)
        spoken = make(script)
    version = _register(shell, name, text, script.language, spoken)
    said = shell.say("announcement.added", name=name, version=version.version)
    return Answer(_plain(version), [said, *_heard(version)])


def _lacking(shell: Shell, lacks: Mapping[Variant, tuple[Lack, ...]]) -> Answer:
    rows = [
        (variant.value, lack.item, lack.sentence, lack.article)
        for variant, found in lacks.items()
        for lack in found
    ]
    names = ("variant", "item", "sentence", "article")
    drawn = table(*(shell.say(f"column.{name}") for name in names), rows=rows)
    document = {"lacks": [dict(zip(names, row, strict=True)) for row in rows]}
    return Answer(document, [shell.say("announcement.lacking"), drawn], refused=True)


def _register(
    shell: Shell,
    name: str,
    script: str,
    language: str,
    spoken: Mapping[Variant, Announcement],
) -> AnnouncementVersion:
    variants = {
        variant.value: Recording(each.alaw, each.sha256, each.text)
        for variant, each in spoken.items()
    }
    with adding(shell, "NAME", name) as unit:
        return unit.setup.add_announcement(
            name, language=language, script=script, variants=variants, at=shell.engine.clock()
        )


@announcement.command("list")
@answering
def list_announcements(shell: Shell) -> Answer:
    """List every version of every announcement."""
    with shell.engine.store.read() as unit:
        rows = [_plain(version) for version in unit.setup.announcements()]
    return listing(shell, "announcements", rows, ["name", "version", "language", "added_at"])


@announcement.command()
@click.argument("name")
@click.option("--listen", "folder", type=click.Path(file_okay=False, path_type=Path),
              help="Write what callees hear as WAV files into this folder.")  # fmt: skip
@answering
def show(shell: Shell, name: str, folder: Path | None) -> Answer:
    """Show the newest version of NAME: the words and the hashes of both variants."""
    with shell.engine.store.read() as unit:
        version = unit.setup.announcement(name)
    if version is None:
        reason = shell.say("announcement.unknown", name=name)
        raise BadInputError("NAME", reason, "licite announcement list")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for variant, recording in version.variants.items():
            write_wav(folder / f"{name}-{variant}.wav", decode_alaw(recording.alaw))
    return Answer(_plain(version), _heard(version))


def _heard(version: AnnouncementVersion) -> list[str]:
    return [
        f"{variant} ({len(recording.alaw) / RATE_HZ:.1f} s, SHA-256 {recording.sha256}): "
        f"{recording.text}"
        for variant, recording in version.variants.items()
    ]


def _plain(version: AnnouncementVersion) -> dict[str, object]:
    return {
        "name": version.name,
        "version": version.version,
        "language": version.language,
        "added_at": version.added_at,
        "variants": {
            variant: {
                "sha256": recording.sha256,
                "length_s": round(len(recording.alaw) / RATE_HZ, 2),
                "text": recording.text,
            }
            for variant, recording in version.variants.items()
        },
    }
