"""Who answers for a provider's file: one person binds it to a recording, another one hears it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from enum import Enum

from engine.interfaces import Means
from engine.interfaces.deposits import SPOKEN, DepositAudio
from engine.journal import Entry, Json, Kind


class Unready(Enum):
    """Why a provider's file may not be played: the name of a wording."""

    UNBOUND = "unbound"  #: No file is bound to the approved recording
    UNATTESTED = "unattested"  #: Nobody but who bound it has heard it
    MISSING = "missing"  #: The provider does not keep it any more
    RENAMED = "renamed"  #: It has another name there: somebody changed something


class SamePerson(ValueError):
    """Who bound a file cannot be the one who attests what is in it."""


def file_name(sha256: str) -> str:
    """Return the name of the file that holds the recording of that hash."""
    return f"{sha256}.wav"


def spoken_token(text: str) -> str:
    """Return what stands for a file where the provider speaks the approved *text* itself."""
    return f"{SPOKEN}{hashlib.sha256(text.encode()).hexdigest()}"


def unready(audio: DepositAudio | None, kept: Mapping[str, str] | None = None) -> Unready | None:
    """Return why a file may not be played; *kept*: the names of the provider's, by token.

    Without *kept* only what we know ourselves is judged.
    """
    if audio is None:
        return Unready.UNBOUND
    if audio.attested_by is None or _is_same(audio.attested_by, audio.bound_by):
        return Unready.UNATTESTED
    if kept is None or audio.is_spoken:
        return None
    name = kept.get(audio.token)
    if name is None:
        return Unready.MISSING
    return None if _stem(name) == audio.sha256 else Unready.RENAMED


def _stem(name: str) -> str:
    """Return a file's name without its ending, which the provider may change or leave out."""
    return name.strip().lower().rpartition(".")[0] or name.strip().lower()


def _is_same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def bind_audio(means: Means, route: str, sha256: str, *, token: str, by: str, at: datetime) -> None:
    """Record that *by* uploaded the approved recording: the provider's *token* stands for it."""
    audio = DepositAudio(route, sha256, token, file_name(sha256), by, at)
    with means.store.write() as unit:
        unit.deposits.bind(audio)
        unit.journal.write(Entry(Kind.AUDIO_BOUND, at, detail=_of(audio, by)))


def attest_audio(
    means: Means, route: str, sha256: str, *, by: str, at: datetime
) -> DepositAudio | None:
    """Record that *by* heard the approved recording in the bound file; `None`: none is bound.

    Raises SamePerson when *by* is who bound it.
    """
    with means.store.write() as unit:
        audio = unit.deposits.audio(route, sha256)
        if audio is None:
            return None
        if _is_same(audio.bound_by, by):
            raise SamePerson(by)
        unit.deposits.attest(route, sha256, by=by, at=at)
        unit.journal.write(Entry(Kind.AUDIO_ATTESTED, at, detail=_of(audio, by)))
        return unit.deposits.audio(route, sha256)


def _of(audio: DepositAudio, by: str) -> dict[str, Json]:
    token = hashlib.sha256(audio.token.encode()).hexdigest()
    return {"route": audio.route, "sha256": audio.sha256, "token_sha256": token, "by": by}
