"""The queue in files: what a killed process leaves there stops neither who sends nor who works."""

import pytest
from kombu import Connection, Queue
from kombu.transport import filesystem

from foundation.jobs.file_queue import Transport


@pytest.fixture
def name(tmp_path):
    """Each test its own: Kombu remembers per process which queues are known."""
    return tmp_path.name


@pytest.fixture
def queue(tmp_path, name):
    """A queue as a process sees it that has just started."""
    for folder in ("messages", "processed", "control"):
        (tmp_path / folder).mkdir()
    options = {"data_folder_in": str(tmp_path / "messages"), "data_folder_out": str(tmp_path / "messages"), "control_folder": str(tmp_path / "control")}
    opened = []

    def make(transport=Transport):
        connection = Connection(transport=transport, transport_options=options)
        opened.append(connection)
        return connection.SimpleQueue(Queue(name, exchange=name, routing_key=name))

    yield make
    for connection in opened:
        connection.release()


def test_torn_message_is_passed_over(queue, name, tmp_path):
    (tmp_path / "messages" / f"1_torn.{name}.msg").write_bytes(b"")
    mine = queue()
    mine.put({"job": 7})
    message = mine.get(timeout=2)
    assert message.payload == {"job": 7}


def test_torn_table_of_queues_is_made_again(queue, name, tmp_path):
    (tmp_path / "control" / f"{name}.exchange").write_bytes(b"")
    mine = queue()
    mine.put({"job": 8})
    assert mine.get(timeout=2).payload == {"job": 8}
    assert name.encode() in (tmp_path / "control" / f"{name}.exchange").read_bytes()


def test_message_that_is_being_written_is_not_seen(queue, name, tmp_path):
    mine = queue()
    (tmp_path / "messages" / f"1_half.{name}.msg.part").write_text('{"body":')
    mine.put({"job": 9})
    assert mine.get(timeout=2).payload == {"job": 9}
    with pytest.raises(mine.Empty):
        mine.get(block=False)


def test_control_without_it_a_torn_message_stops_the_worker(queue, name, tmp_path):
    theirs = queue(filesystem.Transport)
    theirs._consume()
    (tmp_path / "messages" / f"1_torn.{name}.msg").write_bytes(b"")
    with pytest.raises(ValueError, match="Expecting value"):
        theirs.channel._get(name)


def test_control_without_it_a_torn_table_stops_whoever_starts(queue, name, tmp_path):
    (tmp_path / "control" / f"{name}.exchange").write_bytes(b"")
    with pytest.raises(ValueError, match="Expecting value"):
        queue(filesystem.Transport).channel._queue_bind(name, name, "", name)
