"""Hold Emmett55's first page, to be imported and weighed. It makes folders at its root, so that is a temporary one."""

import tempfile

from emmett55 import App

root = tempfile.TemporaryDirectory()
app = App(__name__, root_path=root.name)


@app.route("/", methods="get")
async def hello() -> str:
    return "Hello, World!"
