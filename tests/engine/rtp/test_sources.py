import pytest

from engine.rtp.sources import NOBODY, Sources, source_of

TRUNK = source_of("192.0.2.1", 4000)
NEXT_PORT = source_of("192.0.2.1", 4002)
STRANGER = source_of("203.0.113.9", 4000)


#: Long after the answer of every call here.
LATER = 10.0


def test_a_source_alone_decides_whatever_the_ssrc() -> None:
    sources = Sources()
    sources.open(0, source=TRUNK, now=0.0)
    sources.open(1, source=NEXT_PORT, now=0.0)
    assert sources.learn(TRUNK, 7, LATER) == 0
    assert sources.learn(NEXT_PORT, 7, LATER) == 1


def test_what_was_learnt_is_found_again() -> None:
    sources = Sources()
    sources.open(3, source=TRUNK, now=0.0)
    assert sources.find([(TRUNK, 7)]) == [NOBODY]
    sources.learn(TRUNK, 7, LATER)
    assert sources.find([(TRUNK, 7), (TRUNK, 8)]) == [3, NOBODY]


def test_an_ssrc_may_change_in_mid_call() -> None:
    sources = Sources()
    sources.open(0, source=TRUNK, now=0.0)
    assert [sources.learn(TRUNK, ssrc, LATER) for ssrc in range(10)] == [0] * 10
    assert sources.find([(TRUNK, 0), (TRUNK, 9)]) == [NOBODY, 0]


def test_a_shared_source_is_told_apart_by_the_declared_ssrc() -> None:
    sources = Sources()
    sources.open(0, source=TRUNK, ssrc=7, now=0.0)
    sources.open(1, source=TRUNK, ssrc=8, now=0.0)
    assert sources.learn(TRUNK, 8, LATER) == 1
    assert sources.learn(TRUNK, 7, LATER) == 0


def test_a_shared_source_goes_to_the_only_call_that_heard_nothing_yet() -> None:
    sources = Sources()
    sources.open(0, source=TRUNK, now=0.0)
    assert sources.learn(TRUNK, 7, LATER) == 0
    sources.open(1, source=TRUNK, now=0.0)
    assert sources.learn(TRUNK, 8, LATER) == 1


def test_what_is_ambiguous_is_nobodys() -> None:
    sources = Sources()
    sources.open(0, source=TRUNK, now=0.0)
    sources.open(1, source=TRUNK, now=0.0)
    assert sources.learn(TRUNK, 7, LATER) == NOBODY


def test_another_port_of_the_same_host_latches_once() -> None:
    sources = Sources()
    sources.open(0, source=TRUNK, now=0.0)
    assert sources.learn(NEXT_PORT, 7, LATER) == 0
    assert sources.learn(source_of("192.0.2.1", 9999), 8, LATER) == NOBODY


def test_a_stranger_is_never_heard() -> None:
    sources = Sources()
    sources.open(0, source=TRUNK, now=0.0)
    assert sources.learn(STRANGER, 7, LATER) == NOBODY


def test_the_last_packets_of_an_ended_call_are_not_the_next_calls() -> None:
    sources = Sources()
    sources.open(0, source=TRUNK, now=0.0)
    sources.learn(TRUNK, 7, LATER)
    sources.close(0)
    sources.open(1, source=TRUNK, now=0.0)
    assert sources.learn(TRUNK, 7, LATER) == NOBODY
    assert sources.learn(TRUNK, 8, LATER) == 1


def test_a_call_moved_to_another_source_keeps_its_stream() -> None:
    sources = Sources()
    sources.open(0, source=TRUNK, now=0.0)
    sources.learn(TRUNK, 7, LATER)
    sources.move(0, source=NEXT_PORT, now=0.0)
    assert sources.learn(TRUNK, 9, LATER) == 0  # behind a NAT until it is heard from its new port
    sources.move(0, source=TRUNK, now=0.0)
    assert sources.learn(TRUNK, 7, LATER) == 0


def test_a_call_that_stays_is_not_forgotten() -> None:
    sources = Sources()
    sources.open(0, source=TRUNK, now=0.0)
    sources.learn(TRUNK, 7, LATER)
    sources.move(0, source=TRUNK, now=0.0)
    assert sources.find([(TRUNK, 7)]) == [0]


@pytest.mark.parametrize("host", ["", "2001:db8::1", "trunk.example", "1.2.3.4.5"])
def test_only_ipv4_addresses_are_sources(host: str) -> None:
    with pytest.raises(ValueError):
        source_of(host, 4000)


def test_a_call_just_answered_is_not_heard_from_other_ports() -> None:
    """Another call's packets may come before its answer does."""
    sources = Sources()
    sources.open(0, source=TRUNK, now=0.0)
    assert sources.learn(NEXT_PORT, 7, 0.1) == NOBODY
    sources.open(1, source=NEXT_PORT, now=0.2)
    assert sources.learn(NEXT_PORT, 7, 0.2) == 1


def test_a_call_announced_at_a_port_takes_it_from_whoever_was_guessed() -> None:
    sources = Sources()
    sources.open(0, source=TRUNK, now=0.0)
    assert sources.learn(NEXT_PORT, 7, LATER) == 0
    sources.open(1, source=NEXT_PORT, now=LATER)
    assert sources.find([(NEXT_PORT, 7)]) == [NOBODY]
    assert sources.learn(NEXT_PORT, 7, LATER) == 1
    assert sources.learn(TRUNK, 8, LATER) == 0


def test_its_own_source_ends_a_guess() -> None:
    sources = Sources()
    sources.open(0, source=TRUNK, now=0.0)
    assert sources.learn(NEXT_PORT, 7, LATER) == 0
    assert sources.learn(TRUNK, 8, LATER) == 0
    assert sources.find([(NEXT_PORT, 7), (TRUNK, 8)]) == [NOBODY, 0]
