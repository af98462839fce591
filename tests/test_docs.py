"""The documentation leads somewhere: links, commands and settings exist."""

from __future__ import annotations

import re
import shlex
from dataclasses import fields
from pathlib import Path

import click
import pytest

from engine.cli import main
from engine.demo.report import CampaignReport, DropReport, Report
from engine.journal import Kind

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md")])


def commands(text: str) -> set[tuple[str, ...]]:
    """Return the ``licite`` commands that code blocks run, without what follows their name."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    lines = re.findall(r"^\$ (licite .*?)(?:#.*)?$", "\n".join(blocks), re.MULTILINE)
    return {tuple(shlex.split(line.removesuffix("\\"))[1:3]) for line in lines}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_shown_exists(page: Path) -> None:
    ctx = click.Context(main)
    for name, *rest in commands(page.read_text(encoding="utf-8")):
        command = main.get_command(ctx, name)
        assert command is not None, name
        if isinstance(command, click.Group):
            assert command.get_command(ctx, rest[0]) is not None, (name, rest)


def test_every_page_is_reached_from_the_index() -> None:
    linked = set(re.findall(r"\]\(([^)#:]+)\)", (ROOT / "docs/index.md").read_text("utf-8")))
    pages = {str(page.relative_to(ROOT / "docs")) for page in ROOT.glob("docs/**/*.md")}
    assert pages - linked == {"index.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page.read_text(encoding="utf-8"))
    for path, name in named:
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), f"{path}::{name}"


def test_the_demonstrations_report_is_described_member_by_member() -> None:
    page = (ROOT / "docs/reference/demo-report.md").read_text("utf-8")
    described = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    parts = (Report, CampaignReport, DropReport)
    members = {each.name for part in parts for each in fields(part)}
    assert members - {"name", "drops", "findings", "repeated"} == described


def test_the_journals_page_names_every_kind_and_what_its_detail_holds() -> None:
    page = (ROOT / "docs/reference/journal.md").read_text("utf-8")
    (listed,) = re.findall(r"^\| `kind` \| (.*) \|$", page, re.MULTILINE)
    kinds = {kind.value for kind in Kind}
    assert set(re.findall(r"`(\w+)`", listed)) == kinds
    _, _, table = page.partition("| kind | `detail` |")
    rows = re.findall(r"^\| (`.*?) \|", table.partition("\n\n")[0], re.MULTILINE)
    assert {kind for row in rows for kind in re.findall(r"`(\w+)`", row)} == kinds


def test_every_exception_is_caught_only_where_the_architecture_says() -> None:
    page = (ROOT / "docs/discussion/architecture.md").read_text("utf-8")
    (said,) = re.findall(
        r"^Every exception of ours is caught(.*?)\n\n", page, re.MULTILINE | re.DOTALL
    )
    rooms = ("audio", "config", "engine", "ivr", "web")
    caught = re.compile(r"except Exception|register_error_handler\(Exception,")
    modules = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    catching = {
        str(path.relative_to(ROOT)) for path in modules if caught.search(path.read_text("utf-8"))
    }
    assert set(re.findall(r"`([\w/]+\.py)`", said)) == catching
