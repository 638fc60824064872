"""Stand before uvloop on the path: a hello-world installs no extras, so where memory is weighed it must not be found."""

raise ImportError("uvloop is hidden: see benchmarks/footprint.py")
