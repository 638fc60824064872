"""Say what a name of Flask or Django is called here: the table of what fingers write by themselves.

Its long form is docs/coming-from-flask.md. What modules that are not installed ask for is in remedies.py.
"""

from __future__ import annotations

import re

__all__ = ["habit_line"]

_IMPORTED = {
    "Blueprint": "It is Module here.",
    "Flask": "It is App here.",
    "HttpResponse": "It is Response here; html(...) and render(...) make pages.",
    "JsonResponse": "Return the dict or list itself.",
    "Markup": "It comes from markupsafe: from markupsafe import Markup",
    "current_app": "Import your app, or take the settings as a parameter: cfg: Settings",
    "g": "It is request.state here, a dict.",
    "jsonify": "Return the dict or list itself.",
    "make_response": "It is Response here.",
    "render_template": 'It is render here: return render("page.html", x=1)',
    "render_template_string": 'It is html here: return html("<p>{x}</p>", x=1)',
    "reverse": "It is url_for here.",
    "send_from_directory": "It is send_file here: send_file(folder, name)",
    "stream_with_context": "It is Stream here: return Stream(rows())",
}

# By the class on whose object the name was looked for.
_ATTRIBUTES = {
    "Module": {
        "add_template_filter": "Write @app.template_filter()",
        "add_url_rule": 'It is add_route here: app.add_route("/x", f)',
        "app_context": "It is app.context() here.",
        "app_errorhandler": "It is error_handler here, on the app.",
        "cli": "Write @app.command()",
        "config": "Settings are a class: class Settings(Config), and settings = app.configure(Settings)",
        "context_processor": "Write @app.template_global() above a function for each name, or pass it to render().",
        "errorhandler": "It is error_handler here.",
        "jinja_env": "Write @app.template_filter() or @app.template_global()",
        "logger": "Use logging.getLogger(__name__)",
        "register_blueprint": 'It is include here: app.include(module, prefix="/x")',
        "register_error_handler": "Write @app.error_handler(404)",
        "run": "Serve it from the terminal: demijohn dev, or demijohn run",
        "secret_key": "Set SECRET_KEY in the environment; demijohn dev makes one by itself.",
        "static_folder": "It is the folder static beside the file of the app.",
        "teardown_appcontext": "Close it in @app.after_request, which runs for errors too.",
        "teardown_request": "Close it in @app.after_request, which runs for errors too.",
        "template_folder": "It is the folder templates beside the file of the app.",
        "test_client": "Write Client(app), from demijohn.testing",
        "wsgi_app": "Write @app.middleware",
    },
    "Request": {
        "COOKIES": "It is request.cookies here.",
        "FILES": "It is request.files here.",
        "GET": "It is request.query here.",
        "META": "It is request.headers here.",
        "POST": "It is request.form here.",
        "args": "It is request.query here.",
        "data": "It is request.body here.",
        "endpoint": "It is request.route_name here.",
        "get_data": "It is request.body here.",
        "get_json": "It is request.json here, without parentheses.",
        "remote_addr": "It is request.client here.",
        "user": "What a hook found is in request.state here, a dict.",
        "values": "Ask request.query or request.form.",
        "view_args": "It is request.path_params here.",
    },
    "Response": {
        "data": "It is response.body here, bytes.",
        "mimetype": "It is response.content_type here.",
        "set_data": "Set response.body, to bytes.",
        "status_code": "It is response.status here.",
    },
    "Session": {
        "permanent": "Every session lasts 14 days after its last use; nothing has to be set.",
    },
}

_ARGUMENTS = {
    "defaults": "Give the parameter a default, and the function a second route.",
    "endpoint": "It is name here.",
    "static_folder": "Static files lie in a folder static beside the file of the module; leave it out.",
    "static_url_path": 'It is static here: App(__name__, static="/assets")',
    "template_folder": "Templates lie in a folder templates beside the file of the module; leave it out.",
    "url_prefix": 'The prefix is given where the module is included: app.include(module, prefix="/x")',
}

# What Python says of a call, up to here, and what is to be written.
_CALLS = {
    "render() takes 1 positional": 'Pass values by name, and no request: render("page.html", x=1)',
    "render_text() takes 1 positional": 'Pass values by name: render_text("mail.txt", x=1)',
    "Module.__init__() takes 2 positional": 'Write Module(__name__), or Module(__name__, name="blog")',
    "Module.include() takes 2 positional": 'Write app.include(module, prefix="/x")',
    "Module.before_request() missing 1": "Write @app.before_request, without parentheses.",
    "Module.after_request() missing 1": "Write @app.after_request, without parentheses.",
}
_UNKNOWN_ARGUMENT = re.compile(r"(?:App|Module)\.\w+\(\) got an unexpected keyword argument '(\w+)'")
_UNKNOWN_NAME = re.compile(r"cannot import name '(\w+)' from 'demijohn'")


def habit_line(error: BaseException) -> str:
    """Return what to write in place of a name that Flask or Django has and Demijohn has not; empty for other errors."""
    if isinstance(error, ImportError):
        found = _UNKNOWN_NAME.match(str(error))
        return _IMPORTED.get(found[1], "") if found else ""
    if isinstance(error, TypeError):
        found = _UNKNOWN_ARGUMENT.match(str(error))
        if found:
            return _ARGUMENTS.get(found[1], "")
        return next((line for told, line in _CALLS.items() if str(error).startswith(told)), "")
    if isinstance(error, AttributeError):
        for cls in type(error.obj).__mro__:
            if cls.__module__.startswith("demijohn.") and (names := _ATTRIBUTES.get(cls.__name__)):
                return names.get(error.name or "", "")
    return ""
