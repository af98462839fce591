"""Operators' keys, answered requests, heartbeats and settings."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.interfaces import Fresh, InProgress, KeyReused, Replay
from engine.store import SqlStore
from tests.engine.operating import OPEN, REAL, a_house


def test_a_key_is_proved_by_its_token_alone(store: SqlStore) -> None:
    a_house(store)
    with store.write() as unit:
        token = unit.access.add_key("lumiere", "CRM", OPEN)
        key = unit.access.key(token)
        assert key is not None
        assert (key.sender_id, key.label) == ("lumiere", "CRM")
        for wrong in ("", "licite", token[:-1], token + "a", token.replace("licite", "x"), "a.b.c"):
            assert unit.access.key(wrong) is None
        assert unit.access.revoke(key.id, OPEN)
        assert not unit.access.revoke(key.id, OPEN)
        assert unit.access.key(token) is None
        (found,) = unit.access.keys()
        assert found.revoked_at == OPEN


def test_a_request_is_worked_on_once_and_answered_again(store: SqlStore) -> None:
    with store.write() as unit:
        assert unit.access.begin("api", "k", request_hash="one", at=OPEN) == Fresh()
    with store.write() as unit:
        assert unit.access.begin("api", "k", request_hash="one", at=OPEN) == InProgress()
        assert unit.access.begin("api", "k", request_hash="two", at=OPEN) == KeyReused()
        assert unit.access.begin("other", "k", request_hash="two", at=OPEN) == Fresh()
        unit.access.finish("api", "k", status=201, response={"id": "c"})
    with store.write() as unit:
        assert unit.access.begin("api", "k", request_hash="one", at=OPEN) == Replay(
            201, {"id": "c"}
        )
        unit.access.abandon("api", "k")
        unit.access.abandon("other", "k")
        assert unit.access.begin("other", "k", request_hash="two", at=OPEN) == Fresh()
        assert isinstance(unit.access.begin("api", "k", request_hash="one", at=OPEN), Replay)


def test_a_process_that_no_longer_beats_is_silent(store: SqlStore) -> None:
    with store.write() as unit:
        assert unit.workers.last_beat() is None
        unit.workers.beat("one", REAL)
        unit.workers.beat("two", REAL)
        unit.workers.beat("two", REAL + timedelta(seconds=9))
        assert list(unit.workers.silent_since(REAL + timedelta(seconds=5))) == ["one"]
        assert unit.workers.last_beat() == REAL + timedelta(seconds=9)
        unit.workers.forget("one")
        assert list(unit.workers.silent_since(REAL + timedelta(seconds=5))) == []


def test_a_setting_is_what_it_was_last_set_to(store: SqlStore) -> None:
    with store.write() as unit:
        assert unit.settings.get("x") is None
        unit.settings.put("x", "1")
        unit.settings.put("x", "2")
        assert unit.settings.get("x") == "2"


def test_an_instant_without_a_zone_is_refused(store: SqlStore) -> None:
    with pytest.raises(Exception, match="time zone"), store.write() as unit:
        unit.workers.beat("one", OPEN.replace(tzinfo=None))


def test_a_new_version_of_an_announcement_leaves_the_old_one(store: SqlStore) -> None:
    a_house(store)
    with store.write() as unit:
        first = unit.setup.announcement("soldes")
        assert first is not None
        again = unit.setup.add_announcement(
            "soldes", language="fr", script=first.script, variants=first.variants, at=OPEN
        )
        assert again == first
        second = unit.setup.add_announcement(
            "soldes", language="fr", script="x", variants=first.variants, at=OPEN
        )
        assert (second.version, unit.setup.announcement("soldes")) == (2, second)
        assert unit.setup.announcement_version(first.id) == first
        assert list(unit.setup.announcements()) == [second]
        assert unit.setup.verify_caller_id("+33162000001", OPEN)
        assert not unit.setup.verify_caller_id("+33162000009", OPEN)
        assert [found.verified_at for found in unit.setup.caller_ids()] == [OPEN]
        assert [found.name for found in unit.setup.routes()] == ["sandbox"]
        route = unit.setup.route("sandbox")
        assert route is not None
        assert (route.calls_per_second, route.calls_at_once) == (20.0, None)
        text = unit.setup.consent_text("web-2026")
        assert text is not None
        assert text.is_intact
