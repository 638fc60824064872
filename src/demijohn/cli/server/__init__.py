"""Start Granian with an app: the process behind `demijohn run` and `demijohn dev`. It runs without the command line."""
