"""Weigh what an app imports.

plan.py says what, interpreter.py starts scale.py, which is the process that is weighed, rounds.py makes rows of it.
"""
