"""Be the server process: `python -m demijohn.cli.server <options as JSON>`. The commands start it; people do not."""

from __future__ import annotations

import sys

from demijohn.cli.server.process import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
