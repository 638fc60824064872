"""Stand before uvloop on the path: a plain install has no extras, so where memory is weighed it is not to be found."""

raise ImportError("uvloop is hidden: see benchmarks/footprint.py")
