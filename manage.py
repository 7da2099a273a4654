#!/usr/bin/env python
"""Runs a management command in the suite's settings."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suite.settings")
    execute_from_command_line(sys.argv)
