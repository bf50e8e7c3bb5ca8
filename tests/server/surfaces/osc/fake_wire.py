"""A wire without a socket: what is sent stands in `sent`, decoded; `refuse` names targets that cannot be reached."""

from server.surfaces.osc.packet import decode


class FakeWire:
    address = ("127.0.0.1", 9000)
    granted = 4_194_304
    overflowed = 0

    def __init__(self):
        self.sent = []
        self.refuse = set()
        self.closed = False

    def open(self, receive):
        self.receive = receive

    def send(self, data, to):
        if to in self.refuse:
            return False
        self.sent += [(to, message.address, message.args) for message in decode(data)]
        return True

    def neighbour(self, sender, port):
        return sender[0], port

    def close(self):
        self.closed = True

    def take(self):
        """Return and forget what was sent."""
        sent, self.sent = self.sent, []
        return sent
