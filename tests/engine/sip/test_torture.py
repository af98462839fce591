"""Every message of RFC 4475 gets what the RFC says, and none an exception."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.sip import Invited, UserAgent
from engine.sip.message import MessageError, Response, parse

FOLDER = Path(__file__).parent / "torture"
ACCEPTED, SILENCE = "accepted", "silence"

EXPECTED = {
    # 3.1.1 valid messages; we are no registrar, so REGISTER and MESSAGE get 405
    "wsinv": "481",  # well formed, in a dialog that we do not have
    "intmeth": "405",
    "esc01": ACCEPTED,
    "escnull": "405",
    "esc02": "405",
    "lwsdisp": "200",
    "longreq": ACCEPTED,
    "dblreq": "405",  # the second message is beyond Content-Length
    "semiuri": "200",
    "transports": "200",
    "mpart01": "405",
    "unreason": SILENCE,  # a response to nothing that we sent
    "noreason": SILENCE,
    # 3.1.2 invalid messages
    "badinv01": "400",
    "clerr": "400",
    "ncl": "400",
    "scalar02": "400",
    "scalarlg": SILENCE,
    "quotbal": "400",
    "ltgtruri": "400",
    "lwsruri": "400",
    "lwsstart": "400",
    "trws": "400",
    "escruri": "400",
    "baddate": ACCEPTED,  # Date is nothing to us
    "regbadct": "405",
    "badaspec": "400",
    "baddn": "400",
    "badvers": "505",
    "mismatch01": "400",
    "mismatch02": "400",
    "bigcode": SILENCE,
    # 3.2 transaction layer
    "badbranch": "200",
    # 3.3 application layer
    "insuf": SILENCE,  # no From, To nor Call-ID to answer with
    "unkscm": "416",
    "novelsc": "416",
    "unksm2": "405",
    "bext01": "420",
    "invut": "415",
    "regaut01": "405",
    "multi01": "400",
    "mcl01": "400",
    "bcast": SILENCE,
    "zeromf": "200",
    "cparam01": "405",
    "cparam02": "405",
    "regescrt": "405",
    "sdp01": "406",
    # 3.4 backward compatibility
    "inv2543": ACCEPTED,
    # not in the RFC's text: no version, no Via
    "test": SILENCE,
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_gets_what_the_rfc_says(name: str) -> None:
    agent = UserAgent(("192.0.2.1", 5060))
    agent.receive_datagram((FOLDER / f"{name}.dat").read_bytes(), ("198.51.100.9", 5060), 0.0)
    codes = [data.split(b" ")[1].decode() for data, _ in agent.datagrams_to_send()]
    if EXPECTED[name] == ACCEPTED:
        assert codes == ["100"]
        assert isinstance(agent.next_event(), Invited)
    else:
        assert codes == ([] if EXPECTED[name] == SILENCE else [EXPECTED[name]])
        assert agent.next_event() is None


def test_the_table_names_every_message() -> None:
    assert {path.stem for path in FOLDER.glob("*.dat")} == set(EXPECTED)


@pytest.mark.parametrize("name", ["unreason", "noreason"])
def test_odd_reason_phrases_are_read(name: str) -> None:
    assert isinstance(parse((FOLDER / f"{name}.dat").read_bytes()), Response)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.dat")), ids=lambda path: path.stem)
def test_every_truncation_is_read_or_refused(path: Path) -> None:
    whole = path.read_bytes()
    for length in range(0, len(whole), 1 if len(whole) < 1500 else 7):
        try:
            parse(whole[:length])
        except MessageError:
            continue


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.dat")), ids=lambda path: path.stem)
def test_no_flipped_byte_raises_in_the_agent(path: Path) -> None:
    agent = UserAgent(("192.0.2.1", 5060))
    whole = path.read_bytes()
    for position in range(0, min(len(whole), 1200), 3):
        data = whole[:position] + bytes([whole[position] ^ 0x15]) + whole[position + 1 :]
        agent.receive_datagram(data, ("198.51.100.9", 5060), 0.0)
    while (at := agent.next_timeout()) is not None:
        agent.handle_timeout(at)
    assert agent.unfinished == 0
