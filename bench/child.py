"""Runs the cases of one module in this process; a line of JSON per figure. Started by ``python -m bench``."""

import importlib
import json
import pickle
import sys
import traceback

import django


def main(module_name: str) -> int:
    stand = pickle.load(sys.stdin.buffer)  # noqa: S301  (from our own parent)
    django.setup()
    module = importlib.import_module(f"bench.cases.{module_name}")
    failed = 0
    for case in module.CASES:
        try:
            for found in case(stand):
                name, ratio, limit, *more = found
                print(json.dumps({"name": name, "ratio": ratio, "limit": limit, "at_least": bool(more and more[0])}), flush=True)
        except Exception:
            traceback.print_exc()
            print(json.dumps({"failed": case.__name__}), flush=True)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
