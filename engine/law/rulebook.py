"""The rulebook: every dated parameter, and those in force on one day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Self

from engine.law.finding import Finding, Standing
from engine.law.parameter import (
    NotInForce,
    Parameter,
    RulebookError,
    Value,
    Version,
    parse_parameter,
)
from engine.law.values import texts


class RulesInForce:
    """The versions in force on one day; asking for any other raises NotInForce."""

    def __init__(self, day: date, parameters: Mapping[str, Parameter]) -> None:
        self.day = day
        self._parameters = parameters
        self._versions: dict[str, Version] = {}
        self._texts: dict[str, tuple[str, ...]] = {}
        for name, parameter in parameters.items():
            try:
                self._versions[name] = parameter.on(day)
            except NotInForce:
                continue

    def __iter__(self) -> Iterator[tuple[Parameter, Version]]:
        """Go through what is in force, by rule."""
        pairs = [(self._parameters[name], version) for name, version in self._versions.items()]
        return iter(sorted(pairs, key=lambda pair: pair[0].rule))

    def version(self, name: str) -> Version:
        """Return the version in force of the parameter *name*."""
        try:
            return self._versions[name]
        except KeyError:
            return self._parameters[name].on(self.day)

    def value(self, name: str) -> Value:
        """Return what the parameter *name* is worth."""
        return self.version(name).value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return what the parameter *name* is worth, a list of texts."""
        found = self._texts.get(name)
        if found is None:
            found = self._texts[name] = texts(self.value(name))
        return found

    def standing(self, finding: Finding, kind: str, callee: str) -> Standing:
        """Tell whether a finding is the law's or policy for this message to this callee."""
        for name, version in self._versions.items():
            if self._parameters[name].rule == finding.rule:
                return version.standing_for(kind, callee)
        return finding.law_or_policy

    def holds(self, name: str) -> bool:
        """Whether any version of *name* is in force: a rule may begin later, or be repealed."""
        return name in self._versions

    def finding(
        self, name: str, reason: str, *, until: datetime | None = None, **facts: str
    ) -> Finding:
        """Return a finding under the parameter *name*, citing the version in force."""
        version = self.version(name)
        return Finding(
            rule=self._parameters[name].rule,
            article=version.reference,
            law_or_policy=version.standing,
            reason=reason,
            facts=facts,
            until=until,
        )


class Law:
    """Every dated parameter of one country's rules."""

    def __init__(self, parameters: Iterable[Parameter]) -> None:
        self.parameters = {parameter.name: parameter for parameter in parameters}
        if not self.parameters:
            raise RulebookError("A rulebook without a parameter would refuse nothing")
        self._days: dict[date, RulesInForce] = {}

    @classmethod
    def load(cls, country: str = "fr") -> Self:
        """Read ``config/law/<country>/*.toml``; raises RulebookError."""
        return cls(_read(country))

    def at(self, day: date) -> RulesInForce:
        """Return the rules in force on *day* (of an instant, its own calendar day)."""
        if isinstance(day, datetime):
            raise TypeError("An instant has a day only in a time zone: pass the callee's date")
        rules = self._days.get(day)
        if rules is None:
            rules = self._days[day] = RulesInForce(day, self.parameters)
        return rules

    def earliest(self) -> date:
        """Return the first day that any version covers."""
        return min(parameter.versions[0].since for parameter in self.parameters.values())


@cache
def _read(country: str) -> tuple[Parameter, ...]:
    folder = files("config") / "law" / country
    paths = sorted((path for path in folder.iterdir() if path.name.endswith(".toml")), key=str)
    return tuple(
        parse_parameter(path.name.removesuffix(".toml"), path.read_text(encoding="utf-8"))
        for path in paths
    )
