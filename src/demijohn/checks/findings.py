"""Put together everything that is to be said about an app. What production needs is in deploy.py, the source scan in
source.py; writing findings to the terminal is the command's matter (cli/commands/check.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

from demijohn.app import App
from demijohn.assembly import project_folder
from demijohn.checks.deploy import deployment_findings
from demijohn.checks.finding import Finding, Level
from demijohn.checks.source import SourceFile, is_own, project_files, source_findings
from demijohn.checks.static_folders import static_folder_findings
from demijohn.context import enter_scope
from demijohn.contracts import StaticUrls
from demijohn.errors import ConfigError, DeclarationError
from demijohn.pipeline.pipeline import Mode, Pipeline
from demijohn.staticfiles.files import StaticFiles

__all__ = ["Finding", "run_checks"]

# What each kind of opt-out means, around what exactly was given up; the policies say the rest themselves.
_MEANING = {
    "csp.allow": "Pages may do more than the default: {}",
    "csrf.exempt": "The route takes requests that other sites make a visitor's browser send: {}",
    "headers.removed": "A security header is not sent with any answer: {}",
    "limits.raised": "A limit is raised: {}",
}


def run_checks(app: App, *, deploy: bool) -> list[Finding]:
    """Return the findings, errors first, then in the order of files and lines.

    The app is frozen as development has it, with `deploy` as production has it; mistakes in its declarations and
    settings are findings, too. `deploy` makes errors of what is grave and adds what only concerns production.
    """
    found: list[Finding] = []
    pipeline = _frozen(app, "production" if deploy else "development", found)
    if pipeline is None:  # a copy for tests needs neither hosts nor a key, so more can be seen in it
        pipeline = _frozen(app, "test", [])
    sources = [SourceFile.read(path) for path in project_files(project_folder(app))]
    if pipeline is not None:
        found += _opt_outs(pipeline, deploy=deploy)
        found += _extension_findings(pipeline, deploy=deploy)
        found += _template_findings(pipeline, project_folder(app))
    if deploy:
        found += deployment_findings(app, pipeline, sources)
        found += _static_findings(pipeline)
    for source in sources:
        found += source_findings(source, deploy=deploy)
    return sorted(dict.fromkeys(found), key=_order)


def _frozen(app: App, mode: Mode, found: list[Finding]) -> Pipeline | None:
    try:
        return app.freeze(mode)
    except DeclarationError as error:
        code = "settings" if isinstance(error, ConfigError) else "declaration"
        found += [Finding("E", code, it.message, it.where, it.remedy) for it in error.problems]
        return None


def _opt_outs(pipeline: Pipeline, *, deploy: bool) -> Iterator[Finding]:
    for given_up in pipeline.opt_outs:
        level: Level = "E" if given_up.grave and deploy else "W"
        message = _MEANING.get(given_up.code, "{}").format(given_up.detail)
        if given_up.reason:
            message += f"; because: {given_up.reason}"
        yield Finding(level, given_up.code, message, str(given_up.origin or ""))


def _extension_findings(pipeline: Pipeline, *, deploy: bool) -> Iterator[Finding]:
    for check in pipeline.checks:
        if check.deploy and not deploy:
            continue
        with enter_scope(pipeline):
            problems = list(check.find())
        for it in problems:
            yield Finding("E" if check.deploy else "W", check.by, it.message, it.where, it.remedy)


def _template_findings(pipeline: Pipeline, root: Path) -> Iterator[Finding]:
    folders = [folder for folder in pipeline.template_folders if is_own(folder, root)]
    if folders:
        from demijohn.checks.templates import template_findings  # loads the template engine

        yield from template_findings(folders)


def _static_findings(pipeline: Pipeline | None) -> Iterator[Finding]:
    if pipeline is not None and StaticUrls in pipeline.services:
        yield from static_folder_findings(cast(StaticFiles, pipeline.services[StaticUrls]).folders)


def _order(finding: Finding) -> tuple[str, str, int, str]:
    file, _, line = finding.where.rpartition(":")
    if line.isdecimal():
        return finding.level, file, int(line), finding.code
    return finding.level, finding.where, 0, finding.code
