"""The addresses at which carriers reach us: each is built here, and read here.

Whatever an address tells is signed by the installation's keys; what nobody on the way may read (a
number that a caller keyed, the words of a prompt) is sealed. Twilio signs whole addresses besides.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from engine.keys import Keys

TWILIO = "/carriers/twilio"
VOICEPARTNER = "/carriers/voicepartner"

#: A sound's address stays the same for this long, so that whoever fetches it can keep it, and
#: works for up to twice as long.
SOUND_KEPT_FOR = timedelta(hours=6)

#: Characters of a token beyond which it is none of ours.
_LONGEST = 3_000


@dataclass(frozen=True, slots=True)
class Recorded:
    """A sound of the store: an approved recording, by the SHA-256 of its A-law bytes."""

    sha256: str


@dataclass(frozen=True, slots=True)
class Worded:
    """A prompt of ours, to be spoken as written: any web process can, without the store."""

    text: str
    language: str


Sound = Recorded | Worded


@dataclass(frozen=True, slots=True)
class Addresses:
    """Builds and reads the addresses below one public address (``LICITE_PUBLIC_URL``)."""

    public_url: str
    "Without a slash at the end is best; one there is left out."
    keys: Keys

    def answer(
        self, route: str, call_id: int, state: str = "", turn: int = 0, *, about: str = ""
    ) -> str:
        """Return where the words for a call are asked for, in *state* (empty: the flow's entry).

        *turn* counts the requests of one call, from `engine.reports.REDIRECTED` on after a
        redirection. *about* is what this address shall remember, sealed.
        """
        return self._twilio(route, "answer", self._call(call_id)) + self._turn(state, turn, about)

    def inbound(self, route: str, state: str = "", turn: int = 0, *, about: str = "") -> str:
        """Return where the words for an inbound call are asked for."""
        return self._twilio(route, "call") + self._turn(state, turn, about)

    def status(self, route: str, call_id: int) -> str:
        """Return where the states of a call are told."""
        return self._twilio(route, "status", self._call(call_id))

    def verdict(self, route: str, call_id: int) -> str:
        """Return where it is told who answered a call."""
        return self._twilio(route, "verdict", self._call(call_id))

    def message(self, route: str) -> str:
        """Return where inbound text messages are told."""
        return self._twilio(route, "message")

    def fallback(self, route: str) -> str:
        """Return where nothing but the end of the call is answered, whatever is broken."""
        return self._twilio(route, "fallback")

    def sound(self, route: str, sound: Sound, at: datetime) -> str:
        """Return where a sound is fetched from *at* on, for `SOUND_KEPT_FOR` at least."""
        kept_s = int(SOUND_KEPT_FOR.total_seconds())
        expires = (int(at.timestamp()) // kept_s + 2) * kept_s
        told = [sound.sha256] if isinstance(sound, Recorded) else [sound.text, sound.language]
        return self._twilio(route, "sound", f"{self._sealed('sound', [expires, *told])}.wav")

    def deposit_notify(self, route: str, batch: str) -> str:
        """Return where a provider tells how many of a batch it deposited."""
        return self._at(VOICEPARTNER, route, "notify", self.keys.token("batch", batch))

    def deposit_status(self, route: str, batch: str) -> str:
        """Return where a provider tells what became of each callee of a batch."""
        return self._at(VOICEPARTNER, route, "status", self.keys.token("batch", batch))

    def call_of(self, token: str) -> int | None:
        """Return the call that a token of an address names; `None` for a token not ours."""
        text = self._read("call", token)
        return int(text) if text is not None and text.isdecimal() else None

    def batch_of(self, token: str) -> str | None:
        """Return the batch that a token of an address names; `None` for a token not ours."""
        return self._read("batch", token)

    def sound_of(self, token: str) -> tuple[Sound, datetime] | None:
        """Return the sound that a token names, and when its address ends; `None`: not ours."""
        told = self._unsealed("sound", token)
        match told:
            case [int(expires), str(sha256)]:
                return Recorded(sha256), datetime.fromtimestamp(expires, UTC)
            case [int(expires), str(text), str(language)]:
                return Worded(text, language), datetime.fromtimestamp(expires, UTC)
        return None

    def about(self, sealed: str) -> str:
        """Return what an address remembers; empty when it is nothing of ours."""
        told = self._unsealed("about", sealed)
        return told if isinstance(told, str) else ""

    def is_about(self, call_id: int, address: str) -> bool:
        """Tell whether *address* is one of a call's (as an account shows its requests)."""
        return f"/{self._call(call_id)}" in address

    def _call(self, call_id: int) -> str:
        return self.keys.token("call", str(call_id))

    def _twilio(self, route: str, *parts: str) -> str:
        return self._at(TWILIO, route, *parts)

    def _at(self, root: str, *parts: str) -> str:
        path = "/".join(quote(part, safe="") for part in parts)
        return f"{self.public_url.rstrip('/')}{root}/{path}"

    def _turn(self, state: str, turn: int, about: str) -> str:
        if not (state or turn or about):
            return ""
        query = {"state": state, "turn": str(turn)}
        if about:
            query["about"] = self._sealed("about", about)
        return "?" + urlencode(query)

    def _sealed(self, purpose: str, told: object) -> str:
        return self.keys.seal(purpose, zlib.compress(_document(told), 9))

    def _unsealed(self, purpose: str, sealed: str) -> object:
        octets = self.keys.unseal(purpose, sealed) if len(sealed) <= _LONGEST else None
        return None if octets is None else json.loads(zlib.decompress(octets))

    def _read(self, purpose: str, token: str) -> str | None:
        return self.keys.read_token(purpose, token) if len(token) <= _LONGEST else None


def _document(told: object) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
