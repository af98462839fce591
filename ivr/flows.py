"""The flows: a drop to a person or a machine, and the call back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from audio.script import Variant
from engine.outcome import Outcome
from ivr.flow import Effect, Flow, Heard, Node

#: Seconds that a callee is given to press a key once a prompt is over.
KEY_TIMEOUT_S = 4.0

#: Seconds that the line is kept once the last word was sent, for the far end to hear or record it.
LINGER_S = 0.5

#: Seconds after the answer in which person, machine or tones must have shown themselves.
LISTENING_LIMIT_S = 45.0

#: Seconds between two looks for the verdict while a call waits for it in silence.
WAITING_S = 5.0

#: Seconds that the sender's people are rung for, and the longest that a callee talks with them.
TRANSFER_RINGS_S, TRANSFER_LASTS_S = 25, 3_600

#: What a callee may key as their own number: French national form, or an international one.
KEYED_NUMBER = r"0[1-79]\d{8}|00[1-9]\d{6,13}"

_FAREWELLS = ("goodbye", "goodbye")

TO_PERSON = f"announcement/{Variant.PERSON.value}"
TO_MACHINE = f"announcement/{Variant.MACHINE.value}"

#: The variant of the announcement that a node plays, by the node's name.
VARIANT_OF = {
    "to_person": Variant.PERSON,
    "to_somebody": Variant.PERSON,
    "to_machine": Variant.MACHINE,
    "to_mute_machine": Variant.MACHINE,
    "to_machine_again": Variant.MACHINE,
}


def drop() -> Flow:
    """Return the outbound flow: listen, then speak to a person or leave it in the mailbox.

    Identity and purpose come first, since both variants of an announcement open
    with them (C. consom. art. L. 221-16); 9 opts out at any moment, 1 repeats.
    """
    nodes = {
        "listening": _listening(Outcome.HUNG_UP),
        "greeted": _listening(Outcome.FAILED),
        "to_person": _announcing(Outcome.HEARD),
        "to_somebody": _announcing(Outcome.DEPOSITED_UNCONFIRMED),
        "to_machine": _depositing(Outcome.DEPOSITED, restarts=True),
        "to_mute_machine": _depositing(Outcome.DEPOSITED_UNCONFIRMED, restarts=True),
        "to_machine_again": _depositing(Outcome.DEPOSITED, restarts=False),
        "tones": Node(reached=Outcome.UNREACHABLE),
        "fax": Node(reached=Outcome.FAX),
        "opted_out": _opted_out(),
        "goodbye": Node(("goodbye",), {"9": "opted_out"}, timeout_s=LINGER_S),
    }
    menu: dict[str | Heard, str] = {
        "1": "to_person",
        "9": "opted_out",
        Heard.BEEP: "to_machine_again",
    }
    return Flow("drop", nodes | patience(("press_9",), menu), entry="listening")


def drop_at_once() -> Flow:
    """Return the outbound flow where who answered is told later, if at all: speak at once.

    What is said first is said as to a person. It is never hung up on before the verdict: when
    nothing comes after the reminders, ``waiting`` is returned to until it is there, or late.
    """
    nodes = dict(drop().nodes)
    wait: dict[str | Heard, str] = {Heard.PERSON: "goodbye", Heard.UNSURE: "goodbye"}
    menu = dict(nodes["again_2"].options)
    del menu[Heard.OTHER]
    nodes["waiting"] = Node(
        (), {**menu, **wait, Heard.FAX: "fax"}, otherwise="waiting", timeout_s=WAITING_S
    )
    for name in ("again_2", "wrong_2"):
        options = {**nodes[name].options, Heard.OTHER: "waiting"}
        nodes[name] = replace(nodes[name], options=options, otherwise="waiting")
    return Flow("drop_at_once", nodes, entry="to_somebody")


@dataclass(frozen=True, slots=True)
class Desk:
    """Where whoever calls back may be connected with the sender's people (CID-13)."""

    number: str
    "In E.164."
    opening: str | None = None
    "The prompt that says from when they are there; `None`: they are there now."

    @property
    def offer(self) -> str:
        """The prompt that offers to be connected, or says when it will be."""
        return self.opening or "call_back_press_2"


def call_back(desk: Desk | None = None) -> Flow:
    """Return the inbound flow for a caller whose number is shown.

    9 takes effect at the key; the confirmation is spoken, never asked. 2 connects with *desk*.
    """
    menu: dict[str | Heard, str] = {"9": "opted_out"}
    welcome: tuple[str, ...] = ("call_back_welcome",)
    reminders: tuple[str, ...] = ("call_back_press_9",)
    nodes = {
        "opted_out": _opted_out(),
        "goodbye": Node(("call_back_goodbye",), {"9": "opted_out"}, timeout_s=LINGER_S),
    }
    if desk:
        menu["2"] = "transfer"
        welcome = ("call_back_identity", desk.offer, "call_back_press_9")
        reminders = reminders if desk.opening else (desk.offer, *reminders)
        nodes |= connecting(desk.number, closed=desk.opening)
    nodes["welcome"] = Node(
        welcome, {**menu, Heard.OTHER: "wrong_1"}, otherwise="again_1", timeout_s=KEY_TIMEOUT_S
    )
    return Flow("call_back", nodes | patience(reminders, menu), entry="welcome")


