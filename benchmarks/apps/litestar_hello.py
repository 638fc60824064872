"""Hold Litestar's first page, to be imported and weighed."""

from litestar import Litestar, get


@get("/")
async def hello() -> str:
    return "Hello, World!"


app = Litestar([hello])
