"""The suite's settings with a door for the bench: entering by name, and statements counted on demand."""

from suite.settings import *  # noqa: F403, TID251  (a settings module itself)
from suite.settings import MIDDLEWARE, PRODUCTION  # noqa: TID251

if PRODUCTION:
    raise RuntimeError("The bench opens doors that production must not have.")
ROOT_URLCONF = "bench.urls"
MIDDLEWARE = ["bench.counting.CountStatements", *MIDDLEWARE]
