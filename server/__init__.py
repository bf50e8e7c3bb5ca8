"""server decides *when and where*: the only asyncio, sockets, MIDI and processes."""
