"""Hold BlackSheep's first page, to be imported and weighed."""

from blacksheep import Application, get

app = Application()


@get("/")
async def hello() -> str:
    return "Hello, World!"
