"""Hold Falcon's first page, to be imported and weighed."""

import falcon


class Hello:
    """Answer with text."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = "Hello, World!"


app = falcon.App()
app.add_route("/", Hello())
