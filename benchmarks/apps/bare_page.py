"""Answer with a page made by Jinja and nothing else between the server and the template."""

from granian._granian import RSGIHTTPProtocol as HTTPProtocol
from granian.rsgi import Scope
from jinja2 import Environment, FileSystemLoader, select_autoescape

from benchmarks.apps.answer import PAGE_HEADERS
from benchmarks.apps.samples import ROWS, TEMPLATES, TITLE

template = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape()).get_template("page.html")


async def app(scope: Scope, protocol: HTTPProtocol) -> None:
    protocol.response_str(200, PAGE_HEADERS, template.render(title=TITLE, rows=ROWS))
