"""How a run is told to end."""


class Terminated(BaseException):
    """SIGTERM came; like KeyboardInterrupt, no ordinary handler may swallow it."""
