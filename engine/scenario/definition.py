"""A scenario's definition: its TOML, read into values; every problem at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from engine.campaign import FieldProblem
from engine.campaign.problems import field_problem, shown
from engine.numbers import PhoneNumber
from engine.reception import HoursRefused, parse_hours
from engine.scenario.targets import check_target
from engine.wording import LANGUAGES

#: Keys that a scenario may give a meaning; 1 repeats and 9 opts out, always.
KEYS = ("0", "2", "3", "4", "5", "6", "7", "8")

MOST_PROMPTS = 20
LONGEST_PROMPT = 600
"Characters; about forty seconds of speech."

CALL_ME_BACK = "call_me_back"
_RESERVED = {"1": "scenario_key_repeats", "9": "scenario_key_opts_out"}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
_FIELDS = ("language", "hours", "keys", "prompt")
_PROMPT_FIELDS = ("text", "keys")


@dataclass(frozen=True, slots=True)
class GoTo:
    """The key leads to another prompt."""

    prompt: str


@dataclass(frozen=True, slots=True)
class CallMeBack:
    """The key asks the sender's people to ring."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """The key connects the callee with somebody now."""

    number: PhoneNumber


Action = GoTo | CallMeBack | Transfer
"What a key may lead to. None concludes anything (C. consom. art. L. 221-16)."


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is said, and what its keys lead to."""

    name: str
    text: str
    keys: Mapping[str, Action] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What the keys of an announcement lead to."""

    language: str
    keys: Mapping[str, Action]
    "Those of the announcement itself."
    prompts: Mapping[str, Prompt] = field(default_factory=dict)
    "By name."
    hours: str | None = None
    "When transfers are made (`engine.reception.parse_hours`); `None`: in the sender's hours."


def parse_scenario(source: str, *, language: str = "fr") -> Scenario | list[FieldProblem]:
    """Return the scenario that *source* (TOML) defines, or all that is wrong with it.

    Problems are worded in *language*. What the prompts say is not judged here: `check_prompts`.
    """
    try:
        given = tomllib.loads(source)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return [field_problem("", "campaign_not_toml", language, error=str(error))]
    reading = _Reading(language)
    scenario = reading.scenario(given)
    return reading.problems or scenario


class _Reading:
    """One reading of a definition: values out, problems kept."""

    def __init__(self, language: str) -> None:
        self._language = language
        self.problems: list[FieldProblem] = []

    def scenario(self, given: Mapping[str, object]) -> Scenario:
        """Read the whole; it is worth something only without problems."""
        self._known(given, _FIELDS, "")
        language = given.get("language")
        if language not in LANGUAGES:
            self._note("language", "field_not_among", known=", ".join(LANGUAGES))
        rows = given.get("prompt", {})
        if not isinstance(rows, dict) or len(rows) > MOST_PROMPTS:
            self._note("prompt", "scenario_prompts", most=str(MOST_PROMPTS))
            rows = {}
        keys = self._keys(given.get("keys"), "keys", rows)
        if not keys and "keys" not in {problem.field for problem in self.problems}:
            self._note("keys", "scenario_no_keys")
        prompts = {name: self._prompt(name, row, rows) for name, row in rows.items()}
        self._find_unreachable(keys, prompts)
        return Scenario(str(language), keys, prompts, self._hours(given.get("hours")))

    def _prompt(self, name: str, row: object, names: Collection[str]) -> Prompt:
        where = f"prompt.{name}"
        if not _NAME.fullmatch(name) or name == CALL_ME_BACK:
            self._note(where, "scenario_name", known=CALL_ME_BACK)
        if not isinstance(row, dict):
            self._note(where, "scenario_prompt")
            return Prompt(name, "")
        self._known(row, _PROMPT_FIELDS, f"{where}.")
        text = self._text(row.get("text"), f"{where}.text")
        keys = self._keys(row["keys"], f"{where}.keys", names) if "keys" in row else {}
        return Prompt(name, text, keys)

    def _text(self, value: object, where: str) -> str:
        if not isinstance(value, str) or not re.search(r"\w", value):
            self._note(where, "field_not_text")
            return ""
        text = " ".join(value.split())
        if not text.isprintable():
            self._note(where, "field_not_printable")
        if len(text) > LONGEST_PROMPT:
            self._note(where, "field_too_long", longest=str(LONGEST_PROMPT))
        return text

    def _keys(self, rows: object, where: str, names: Collection[str]) -> dict[str, Action]:
        if rows is None:
            return {}
        if not isinstance(rows, dict):
            self._note(where, "scenario_keys")
            return {}
        keys: dict[str, Action] = {}
        for key, value in rows.items():
            place = f"{where}.{shown(key)}"
            if key in _RESERVED:
                self._note(place, _RESERVED[key])
            elif key not in KEYS:
                self._note(place, "scenario_key", known=", ".join(KEYS))
            elif (action := self._action(value, place, names)) is not None:
                keys[key] = action
        return keys

    def _action(self, value: object, where: str, names: Collection[str]) -> Action | None:
        if value == CALL_ME_BACK:
            return CallMeBack()
        if isinstance(value, str):
            if value not in names:
                self._note(where, "scenario_no_prompt", name=shown(value))
            return GoTo(value)
        if isinstance(value, dict) and value.keys() == {"transfer"}:
            return self._transfer(value["transfer"], f"{where}.transfer")
        self._note(where, "scenario_action", known=CALL_ME_BACK)
        return None

    def _transfer(self, value: object, where: str) -> Transfer | None:
        if not isinstance(value, str):
            self._note(where, "scenario_number")
            return None
        target = check_target(where, value, language=self._language)
        if isinstance(target, FieldProblem):
            self.problems.append(target)
            return None
        return Transfer(target)

    def _hours(self, value: object) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            self._note("hours", "field_not_text")
            return None
        try:
            parse_hours(value)
        except HoursRefused as refused:
            language = self._language
            problem = FieldProblem("hours", refused.reason(language), refused.remedy(language))
            self.problems.append(problem)
        return value

    def _find_unreachable(self, keys: Mapping[str, Action], prompts: Mapping[str, Prompt]) -> None:
        """Note the prompts that no key leads to: what nobody can hear is a slip of the pen."""
        reached: set[str] = set()
        waiting = [keys]
        while waiting:
            for action in waiting.pop().values():
                if isinstance(action, GoTo) and action.prompt not in reached:
                    reached.add(action.prompt)
                    if action.prompt in prompts:
                        waiting.append(prompts[action.prompt].keys)
        for name in prompts:
            if name not in reached:
                self._note(f"prompt.{name}", "scenario_unreachable")

    def _known(self, given: Mapping[str, object], fields: Sequence[str], where: str) -> None:
        for name in given:
            if name not in fields:
                self._note(f"{where}{name}", "scenario_field", known=", ".join(fields))

    def _note(self, field: str, cause: str, **facts: str) -> None:
        self.problems.append(field_problem(field, cause, self._language, **facts))
