"""How soon an event is on standard output: from the server's send to the pipe's reader."""
