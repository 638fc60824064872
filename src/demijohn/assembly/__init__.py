"""Freeze an app: read what was declared, report every mistake at once, build the Pipeline that serves it.

`assemble` goes through the app's modules (tree.py), makes the policies from the settings (policies.py) and an endpoint
of each route (routes.py).
"""

from demijohn.assembly.assemble import assemble, load_settings, project_folder

__all__ = ["assemble", "load_settings", "project_folder"]
