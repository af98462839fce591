"""``licite deposit-audio``: the files that a direct-deposit provider plays, and who heard them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from audio.rendering import pcm_wav
from engine.cli.errors import BadInputError
from engine.cli.output import Answer, answering, listing
from engine.cli.shell import Shell
from engine.interfaces.deposits import AudiosUnknown, DepositAudio
from engine.interfaces.records import Recording, Route
from engine.operations.deposit_audio import (
    SamePerson,
    attest_audio,
    bind_audio,
    file_name,
    spoken_token,
    unready,
)

ROUTE = click.option("--route", "route_name", required=True, help="The provider's route.")
BY = click.option("--by", required=True, help="Who answers for it: a person's name.")


@click.group("deposit-audio")
def deposit_audio() -> None:
    """Files at a direct-deposit provider: rendered, bound by one person, heard by another."""


@deposit_audio.command()
@click.argument("announcement")
@click.option(
    "-o", "--output", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path(),
    help="The folder to write into; by default this one.",
)  # fmt: skip
@answering
def export(shell: Shell, announcement: str, folder: Path) -> Answer:
    """Write what mailboxes are to hear as a WAV file, named by its hash, to be uploaded."""
    recording = _recording(shell, announcement)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file_name(recording.sha256)
    path.write_bytes(pcm_wav(recording.alaw))
    said = shell.say("deposit_audio.exported", path=path)
    return Answer({"file": str(path), "sha256": recording.sha256}, [said, recording.text])


@deposit_audio.command()
@click.argument("announcement")
@ROUTE
@click.option("--token", help="The provider's tokenAudio of the uploaded file.")
@click.option("--spoken", is_flag=True, help="No file: the provider speaks the approved words.")
@BY
@answering
def bind(
    shell: Shell, announcement: str, route_name: str, token: str | None, spoken: bool, by: str
) -> Answer:
    """Bind an uploaded file to ANNOUNCEMENT, and give it its name at the provider's.

    A former binding goes, and what was attested of it.
    """
    route, recording = _route(shell, route_name), _recording(shell, announcement)
    if spoken == (token is not None):
        raise BadInputError("--token", shell.say("deposit_audio.one_of"), "--token … | --spoken")
    by = _person(shell, by)
    if token is not None:
        asyncio.run(_rename(shell, route, token, file_name(recording.sha256)))
    at = shell.engine.clock()
    named = token or spoken_token(recording.text)
    bind_audio(shell.engine, route.name, recording.sha256, token=named, by=by, at=at)
    shell.seal()
    said = shell.say("deposit_audio.bound", route=route.name, name=announcement)
    return Answer(_found(shell, route, recording.sha256), [said, recording.text])


@deposit_audio.command()
@click.argument("announcement")
@ROUTE
@BY
@answering
def attest(shell: Shell, announcement: str, route_name: str, by: str) -> Answer:
    """Attest that you heard the words of ANNOUNCEMENT in the file, where the provider keeps it.

    Refused (exit status 1) to whoever bound the file.
    """
    route, recording = _route(shell, route_name), _recording(shell, announcement)
    at, person = shell.engine.clock(), _person(shell, by)
    try:
        audio = attest_audio(shell.engine, route.name, recording.sha256, by=person, at=at)
    except SamePerson:
        return Answer({"attested": False}, [shell.say("deposit_audio.same_person")], refused=True)
    if audio is None:
        remedy = f"licite deposit-audio bind {announcement} --route {route.name} --token …"
        raise BadInputError("ANNOUNCEMENT", shell.say("deposit_audio.unbound"), remedy)
    shell.seal()
    return Answer(_plain(audio), [shell.say("deposit_audio.attested", by=person), recording.text])


@deposit_audio.command("list")
@answering
def list_audios(shell: Shell) -> Answer:
    """List the bound files: whose words, bound and heard by whom, ready or not."""
    with shell.engine.store.read() as unit:
        rows = [_plain(audio) for audio in unit.deposits.audios()]
    columns = ["route", "sha256", "bound_by", "attested_by", "ready"]
    return listing(shell, "audios", rows, columns)


def _recording(shell: Shell, announcement: str) -> Recording:
    with shell.engine.store.read() as unit:
        version = unit.setup.announcement(announcement)
    if version is None:
        reason = shell.say("announcement.unknown", name=announcement)
        raise BadInputError("ANNOUNCEMENT", reason, "licite announcement list")
    return version.variants["machine"]


def _route(shell: Shell, name: str) -> Route:
    with shell.engine.store.read() as unit:
        route = unit.setup.route(name)
    if route is None:
        raise BadInputError("--route", shell.say("route.unknown", name=name), "licite route list")
    if not route.is_handed_over:
        reason = shell.say("deposit_audio.not_direct", name=name)
        raise BadInputError("--route", reason, "licite route add … --carrier voicepartner")
    return route


def _person(shell: Shell, by: str) -> str:
    name = " ".join(by.split())
    if not name or len(name) > 100 or not name.isprintable():
        raise BadInputError("--by", shell.say("deposit_audio.nobody"), '--by "Ada Lovelace"')
    return name


async def _rename(shell: Shell, route: Route, token: str, name: str) -> None:
    """Give a file that the provider keeps its name there; complain where that fails."""
    from engine.carriers.settings import SettingRefused
    from engine.carriers.voicepartner import VoicePartnerCarrier

    try:
        carrier = VoicePartnerCarrier.open(route)
    except SettingRefused as error:
        raise BadInputError("--route", str(error), "licite carrier check") from error
    try:
        if token not in await carrier.audios():
            reason = shell.say("deposit_audio.no_file")
            raise BadInputError("--token", reason, shell.say("deposit_audio.upload"))
        if not await carrier.rename(token, name):
            reason = shell.say("deposit_audio.not_renamed")
            raise BadInputError("--token", reason, "licite carrier check")
    except AudiosUnknown as error:
        raise BadInputError("--route", str(error), "licite carrier check") from error
    finally:
        await carrier.close()


def _found(shell: Shell, route: Route, sha256: str) -> dict[str, object]:
    with shell.engine.store.read() as unit:
        audio = unit.deposits.audio(route.name, sha256)
    return _plain(audio) if audio else {}


def _plain(audio: DepositAudio) -> dict[str, object]:
    return {
        "route": audio.route,
        "sha256": audio.sha256,
        "file_name": audio.file_name,
        "spoken": audio.is_spoken,
        "bound_by": audio.bound_by,
        "bound_at": audio.bound_at,
        "attested_by": audio.attested_by,
        "attested_at": audio.attested_at,
        "ready": unready(audio) is None,
    }
