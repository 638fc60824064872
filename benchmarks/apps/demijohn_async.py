"""Answer from Demijohn with an `async def` handler and every protection that it has by default."""

from benchmarks.apps.answer import greeting
from demijohn import App

app = App(__name__)


@app.get("/")
async def show() -> dict[str, str]:
    return greeting()
