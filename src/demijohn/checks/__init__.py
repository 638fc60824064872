"""Look over an app for `demijohn check`: mistakes, protections that were given up, what production must not have."""

from demijohn.checks.findings import Finding, run_checks

__all__ = ["Finding", "run_checks"]
