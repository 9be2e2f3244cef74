"""Weeks of a watch under a clock that is moved by hand, without threads or sockets."""
