"""One client of OSCQuery on a WebSocket: its session, with an outbox."""

from server.web.oscquery import OscQuery
from server.web.oscquerysession import OscQuerySession
from server.web.outbox import Outbox


class QueryTalk:
    """Implements `session.Talk` for OSCQuery, which bounds by itself what it takes."""

    def __init__(self, query: OscQuery, outbox: Outbox, *, paired: bool) -> None:
        """Begin; `paired`: whether the client may do everything."""
        self.outbox = outbox
        self._session = OscQuerySession(
            query,
            lambda text: outbox.put(text.encode("utf-8", "replace")),
            lambda packet: outbox.put(packet, binary=True),
            paired=paired,
        )

    def take(self, data: str | bytes) -> str:
        """Take a frame."""
        if isinstance(data, str):
            self._session.text(data)
        else:
            self._session.binary(data)
        return ""

    def close(self) -> None:
        """Take nothing more."""
        self._session.close()
