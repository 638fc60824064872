"""Freeze an app: read what was declared, report every mistake at once, build the Pipeline that serves it.

`assemble` sets up the extensions (extensions.py), goes through the modules (tree.py), makes the policies from the
settings (policies.py) and an endpoint of each route (routes.py); folders.py finds templates and static files.
"""

from demijohn.assembly.assemble import assemble, load_settings, project_folder
from demijohn.assembly.extensions import settings_class_of

__all__ = ["assemble", "load_settings", "project_folder", "settings_class_of"]
