"""Make `python -m demijohn.cli` the same as `demijohn`."""

from __future__ import annotations

from demijohn.cli.entry import main

if __name__ == "__main__":
    main()
