"""Prove that a stranger's package works as ours do: examples/extension is built, tested and used as a wheel."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from demijohn.testing import Client

from .conftest import EXAMPLES, Load

PACKAGE = EXAMPLES / "extension"
SOURCES = sorted(PACKAGE.rglob("*.py"))
PUBLIC = {"demijohn", "demijohn.contracts", "demijohn.testing"}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of a copy, so that the project's folder stays clean, and unpack it as pip would."""
    folder = tmp_path_factory.mktemp("wheel")
    ignored = shutil.ignore_patterns("__pycache__", ".pytest_cache")
    source = shutil.copytree(PACKAGE, folder / "source", ignore=ignored)
    options = ["--no-deps", "--quiet", "--timeout", "10", "--retries", "1", "--wheel-dir", str(folder)]
    if importlib.util.find_spec("hatchling") is not None:
        options.append("--no-build-isolation")
    command = [sys.executable, "-m", "pip", "wheel", *options, str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=50)
    output = done.stdout + done.stderr
    if re.search(r"requirement hatchling\S* \(from versions: none\)", output):
        pytest.skip("NOT TESTED: the wheel of examples/extension. hatchling is not installed, and no registry answers.")
    assert done.returncode == 0, output
    (wheel,) = folder.glob("*.whl")
    with ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


@pytest.fixture
def installed(unpacked: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make the unpacked package importable for one test."""
    monkeypatch.syspath_prepend(unpacked)
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "demijohn_announce"]:
        del sys.modules[name]


def test_the_wheel_holds_templates_and_static_files_and_no_tests(unpacked: Path) -> None:
    names = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    inside = {name.removeprefix("demijohn_announce/") for name in names if name.startswith("demijohn_announce/")}
    assert {"templates/announce/bar.html", "static/announce.css", "py.typed", "extension.py"} <= inside
    assert [name for name in names if "test" in name] == []


def test_the_wheel_needs_demijohn_alone(unpacked: Path) -> None:
    (metadata,) = unpacked.glob("*.dist-info/METADATA")
    needs = re.findall(r"^Requires-Dist: (.+)$", metadata.read_text("utf-8"), re.MULTILINE)
    assert needs == ["demijohn>=0.1"]


def test_the_package_passes_its_own_tests_as_a_wheel(unpacked: Path, tmp_path: Path) -> None:
    shutil.copytree(PACKAGE / "tests", tmp_path, dirs_exist_ok=True)  # elsewhere: its source must not be found
    options = ["-q", "-c", os.devnull, "--rootdir", ".", "-p", "no:cacheprovider", "-W", "error"]
    command = [sys.executable, "-m", "pytest", *options]
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=50
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_it_uses_public_names_only(path: Path) -> None:
    assert [name for name in imports(path) if not is_public(name)] == []


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Give the module and the name of each import from demijohn, the name empty for `import module`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found = [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found = [(node.module or "", alias.name) for alias in node.names]
        else:
            continue
        yield from (pair for pair in found if pair[0].partition(".")[0] == "demijohn")


def is_public(imported: tuple[str, str]) -> bool:
    module, name = imported
    return module in PUBLIC and (not name or name in importlib.import_module(module).__all__)


@pytest.mark.parametrize(
    ("module", "name"), [("demijohn.extension", "Setup"), ("demijohn", "cli"), ("demijohn.http.request", "")]
)
def test_a_private_name_would_be_found(module: str, name: str) -> None:
    assert not is_public((module, name))


def test_only_one_file_of_the_package_knows_setup() -> None:
    knowing = [path.name for path in SOURCES if {("demijohn", "Setup"), ("demijohn", "Extension")} & {*imports(path)}]
    assert knowing == ["extension.py"]


SITE = """
from demijohn import App, render
from demijohn_announce import Announce

app = App(__name__)
app.use(Announce())

@app.get("/")
def home():
    return render("home.html", title="Hello")
"""


@pytest.mark.usefixtures("installed")
def test_a_site_of_ten_lines_uses_it_and_overrides_its_template(tmp_path: Path, load: Load) -> None:
    site = tmp_path / "site"
    (site / "templates" / "announce").mkdir(parents=True)
    (site / "app.py").write_text(SITE, "utf-8")
    home, bar = site / "templates" / "home.html", site / "templates" / "announce" / "bar.html"
    home.write_text('{% include "announce/bar.html" %}<h1>{{ title }}</h1>', "utf-8")
    app = load(site / "app.py").app
    config = {"announcement": "Closed <today>."}
    assert "<aside" in Client(app, config=config).get("/").text
    bar.write_text("<b>{{ announcement().text }}</b>", "utf-8")
    assert Client(app, config=config).get("/").text == "<b>Closed &lt;today&gt;.</b><h1>Hello</h1>"


@pytest.mark.usefixtures("installed")
def test_the_program_in_its_readme_serves(tmp_path: Path, load: Load) -> None:
    found = re.search(r"```python\n(.+?)```", (PACKAGE / "README.md").read_text("utf-8"), re.DOTALL)
    assert found is not None
    path = tmp_path / "readme" / "app.py"
    path.parent.mkdir()
    path.write_text(found[1], "utf-8")
    client = Client(load(path).app, config={"announcement": "Closed."})
    assert client.get("/announcement").json() == {"text": "Closed."}
