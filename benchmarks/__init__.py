"""Measure Demijohn beside the bare server and its peers, as ratios taken in one run.

`measure.py` is the command (`make bench`). It asks `overhead.py` what a request costs over the bare server, `peers.py`
what the requests of `scenarios.py` cost other frameworks, and `footprint.py` what a hello-world weighs; all use the
processes of `servers.py`, the load of `load.py` and the spreads of `spread.py`. `report.py` and `report_peers.py` write
the page. The programs under test are in `apps/`. No figure from here gates a test.
"""
