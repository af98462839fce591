"""``licite scenario``: what keys lead to, checked, spoken and registered; versions never change."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path

import click

from audio.files import write_wav
from audio.g711 import RATE_HZ, decode_alaw
from audio.prompts import speak_prompt
from engine.campaign import FieldProblem
from engine.clearance import rate_of
from engine.cli.adding import adding
from engine.cli.audio import refusing
from engine.cli.errors import BadInputError
from engine.cli.inputs import identifier, text_of
from engine.cli.output import Answer, answering, listing
from engine.cli.problems import field_problems, plain_problem
from engine.cli.shell import Shell
from engine.interfaces.records import Recording
from engine.interfaces.scenarios import ScenarioVersion
from engine.scenario import Action, CallMeBack, GoTo, Scenario, check_prompts, parse_scenario

A_FILE = click.Path(path_type=Path)


@click.group()
def scenario() -> None:
    """Voice scenarios: what the keys of an announcement lead to, besides 1 and 9."""


@scenario.command()
@click.argument("file", type=A_FILE)
@answering
def check(shell: Shell, file: Path) -> Answer:
    """Say what is wrong with a scenario; nothing is registered.

    Exit status 1 when something is.
    """
    read = _read(shell, text_of(shell, "FILE", file))
    if not isinstance(read, Scenario):
        return _refused(shell, read)
    document = {"errors": [], "keys": _keys(read)}
    return Answer(document, [shell.say("scenario.sound"), *_told(read)])


@scenario.command()
@click.argument("name", type=identifier)
@click.argument("file", type=A_FILE)
@answering
def add(shell: Shell, name: str, file: Path) -> Answer:
    """Check a scenario, speak its prompts and register them as a new version of NAME.

    A scenario that is not sound is refused (exit status 1), with every way out.
    """
    source = text_of(shell, "FILE", file)
    read = _read(shell, source)
    if not isinstance(read, Scenario):
        return _refused(shell, read)
    with refusing("FILE", shell):
        prompts = {
            prompt.name: _spoken(prompt.text, read.language) for prompt in read.prompts.values()
        }
    with adding(shell, "NAME", name) as unit:
        version = unit.scenarios.add(
            name, definition=source, prompts=prompts, at=shell.engine.clock()
        )
    said = shell.say("scenario.added", name=name, version=version.version)
    return Answer(_plain(version), [said, *_heard(version)])


@scenario.command("list")
@answering
def list_scenarios(shell: Shell) -> Answer:
    """List the newest version of every scenario."""
    with shell.engine.store.read() as unit:
        rows = [_plain(version) for version in unit.scenarios.all()]
    return listing(shell, "scenarios", rows, ["name", "version", "language", "added_at"])


@scenario.command()
@click.argument("name")
@click.option("--listen", "folder", type=click.Path(file_okay=False, path_type=Path),
              help="Write what callees hear as WAV files into this folder.")  # fmt: skip
@answering
def show(shell: Shell, name: str, folder: Path | None) -> Answer:
    """Show the newest version of NAME: what keys lead to, the words and their hashes."""
    with shell.engine.store.read() as unit:
        version = unit.scenarios.newest(name)
    if version is None:
        reason = shell.say("scenario.unknown", name=name)
        raise BadInputError("NAME", reason, "licite scenario list")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for prompt, recording in version.prompts.items():
            write_wav(folder / f"{name}-{prompt}.wav", decode_alaw(recording.alaw))
    return Answer(_plain(version), [*_told(version.scenario), *_heard(version)])


def _read(shell: Shell, source: str) -> Scenario | list[FieldProblem]:
    """Return the scenario that *source* defines, or all that is wrong with it and what it says."""
    language = shell.say.language
    read = parse_scenario(source, language=language)
    if not isinstance(read, Scenario):
        return read
    rules = shell.engine.law.at(shell.engine.clock().date())
    return check_prompts(read, rate_of=partial(rate_of, rules=rules), language=language) or read


def _refused(shell: Shell, problems: list[FieldProblem]) -> Answer:
    document = {"errors": [plain_problem(problem) for problem in problems]}
    drawn = field_problems(shell, problems)
    return Answer(document, [shell.say("scenario.unsound"), drawn], refused=True)


def _spoken(text: str, language: str) -> Recording:
    alaw = speak_prompt(text, language)
    return Recording(alaw, hashlib.sha256(alaw).hexdigest(), text)


def _keys(read: Scenario) -> dict[str, dict[str, str]]:
    """Return what each key leads to, by the prompt it is offered in; the announcement is empty."""
    offered = {"": read.keys} | {name: prompt.keys for name, prompt in read.prompts.items()}
    return {
        name: {key: _led_to(action) for key, action in keys.items()}
        for name, keys in offered.items()
    }


def _led_to(action: Action) -> str:
    match action:
        case GoTo(prompt):
            return prompt
        case CallMeBack():
            return "call_me_back"
    return f"transfer {action.number.national}"


def _told(read: Scenario) -> list[str]:
    return [
        " ".join(filter(None, [name, key, "->", action]))
        for name, keys in _keys(read).items()
        for key, action in keys.items()
    ]


def _heard(version: ScenarioVersion) -> list[str]:
    return [
        f"{name} ({len(recording.alaw) / RATE_HZ:.1f} s, SHA-256 {recording.sha256}): "
        f"{recording.text}"
        for name, recording in version.prompts.items()
    ]


def _plain(version: ScenarioVersion) -> dict[str, object]:
    return {
        "name": version.name,
        "version": version.version,
        "language": version.scenario.language,
        "hours": version.scenario.hours,
        "added_at": version.added_at,
        "keys": _keys(version.scenario),
        "prompts": {
            name: {
                "sha256": recording.sha256,
                "length_s": round(len(recording.alaw) / RATE_HZ, 2),
                "text": recording.text,
            }
            for name, recording in version.prompts.items()
        },
    }
