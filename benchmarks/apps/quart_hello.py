"""Hold Quart's first page, to be imported and weighed."""

from quart import Quart

app = Quart(__name__)


@app.get("/")
async def hello() -> str:
    return "Hello, World!"
