"""HTTP and WebSockets on one TCP port; the only package that knows aiohttp.

Laws: a client is waited for by nobody but its own task; its buffers are bounded; who is too slow in saying what it
wants, or in taking what it asked for, is cut off. driver listens and answers, connection bounds what one may take,
visit is one WebSocket.
"""

from server.drivers.web.driver import WebDriver

__all__ = ["WebDriver"]
