"""The page's side of the server: what it is told, what it may say, who is let in. No library of sockets here.

messages are the frames of `/ws`; show is what a page that comes late must know of the music; hub tells all pages,
outbox is what waits for one, session what one says; door decides who comes in. `server.drivers.web` is the socket.
"""
