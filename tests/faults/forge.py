"""Makes worker processes quickly: the suite is loaded once, each line of input forks a process that becomes a Celery worker.

The child is the worker of production with its clock, in a session of its own, so that one signal kills all of it.
"""

import os
import sys

import django

WORKER = ["worker", "-B", "-P", "threads", "-c", "2", "--loglevel=WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]


def main() -> None:
    django.setup()
    from django.urls import get_resolver

    from suite.celery import app

    app.loader.import_default_modules()
    get_resolver().url_patterns  # noqa: B018  (read here once instead of in every child)
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os.setsid()
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            log = os.open(line.strip(), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(log, 1)
            os.dup2(log, 2)
            app.worker_main(WORKER)
            os._exit(0)
        print(pid, flush=True)
        os.waitpid(pid, 0)  # the next one only after this one is dead
        print("dead", flush=True)


if __name__ == "__main__":
    main()
