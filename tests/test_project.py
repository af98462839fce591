"""The project as a stranger meets it: its commands, its wheel, its set-up."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: What a wheel must carry beside Python modules, as patterns on the path inside it.
PACKAGE_DATA = (
    r"config/law/fr/.+\.toml",
    r"config/numbering/fr\.toml",
    r"config/announcements/fr\.toml",
    r"config/announcements/en\.toml",
    r"config/gunicorn\.py",
    r"migrations/env\.py",
    r"migrations/versions/.+\.py",
    r"engine/py\.typed",
    r"web/py\.typed",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    uv = ROOT / ".venv/uv/bin/uv"
    command = [str(uv) if uv.exists() else "uv", "build", "--quiet", "--wheel", "-o", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "UV_PYTHON": sys.executable})
    (built,) = out.glob("*.whl")
    return built


@pytest.mark.peer
@pytest.mark.parametrize("pattern", PACKAGE_DATA)
def test_the_wheel_carries_its_data(wheel: Path, pattern: str) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert any(re.fullmatch(pattern, name) for name in names), pattern


@pytest.mark.peer
def test_the_wheel_carries_every_committed_file_of_its_packages(wheel: Path) -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    listed = subprocess.run(
        ["git", "ls-files", *packages], cwd=ROOT, check=True, capture_output=True, text=True
    )
    wanted = {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}
    assert wanted <= set(zipfile.ZipFile(wheel).namelist())


@pytest.mark.peer
def test_the_wheel_carries_no_tests_and_no_secrets(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops.isdisjoint({"tests", "benchmarks", "var", "bin", "docs"})


def test_ci_runs_the_test_command_of_the_readme() -> None:
    assert "make test" in (ROOT / "README.md").read_text()
    assert re.search(r"^exec make test$", (ROOT / ".ci/run").read_text(), re.MULTILINE)


@pytest.mark.parametrize("script", ["bin/set-up", "bin/bench", ".ci/run"])
def test_the_scripts_can_be_executed(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)


@pytest.mark.parametrize("script", ["bin/set-up", ".ci/run"])
def test_the_shell_scripts_parse(script: str) -> None:
    assert subprocess.run(["sh", "-n", ROOT / script], check=False).returncode == 0


def set_up(folder: Path, *arguments: str, tools: tuple[str, ...]) -> tuple[int, str]:
    """Run a copy of the set-up on a machine that has *tools* and nothing else."""
    (folder / "bin").mkdir()
    (folder / "tools").mkdir()
    script = folder / "bin/set-up"
    script.write_bytes((ROOT / "bin/set-up").read_bytes())
    for tool in tools:
        found = shutil.which(tool, path="/usr/bin:/bin")
        assert found is not None
        (folder / "tools" / tool).symlink_to(found)
    ended = subprocess.run(
        ["/bin/sh", script, *arguments],
        env={"PATH": str(folder / "tools")},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stderr


def test_set_up_without_a_python_names_what_to_install(tmp_path: Path) -> None:
    status, said = set_up(tmp_path, tools=("dirname",))
    assert status != 0
    assert "Python 3.11 or later" in said
    assert "apt-get install python3" in said


def test_set_up_without_peers_says_what_is_left_out_and_goes_on(tmp_path: Path) -> None:
    status, said = set_up(tmp_path, "peers", tools=("dirname", "id", "ls", "tr"))
    assert status == 0
    assert "what needs SIPp (sip-tester)" in said
    assert "sudo apt-get install sip-tester" in said


def test_an_unknown_part_of_the_set_up_is_bad_usage(tmp_path: Path) -> None:
    assert set_up(tmp_path, "nonsense", tools=("dirname",))[0] == 2


def test_every_target_of_the_makefile_sets_up_first() -> None:
    rules = re.findall(r"^([a-z]+):(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    needs = dict(rules)
    for target in ("demo", "serve", "check", "test", "bench"):
        assert "$(READY)" in needs[target]


def test_every_room_of_the_engine_has_its_layer() -> None:
    """A module that no contract names may import anything."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    named = {name.strip() for row in contracts["contracts"][0]["layers"] for name in row.split("|")}
    rooms = {
        f"engine.{path.stem}"
        for path in (ROOT / "engine").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert rooms - {"engine.__init__"} <= named
