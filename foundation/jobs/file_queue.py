"""The queue in files, made to survive a kill: a message appears whole or not at all, and a torn file stops nobody.

Kombu writes messages and its table of queues in place. A process killed in between leaves an empty file, at which every worker that
comes by ends. What a torn message asked for is not lost: the job stands in the database, and the sweep sends it again.
"""

import logging
import os
import uuid
from time import monotonic
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps

log = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    """Writes beside and renames; passes over what is torn."""

    def _put(self, queue: Any, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # the two bases name it differently
        place = os.path.join(self.data_folder_out, f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg")
        try:
            with open(f"{place}.part", "w", encoding="utf-8") as file:
                file.write(dumps(payload))
            os.replace(f"{place}.part", place)
        except OSError as error:
            raise ChannelError(f"Cannot add {place} to the queue.") from error

    def _get(self, queue: Any, timeout: Any = None) -> Any:
        while True:
            try:
                return super()._get(queue)
            except ValueError:  # taken out of the folder already
                log.warning("A torn message in queue %s was passed over.", queue)

    def get_table(self, exchange: str) -> Any:
        try:
            return super().get_table(exchange)
        except ValueError:
            return []

    def _queue_bind(self, exchange: str, *names: Any) -> None:
        try:
            super()._queue_bind(exchange, *names)
        except ValueError:
            self._exchange_file(exchange).unlink(missing_ok=True)
            super()._queue_bind(exchange, *names)


class Transport(filesystem.Transport):
    """Kombu's file transport with our channel."""

    Channel = Channel
