"""Hold the five lines of Flask's first page, to be imported and weighed."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    return "Hello, World!"
