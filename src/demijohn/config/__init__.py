"""Hold the typed settings of an app: Config, Secret, and the loading from files, environment and arguments."""

from __future__ import annotations

from demijohn.config.config import Config
from demijohn.config.loading import Setting, load_config, trace_config
from demijohn.config.secret import MASK, Secret, development_secret, masked
from demijohn.config.sources import project_root, project_table

__all__ = [
    "MASK",
    "Config",
    "Secret",
    "Setting",
    "development_secret",
    "load_config",
    "masked",
    "project_root",
    "project_table",
    "trace_config",
]
