"""Senders and what they call with."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from engine.basis import ConsentText
from engine.clearance import CallerId, Sender
from engine.interfaces import AlreadyThere, AnnouncementVersion, Recording, Route
from engine.numbers import parse
from engine.store import tables as t


class SqlSetup:
    """Senders, caller ids, opt-out lines, routes, consent texts and announcements."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _add(self, table: Table, what: str, **values: Any) -> None:
        """Insert a row; AlreadyThere when its name is taken."""
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(table).values(**values))
        except IntegrityError:
            sentence = f"{what} is there already, or names a sender that is not"
            raise AlreadyThere(sentence) from None

    def add_sender(self, sender: Sender) -> None:
        """Add a sender."""
        self._add(
            t.sender,
            f"sender {sender.id}",
            id=sender.id,
            registered_name=sender.registered_name,
            siren=sender.siren,
            contact=sender.contact,
            language=sender.language,
            reception=sender.reception,
            reception_hours=sender.reception_hours,
        )

    def sender(self, sender_id: str) -> Sender | None:
        """Return a sender."""
        row = self._connection.execute(select(t.sender).where(t.sender.c.id == sender_id)).first()
        return Sender(**row._mapping) if row else None

    def senders(self) -> Sequence[Sender]:
        """Return every sender."""
        rows = self._connection.execute(select(t.sender).order_by(t.sender.c.id))
        return [Sender(**row._mapping) for row in rows]

    def set_reception(self, sender_id: str, number: str | None, hours: str | None) -> bool:
        """Set where whoever rings back is connected, and when; False for an unknown sender."""
        change = update(t.sender).where(t.sender.c.id == sender_id)
        changed = self._connection.execute(change.values(reception=number, reception_hours=hours))
        return changed.rowcount == 1

    def add_caller_id(self, caller_id: CallerId) -> None:
        """Add a number to show, and its assignee."""
        self._add(
            t.caller_id,
            f"caller id {caller_id.number.masked}",
            number=caller_id.number.e164,
            assignee=caller_id.assignee,
            verified_at=caller_id.verified_at,
            assigned_since=caller_id.assigned_since,
            letter=caller_id.letter,
        )

    def caller_id(self, number: str) -> CallerId | None:
        """Return a number to show, by its E.164 form."""
        query = select(t.caller_id).where(t.caller_id.c.number == number)
        row = self._connection.execute(query).first()
        return _caller_id(row) if row else None

    def caller_ids(self) -> Sequence[CallerId]:
        """Return every number to show."""
        rows = self._connection.execute(select(t.caller_id).order_by(t.caller_id.c.number))
        return [_caller_id(row) for row in rows]

    def verify_caller_id(self, number: str, at: datetime) -> bool:
        """Record that the proof of assignment was checked; False when the number is unknown."""
        change = update(t.caller_id).where(t.caller_id.c.number == number).values(verified_at=at)
        return self._connection.execute(change).rowcount == 1

    def add_opt_out_line(self, number: str, sender_id: str) -> None:
        """Give an opt-out number to one sender; the same again changes nothing."""
        query = select(t.opt_out_line.c.sender_id).where(t.opt_out_line.c.number == number)
        owner = self._connection.execute(query).scalar()
        if owner is None:
            what = "the opt-out number"
            self._add(t.opt_out_line, what, number=number, sender_id=sender_id)
        elif owner != sender_id:
            raise AlreadyThere(f"the opt-out number belongs to sender {owner}: choose another")

    def sender_of(self, number: str) -> Sender | None:
        """Return whom a callee reaches by ringing *number*: an opt-out number, or a caller id."""
        line, shown = t.opt_out_line, t.caller_id
        owner = (
            self._connection.execute(
                select(line.c.sender_id).where(line.c.number == number)
            ).scalar()
            or self._connection.execute(
                select(shown.c.assignee).where(shown.c.number == number)
            ).scalar()
        )
        return self.sender(owner) if owner else None

    def add_route(self, route: Route) -> None:
        """Add a way for calls to leave."""
        self._add(
            t.route,
            f"route {route.name}",
            name=route.name,
            carrier=route.carrier,
            settings=dict(route.settings),
        )

    def change_route(self, route: Route) -> bool:
        """Give a route other settings; False when it is unknown."""
        change = update(t.route).where(t.route.c.name == route.name)
        changed = self._connection.execute(change.values(settings=dict(route.settings)))
        return changed.rowcount == 1

    def route(self, name: str) -> Route | None:
        """Return a route."""
        row = self._connection.execute(select(t.route).where(t.route.c.name == name)).first()
        return Route(**row._mapping) if row else None

    def routes(self) -> Sequence[Route]:
        """Return every route."""
        rows = self._connection.execute(select(t.route).order_by(t.route.c.name))
        return [Route(**row._mapping) for row in rows]

    def add_consent_text(self, text: ConsentText) -> None:
        """Register a consent text, for good."""
        self._add(
            t.consent_text,
            f"consent text {text.id}",
            id=text.id,
            sender_id=text.sender,
            text=text.text,
            mentions=sorted(text.mentions),
            sha256=text.sha256,
            valid_from=text.valid_from,
            valid_to=text.valid_to,
            period_days=text.period_days,
        )

    def consent_text(self, text_id: str) -> ConsentText | None:
        """Return a registered consent text."""
        return self.consent_texts([text_id]).get(text_id)

    def consent_texts(self, ids: Collection[str] | None = None) -> Mapping[str, ConsentText]:
        """Return the registered consent texts named, or all of them."""
        query = select(t.consent_text).order_by(t.consent_text.c.id)
        if ids is not None:
            query = query.where(t.consent_text.c.id.in_(list(ids)))
        return {row.id: _consent_text(row) for row in self._connection.execute(query)}

    def add_announcement(
        self,
        name: str,
        *,
        language: str,
        script: str,
        variants: Mapping[str, Recording],
        at: datetime,
    ) -> AnnouncementVersion:
        """Add the next version of an announcement; the same bytes again are the same version."""
        newest = self.announcement(name)
        if newest and newest.script == script and newest.variants == dict(variants):
            return newest
        version = newest.version + 1 if newest else 1
        added = insert(t.announcement).values(
            name=name, version=version, language=language, script=script, added_at=at
        )
        row_id = self._connection.execute(added.returning(t.announcement.c.id)).scalar_one()
        rows = [
            {
                "announcement_id": row_id,
                "variant": variant,
                "sha256": recording.sha256,
                "text": recording.text,
                "alaw": recording.alaw,
            }
            for variant, recording in variants.items()
        ]
        self._connection.execute(insert(t.announcement_variant), rows)
        return AnnouncementVersion(row_id, name, version, language, script, at, dict(variants))

    def announcement(self, name: str) -> AnnouncementVersion | None:
        """Return the newest version of an announcement."""
        table = t.announcement
        query = select(table).where(table.c.name == name).order_by(table.c.version.desc())
        row = self._connection.execute(query.limit(1)).first()
        return self._with_variants(row) if row else None

    def announcement_version(self, announcement_id: int) -> AnnouncementVersion | None:
        """Return one version of an announcement."""
        query = select(t.announcement).where(t.announcement.c.id == announcement_id)
        row = self._connection.execute(query).first()
        return self._with_variants(row) if row else None

    def announcements(self) -> Sequence[AnnouncementVersion]:
        """Return the newest version of every announcement."""
        newest = select(func.max(t.announcement.c.id)).group_by(t.announcement.c.name)
        query = select(t.announcement).where(t.announcement.c.id.in_(newest))
        rows = self._connection.execute(query.order_by(t.announcement.c.name)).all()
        return [self._with_variants(row) for row in rows]

    def recording(self, sha256: str) -> bytes | None:
        """Return the A-law bytes of an announcement, or of a scenario's prompt, by their hash."""
        for table in (t.announcement_variant, t.scenario_prompt):
            query = select(table.c.alaw).where(table.c.sha256 == sha256).limit(1)
            if (alaw := self._connection.execute(query).scalar()) is not None:
                return bytes(alaw)
        return None

    def _with_variants(self, row: Row[Any]) -> AnnouncementVersion:
        table = t.announcement_variant
        query = select(table).where(table.c.announcement_id == row.id)
        variants = {
            variant.variant: Recording(variant.alaw, variant.sha256, variant.text)
            for variant in self._connection.execute(query)
        }
        return AnnouncementVersion(**row._mapping, variants=variants)


def _caller_id(row: Row[Any]) -> CallerId:
    values = dict(row._mapping)
    return CallerId(number=parse(values.pop("number")), **values)


def _consent_text(row: Row[Any]) -> ConsentText:
    values = dict(row._mapping)
    mentions = frozenset(values.pop("mentions"))
    return ConsentText(sender=values.pop("sender_id"), mentions=mentions, **values)
