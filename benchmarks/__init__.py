"""Measure Demijohn beside the bare server and its peers, as ratios taken in one run.

`measure.py` is the command (`make bench`). It asks `overhead.py` what a request costs and `footprint.py` what a
hello-world weighs; both use the processes of `servers.py`, the requests of `load.py` and the spreads of `spread.py`;
`report.py` writes the page. The programs under test are in `apps/`. No figure from here gates a test.
"""
