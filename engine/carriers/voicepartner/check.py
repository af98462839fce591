"""What can be checked of a Voice Partner route before a batch leaves by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.carriers.checks import Around, Check, Sentences
from engine.carriers.settings import SettingRefused
from engine.carriers.voicepartner.client import Answered, Client
from engine.carriers.voicepartner.reading import audio_files, credit_left
from engine.carriers.voicepartner.settings import Mode, VoicePartnerSettings
from engine.interfaces.records import Route

SAYS = Sentences(Path(__file__).with_name("checks.toml"))


def check(route: Route, around: Around) -> Sequence[Check]:
    """Return how a route stands: settings, account, files, number shown, where it is notified.

    Asks the provider twice (``/me`` and ``/audios``); nothing is changed there.
    """
    try:
        settings = VoicePartnerSettings.read(route)
    except SettingRefused as error:
        return [SAYS.fails("settings_refused", **error.told())]
    return [
        SAYS.ok("settings"),
        *_account(settings),
        *_sender(settings, around),
        _public_url(around),
        _delay(settings),
    ]


def _account(settings: VoicePartnerSettings) -> Iterator[Check]:
    client = Client(settings.api_url, settings.api_key, timeout_s=settings.timeout_s)
    try:
        me = client.get("me")
        files = client.get("audios") if settings.mode is Mode.DIRECT else None
    finally:
        client.close()
    if not isinstance(me, Answered):
        yield SAYS.fails("account_silent", cause=me.cause)
        return
    yield SAYS.ok("account")
    credit = credit_left(me.document)
    if credit is None:
        yield SAYS.warning("credit_untold")
    else:
        yield SAYS.ok("credit", left=f"{credit:g}") if credit > 0 else SAYS.fails("credit_spent")
    listed = audio_files(files.document) if isinstance(files, Answered) else None
    if listed is not None:
        yield SAYS.ok("audios", count=len(listed))
    elif files is not None:
        cause = files.cause if not isinstance(files, Answered) else "unknown form"
        yield SAYS.fails("audios_untold", cause=cause)


def _sender(settings: VoicePartnerSettings, around: Around) -> Iterator[Check]:
    shown = next((one for one in around.caller_ids if one.number == settings.sender), None)
    name = settings.sender.masked
    if settings.sender.national.startswith(("06", "07")):
        yield SAYS.fails("sender_mobile", number=name)
    elif shown is None:
        yield SAYS.fails("sender_unknown", number=name)
    else:
        yield SAYS.ok("sender", number=name)


def _public_url(around: Around) -> Check:
    if around.public_url.startswith("https://"):
        return SAYS.ok("notified", address=around.public_url)
    if around.public_url:
        return SAYS.warning("notified_openly", address=around.public_url)
    return SAYS.fails("never_notified")


def _delay(settings: VoicePartnerSettings) -> Check:
    size = settings.batch_size
    return SAYS.warning("no_recall", size=size, minutes=settings.worst_delay_min)
