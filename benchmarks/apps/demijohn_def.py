"""Answer from Demijohn with a plain `def` handler, in a worker thread, and every protection that it has by default."""

from benchmarks.apps.answer import greeting
from demijohn import App

app = App(__name__)


@app.get("/")
def show() -> dict[str, str]:
    return greeting()
