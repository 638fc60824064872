"""Hold the programs under test, one a file, each as its documentation would write it."""
