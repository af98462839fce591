"""Which flow a call goes through: ours, with what an operator's scenario and reception add.

Both the live and the remote conversation take their flows from here, so that a callee meets the
same one whatever the carrier.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from engine.clearance import Sender
from engine.interfaces.scenarios import ScenarioVersion
from engine.outcome import Outcome
from engine.reception import PARIS, parse_hours
from engine.scenario import Action, CallMeBack, GoTo, Prompt, Scenario, Transfer
from ivr import flows
from ivr.flow import Flow, Heard, Node

#: Seconds that a callee may spend with a scenario's prompts.
LISTENS_S = 600

#: Prompts of a scenario are named ``scenario/<name>``; `recordings` has their bytes.
PROMPT = "scenario/"


def drop_flow(
    version: ScenarioVersion | None, sender: Sender, *, at: datetime, base: Flow | None = None
) -> Flow:
    """Return the flow of a drop: *base* (by default `flows.drop`), and its campaign's scenario.

    The nodes are the same at every instant, so that a state outlasts a closing hour.
    """
    base = base or flows.drop()
    if version is None:
        return base
    hours = version.scenario.hours or sender.reception_hours
    return with_scenario(base, version.scenario, is_open=_is_open(hours, at))


def with_scenario(flow: Flow, scenario: Scenario, *, is_open: bool = True) -> Flow:
    """Return *flow* with the scenario's keys on every node that offers 1 and 9.

    No key of the flow is changed: 9 opts out from every node, those of the scenario included.
    Added nodes: ``prompt.<name>`` (and its ``.again_1`` … ``.wrong_2``), ``call_me_back``,
    ``transfer.<n>`` (says so, or that nobody is there when not *is_open*), ``connect.<n>`` (the
    transfer itself), ``not_connected.<n>``.
    """
    added = _Added(scenario, is_open=is_open)
    menu = added.options(scenario.keys)
    nodes = {name: _offering(node, menu) for name, node in flow.nodes.items()}
    return Flow(flow.name, {**added.nodes(), **nodes}, flow.entry)


def _offering(node: Node, menu: Mapping[str | Heard, str]) -> Node:
    """Return *node* with the keys of *menu* where it is one that offers 1 and 9."""
    if not {"1", "9"} <= node.options.keys():
        return node
    return replace(node, options={**menu, **node.options})


class _Added:
    """The nodes that a scenario adds."""

    def __init__(self, scenario: Scenario, *, is_open: bool) -> None:
        self._scenario = scenario
        self._closed = None if is_open else "nobody_there"
        actions = [*scenario.keys.values()]
        for prompt in scenario.prompts.values():
            actions += prompt.keys.values()
        numbers = [action.number.e164 for action in actions if isinstance(action, Transfer)]
        self._targets = list(dict.fromkeys(numbers))

    def options(self, keys: Mapping[str, Action]) -> dict[str | Heard, str]:
        """Return the states that *keys* lead to."""
        return {key: self._state(action) for key, action in keys.items()}

    def _state(self, action: Action) -> str:
        match action:
            case GoTo(prompt):
                return f"prompt.{prompt}"
            case CallMeBack():
                return "call_me_back"
            case Transfer(number):  # never by its number: a state stands in addresses and logs
                return f"transfer.{self._targets.index(number.e164) + 1}"

    def nodes(self) -> dict[str, Node]:
        """Return every node, by name."""
        nodes = {"call_me_back": flows.calling_back()}
        for prompt in self._scenario.prompts.values():
            nodes |= self._saying(prompt)
        for place, target in enumerate(self._targets, start=1):
            nodes |= flows.connecting(target, mark=f".{place}", closed=self._closed)
        return nodes

    def _saying(self, prompt: Prompt) -> dict[str, Node]:
        """Return a prompt's node, and those that are patient with silence and wrong keys."""
        name = f"prompt.{prompt.name}"
        menu: dict[str | Heard, str] = {**self.options(prompt.keys), "1": name, "9": "opted_out"}
        patience = flows.patience(("press_9",), menu, prefix=f"{name}.")
        options = {**menu, Heard.OTHER: f"{name}.wrong_1"}
        said = Node(
            (f"{PROMPT}{prompt.name}",),
            options,
            f"{name}.again_1",
            flows.KEY_TIMEOUT_S,
            played=Outcome.HEARD,
        )
        return {name: said, **patience}


def talk_s(version: ScenarioVersion | None) -> float:
    """Return how much longer a call may last than one that only hears the announcement.

    Whoever pressed a key is a person who chose to listen, or to talk: no network cuts them short.
    """
    if version is None:
        return 0.0
    menus = [version.scenario.keys, *(prompt.keys for prompt in version.scenario.prompts.values())]
    connects = any(isinstance(action, Transfer) for menu in menus for action in menu.values())
    talking_s = flows.TRANSFER_RINGS_S + flows.TRANSFER_LASTS_S if connects else 0
    return float(LISTENS_S + talking_s)


def call_back_flow(sender: Sender, *, at: datetime, withheld: bool) -> Flow:
    """Return the flow of an inbound call to one of *sender*'s numbers (CID-13).

    It names the sender; 9 opts out; 2 connects with the sender's people while they are there, and
    it says from when they will be otherwise. A withheld number is connected too.
    """
    desk = _desk(sender, at)
    return flows.call_back_withheld(desk) if withheld else flows.call_back(desk)


def _desk(sender: Sender, at: datetime) -> flows.Desk | None:
    """Return where 2 leads; `None` when the sender set no number, or opens in a far week."""
    if sender.reception is None:
        return None
    if _is_open(sender.reception_hours, at):
        return flows.Desk(sender.reception)
    opens = parse_hours(sender.reception_hours or "").opens_at(at)
    if opens is None or opens - at > timedelta(days=6):
        return None
    local, today = opens.astimezone(PARIS), at.astimezone(PARIS).date()
    day = 0 if local.date() == today else local.isoweekday()
    return flows.Desk(sender.reception, f"opening/{day}-{local:%H%M}")


def recordings(version: ScenarioVersion | None) -> Mapping[str, bytes]:
    """Return the A-law bytes of a scenario's prompts, by their names in the flow."""
    prompts = version.prompts.items() if version else ()
    return {f"{PROMPT}{name}": recording.alaw for name, recording in prompts}


def heard_prompt(version: ScenarioVersion | None, node: str) -> dict[str, str] | None:
    """Return what the journal says of a scenario's prompt that *node* played: name and hash."""
    name = node.removeprefix("prompt.")
    if version is None or name == node or name not in version.prompts:
        return None
    return {"prompt": name, "sha256": version.prompts[name].sha256}


def _is_open(hours: str | None, at: datetime) -> bool:
    """Tell whether somebody answers; without hours, somebody always does."""
    return hours is None or parse_hours(hours).is_open(at)
