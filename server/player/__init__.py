"""The player process: owns every MIDI port and the ledger; no asyncio."""
