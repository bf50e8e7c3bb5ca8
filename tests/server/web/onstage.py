"""A performance in virtual time with a hub that follows it."""

from server.web.hub import Hub
from tests.engines.band import GENRES
from tests.server.stagehand import Stagehand
from tests.server.web.reader import Reader


class Onstage(Stagehand):
    """hub: tells the readers that came in by `reader`."""

    def __init__(self, **wishes):
        super().__init__(**wishes)
        self.hub = Hub(self.front, self.transport, GENRES, "0", address=str)
        self.performance.dispatch.followers.append(self.hub)
        self.hub.open()

    async def __aexit__(self, *error):
        self.hub.close()
        await super().__aexit__(*error)

    def reader(self, **bounds):
        reader = Reader(**bounds)
        self.hub.enter(reader.outbox)
        return reader
