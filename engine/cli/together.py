"""Several processes that live and end together, each begun once what it needs is there."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

import click

#: Seconds between two looks whether a server answers.
LOOK_S = 0.2

Child = subprocess.Popen[str]


class Ended(Exception):
    """One of the processes ended; the others are to end with it."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def run_together(
    networks: Sequence[Sequence[str]], web: Sequence[str], voice: Sequence[str], *, address: str
) -> int:
    """Run *networks*, then *web*, then *voice*, until one ends or a signal comes; end the others.

    Returns the status of the first to end. A network is there once it prints a line, *web* once
    *address* answers: *voice* calls at once, and whoever answers its calls is told what to say.
    """
    with _ended_together() as start:
        try:
            begun = [start(command, stdout=subprocess.PIPE) for command in networks]
            for network in begun:
                _await_line(network)
            _await_answer(start(web), address)
            start(voice)
            _, status = os.wait()
            return os.waitstatus_to_exitcode(status)
        except Ended as ended:
            return ended.status
        except KeyboardInterrupt:
            return 0


@contextmanager
def _ended_together() -> Iterator[Callable[..., Child]]:
    """Yield what starts a process; all of them are told to end once, and waited for.

    Each has a process group of its own: Ctrl-C comes here alone.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    children: list[Child] = []

    def start(command: Sequence[str], stdout: int | None = None) -> Child:
        children.append(subprocess.Popen(command, process_group=0, stdout=stdout, text=True))
        return children[-1]

    try:
        yield start
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for child in reversed(children):
            child.terminate()
        for child in children:
            child.wait()


def _await_line(network: Child) -> None:
    """Wait for the line by which a network says that it can be called; raises Ended."""
    assert network.stdout is not None, "asked for"
    line = network.stdout.readline()
    if not line:
        raise Ended(network.wait() or 1)
    click.echo(line, nl=False)


def _await_answer(web: Child, address: str) -> None:
    """Wait until something is answered at *address*, be it an error; raises Ended."""
    opener = build_opener(ProxyHandler({}))  # no proxy stands on the way to ourselves
    while web.poll() is None:
        try:
            with opener.open(address, timeout=5):
                return
        except HTTPError:
            return
        except (URLError, TimeoutError, ConnectionError):
            time.sleep(LOOK_S)
    raise Ended(web.wait() or 1)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