def call_back_withheld(desk: Desk | None = None) -> Flow:
    """Return the inbound flow for a withheld number: key it, hear it read back, confirm.

    1 confirms; so does 9, which is what every announcement says opts out. 2 alone connects with
    *desk*: ringing back does not depend on showing one's number.
    """
    offer = (desk.offer,) if desk else ()
    menu: dict[str | Heard, str] = {"2": "transfer"} if desk else {}
    asking = (*offer, "key_number")
    nodes = {
        "welcome": _keying(("call_back_identity", *asking), menu, otherwise="retry_1"),
        "retry_1": _keying(("not_a_number", *asking), menu, otherwise="retry_2"),
        "retry_2": _keying(("not_a_number", *asking), menu, otherwise="goodbye"),
        "confirm": _confirming(("read_back", "digits/{}", "confirm_number"), "confirm_1/"),
        "confirm_1": _confirming(("wrong_key", "digits/{}", "confirm_number"), "confirm_2/"),
        "confirm_2": _confirming(("wrong_key", "digits/{}", "confirm_number"), "goodbye"),
        "opted_out": _opted_out(),
        "goodbye": Node(("call_back_goodbye",), timeout_s=LINGER_S),
    }
    if desk:  # 9 cannot opt out without a number: it goes back to where one is keyed
        nodes |= connecting(desk.number, closed=desk.opening, nine="welcome", after="welcome")
    return Flow("call_back_withheld", nodes, entry="welcome")


def connecting(
    target: str,
    *,
    mark: str = "",
    closed: str | None = None,
    nine: str = "opted_out",
    after: str = "again_1",
) -> dict[str, Node]:
    """Return the nodes of a transfer to *target* (E.164), each name ended by *mark*.

    ``transfer`` announces it, or says *closed* (a prompt) and goes on to *after*; ``connect`` is
    the transfer itself; ``not_connected`` says that nobody came. *nine* is what 9 leads to.
    """
    keys: dict[str | Heard, str] = {"9": nine}
    ends: dict[str | Heard, str] = {
        Heard.TALKED: "goodbye",
        Heard.NOT_CONNECTED: f"not_connected{mark}",
    }
    announced = Node(("connecting",), keys, f"connect{mark}", reached=Outcome.HEARD)
    return {
        f"transfer{mark}": Node((closed,), keys, after) if closed else announced,
        f"connect{mark}": Node((), {**keys, **ends}, effect=Effect.TRANSFER, target=target),
        f"not_connected{mark}": Node(("not_connected",), keys, after),
    }


def calling_back() -> Node:
    """Return the node where the callee asked to be called back by the sender's people."""
    return Node(
        ("will_call_back",),
        {"9": "opted_out"},
        "goodbye",
        KEY_TIMEOUT_S,
        effect=Effect.CALL_ME_BACK,
        reached=Outcome.HEARD,
    )


def _listening(reached: Outcome) -> Node:
    """Return the node that waits for who is there; a machine that hangs up has failed us."""
    options: dict[str | Heard, str] = {
        "9": "opted_out",
        Heard.PERSON: "to_person",
        Heard.OTHER: "to_person",
        Heard.UNSURE: "to_somebody",
        Heard.NOBODY: "to_somebody",
        Heard.MACHINE: "greeted",
        Heard.BEEP: "to_machine",
        Heard.GREETING_OVER: "to_mute_machine",
        Heard.TONES: "tones",
        Heard.FAX: "fax",
    }
    return Node((), options, None, LISTENING_LIMIT_S, reached=reached)


def _announcing(played: Outcome) -> Node:
    options: dict[str | Heard, str] = {
        "1": "to_person",
        "9": "opted_out",
        Heard.OTHER: "wrong_1",
        Heard.BEEP: "to_machine_again",
        Heard.TONES: "tones",
        Heard.FAX: "fax",
    }
    return Node(
        (TO_PERSON,), options, "again_1", KEY_TIMEOUT_S, reached=Outcome.HUNG_UP, played=played
    )


def _depositing(played: Outcome, *, restarts: bool) -> Node:
    options: dict[str | Heard, str] = {"9": "opted_out"}
    if restarts:
        options[Heard.BEEP] = "to_machine_again"
    return Node((TO_MACHINE,), options, timeout_s=LINGER_S, reached=Outcome.HUNG_UP, played=played)


def patience(
    reminders: tuple[str, ...], menu: Mapping[str | Heard, str], *, prefix: str = ""
) -> dict[str, Node]:
    """Return the nodes that meet silence and wrong keys twice, kindly, then say goodbye.

    ``again_1``, ``again_2``, ``wrong_1`` and ``wrong_2``, each name begun by *prefix*.
    """

    def node(prompts: tuple[str, ...], turn: int) -> Node:
        silent, wrong = (f"{prefix}again_2", f"{prefix}wrong_2") if turn == 1 else _FAREWELLS
        return Node(prompts, {**menu, Heard.OTHER: wrong}, silent, KEY_TIMEOUT_S)

    return {
        f"{prefix}{kind}_{turn}": node(prompts, turn)
        for kind, prompts in {"again": reminders, "wrong": ("wrong_key", *reminders)}.items()
        for turn in (1, 2)
    }


def _keying(
    prompts: tuple[str, ...], options: Mapping[str | Heard, str], *, otherwise: str
) -> Node:
    return Node(
        prompts, options, otherwise, KEY_TIMEOUT_S + 2, collects=KEYED_NUMBER, collected="confirm"
    )


def _confirming(prompts: tuple[str, ...], otherwise: str) -> Node:
    options: dict[str | Heard, str] = {"1": "opted_out/", "9": "opted_out/", "2": "welcome"}
    return Node(prompts, options, otherwise, KEY_TIMEOUT_S)


def _opted_out() -> Node:
    return Node(
        ("opted_out",), timeout_s=LINGER_S, effect=Effect.OPT_OUT, reached=Outcome.OPTED_OUT
    )
