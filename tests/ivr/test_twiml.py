"""TwiML documents, read as Twilio reads them, every attribute held against the builder's own."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from xml.etree import ElementTree

import pytest
from twilio.twiml import voice_response as builder

from ivr import flows
from ivr.flow import Effect, Flow, Heard, Node
from ivr.turns import Part, Step, enter, takes_keys
from ivr.twiml import HANG_UP, document

FLOWS = [flows.drop(), flows.drop_at_once(), flows.call_back(), flows.call_back_withheld()]
CONNECTING = Flow(
    "connecting",
    {
        "reach": Node(
            (), {Heard.TALKED: "end"}, "end", effect=Effect.TRANSFER, target="+33123456789"
        ),
        "end": Node(("goodbye",)),
    },
    entry="reach",
)


@dataclass(frozen=True, slots=True)
class AroundTests:
    caller_id: str = "+33162000001"

    def sound(self, prompt: str) -> str:
        return f"https://calls.example/{prompt}.wav?a=1&b=<2>"

    def onward(self, state: str, part: Part) -> str:
        return f"https://calls.example/next?state={state}&part={part.value}"


def read(flow: Flow, step: Step) -> ElementTree.Element:
    root = ElementTree.fromstring(document(flow, step, AroundTests()))
    assert root.tag == "Response"
    return root


def every_document() -> list[ElementTree.Element]:
    return [
        read(flow, Step(f"{name}/0612345678", goes_on=goes_on))
        for flow in [*FLOWS, CONNECTING]
        for name in flow.nodes
        for goes_on in (False, True)
    ]


def verbs(root: ElementTree.Element) -> list[str]:
    return [element.tag for element in root.iter() if element.tag != "Response"]


def signature_of(element: ElementTree.Element) -> set[str]:
    """Return the attributes that Twilio's builder knows for a verb, in the spelling of TwiML."""
    methods: dict[str, Callable[..., object]] = {
        "Gather": builder.VoiceResponse.gather,
        "Play": builder.VoiceResponse.play,
        "Redirect": builder.VoiceResponse.redirect,
        "Hangup": builder.VoiceResponse.hangup,
        "Dial": builder.VoiceResponse.dial,
        "Number": builder.Dial.number,
    }
    return {
        re.sub(r"_(\w)", lambda letter: letter[1].upper(), name)
        for name in inspect.signature(methods[element.tag]).parameters
    }


def test_no_attribute_is_misspelt() -> None:
    for root in every_document():
        for element in root.iter():
            if element.tag != "Response":
                assert set(element.attrib) <= signature_of(element), element.attrib


def test_nothing_is_ever_said_by_the_network() -> None:
    assert {verb for root in every_document() for verb in verbs(root)} == {
        "Gather",
        "Play",
        "Redirect",
        "Hangup",
        "Dial",
        "Number",
    }


@pytest.mark.parametrize("flow", FLOWS)
def test_every_prompt_can_be_cut_short_where_a_key_leads_on(flow: Flow) -> None:
    for name, node in flow.nodes.items():
        if not takes_keys(node):
            continue
        root = read(flow, Step(f"{name}/0612345678"))
        gather = root.find("Gather")
        assert gather is not None
        assert len(root) == 1, "what follows a Gather would be played on top of its action"
        assert gather.attrib["actionOnEmptyResult"] == "true"
        assert gather.attrib["input"] == "dtmf"
        assert int(gather.attrib["timeout"]) >= 1
        assert len(gather.findall("Play")) == len(node.prompts)
        if node.collects:
            assert gather.attrib["finishOnKey"] == "#"
            assert "numDigits" not in gather.attrib
        else:
            assert (gather.attrib["finishOnKey"], gather.attrib["numDigits"]) == ("", "1")


def test_the_end_of_the_announcement_is_told_before_the_time_for_a_key_is_over() -> None:
    (gather,) = read(flows.drop(), Step("to_person"))
    assert gather.attrib["timeout"] == "1"
    assert gather.attrib["action"].endswith("part=prompts")
    (rest,) = read(flows.drop(), Step("to_person", goes_on=True))
    assert (rest.attrib["timeout"], len(rest)) == ("4", 0)
    assert rest.attrib["action"].endswith("part=whole")


def test_what_no_key_cuts_short_tells_its_end_and_hangs_up() -> None:
    root = read(flows.drop(), Step("opted_out"))
    assert verbs(root) == ["Play", "Redirect", "Hangup"]
    redirect = root.find("Redirect")
    assert redirect is not None
    assert redirect.text == "https://calls.example/next?state=opted_out&part=whole"


@pytest.mark.parametrize("state", ["fax", "tones", None])
def test_where_nothing_is_to_be_said_the_call_ends(state: str | None) -> None:
    assert verbs(read(flows.drop(), Step(state))) == ["Hangup"]


def test_waiting_is_silent_and_short() -> None:
    (gather,) = read(flows.drop_at_once(), Step("waiting"))
    assert len(gather) == 0
    assert gather.attrib["timeout"] == "5"


def test_a_transfer_shows_the_senders_number_and_has_ends() -> None:
    (dial,) = read(CONNECTING, enter(CONNECTING))
    assert dial.attrib["callerId"] == "+33162000001"
    assert dial.attrib["answerOnBridge"] == "true"
    assert {"timeLimit", "timeout", "action"} <= set(dial.attrib)
    assert "record" not in dial.attrib
    assert [number.text for number in dial] == ["+33123456789"]


def test_the_last_resort_says_nothing() -> None:
    root = ElementTree.fromstring(HANG_UP)
    assert verbs(root) == ["Hangup"]


def test_addresses_survive_the_markup() -> None:
    (gather,) = read(flows.drop(), Step("goodbye"))
    (play,) = gather
    assert play.text == "https://calls.example/goodbye.wav?a=1&b=<2>"
