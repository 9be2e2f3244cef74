"""The watch engine: sockets and timers in, records out. Nothing here prints."""
