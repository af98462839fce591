"""The flows: a drop to a person or a machine, and the call back."""

from __future__ import annotations

from dataclasses import replace

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

#: What a callee may key as their own number: French national form, or an international one.
KEYED_NUMBER = r"0[1-79]\d{8}|00[1-9]\d{6,13}"

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
    return Flow("drop", nodes | _patience("press_9", menu), entry="listening")


def drop_at_once() -> Flow:
    """Return the outbound flow where who answered is told later, if at all: speak at once.

    What is said first is said as to a person. It is never hung up on before the verdict: when
    nothing comes after the reminders, ``waiting`` is returned to until it is there, or late.
    """
    nodes = dict(drop().nodes)
    wait: dict[str | Heard, str] = {Heard.PERSON: "goodbye", Heard.UNSURE: "goodbye"}
    menu = {key: state for key, state in nodes["again_2"].options.items() if key is not Heard.OTHER}
    nodes["waiting"] = Node(
        (), {**menu, **wait, Heard.FAX: "fax"}, otherwise="waiting", timeout_s=WAITING_S
    )
    for name in ("again_2", "wrong_2"):
        options = {**nodes[name].options, Heard.OTHER: "waiting"}
        nodes[name] = replace(nodes[name], options=options, otherwise="waiting")
    return Flow("drop_at_once", nodes, entry="to_somebody")


def call_back() -> Flow:
    """Return the inbound flow for a caller whose number is shown.

    9 takes effect at the key; the confirmation is spoken, never asked.
    """
    nodes = {
        "welcome": Node(
            ("call_back_welcome",),
            {"9": "opted_out", Heard.OTHER: "wrong_1"},
            otherwise="again_1",
            timeout_s=KEY_TIMEOUT_S,
        ),
        "opted_out": _opted_out(),
        "goodbye": Node(("call_back_goodbye",), {"9": "opted_out"}, timeout_s=LINGER_S),
    }
    return Flow(
        "call_back", nodes | _patience("call_back_press_9", {"9": "opted_out"}), entry="welcome"
    )


def call_back_withheld() -> Flow:
    """Return the inbound flow for a withheld number: key it, hear it read back, confirm.

    1 confirms; so does 9, which is what every announcement says opts out.
    """
    nodes = {
        "welcome": _keying(("call_back_identity", "key_number"), otherwise="retry_1"),
        "retry_1": _keying(("not_a_number", "key_number"), otherwise="retry_2"),
        "retry_2": _keying(("not_a_number", "key_number"), otherwise="goodbye"),
        "confirm": _confirming(("read_back", "digits/{}", "confirm_number"), "confirm_1/"),
        "confirm_1": _confirming(("wrong_key", "digits/{}", "confirm_number"), "confirm_2/"),
        "confirm_2": _confirming(("wrong_key", "digits/{}", "confirm_number"), "goodbye"),
        "opted_out": _opted_out(),
        "goodbye": Node(("call_back_goodbye",), timeout_s=LINGER_S),
    }
    return Flow("call_back_withheld", nodes, entry="welcome")


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


def _patience(reminder: str, menu: dict[str | Heard, str]) -> dict[str, Node]:
    """Return the nodes that meet silence and wrong keys twice, kindly, then say goodbye."""

    def node(prompts: tuple[str, ...], turn: int) -> Node:
        silent, wrong = ("again_2", "wrong_2") if turn == 1 else ("goodbye", "goodbye")
        return Node(prompts, {**menu, Heard.OTHER: wrong}, silent, KEY_TIMEOUT_S)

    return {
        f"{kind}_{turn}": node(prompts, turn)
        for kind, prompts in {"again": (reminder,), "wrong": ("wrong_key", reminder)}.items()
        for turn in (1, 2)
    }


def _keying(prompts: tuple[str, ...], *, otherwise: str) -> Node:
    return Node(
        prompts, {}, otherwise, KEY_TIMEOUT_S + 2, collects=KEYED_NUMBER, collected="confirm"
    )


def _confirming(prompts: tuple[str, ...], otherwise: str) -> Node:
    options: dict[str | Heard, str] = {"1": "opted_out/", "9": "opted_out/", "2": "welcome"}
    return Node(prompts, options, otherwise, KEY_TIMEOUT_S)


def _opted_out() -> Node:
    return Node(
        ("opted_out",), timeout_s=LINGER_S, effect=Effect.OPT_OUT, reached=Outcome.OPTED_OUT
    )
