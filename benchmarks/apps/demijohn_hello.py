"""Hold the five lines of Demijohn's first page, to be imported and weighed."""

from demijohn import App

app = App(__name__)


@app.get("/")
def hello() -> str:
    return "Hello, World!"
