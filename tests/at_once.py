"""Several calls in the same moment, each on a thread and a database connection of its own."""

import threading

from django.db import connection

from foundation.integrity import Refused


def together(*calls, refusals=(Refused,)):
    """Run the calls at the same moment; gives what each returned or by which refusal it was told; every other exception fails the test."""
    barrier, results, faults = threading.Barrier(len(calls)), [None] * len(calls), []

    def run(place, call):
        try:
            barrier.wait(20)
            results[place] = call()
        except refusals as refusal:
            results[place] = refusal
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "a call has not come back within a minute"
    if faults:
        raise faults[0]
    return results
