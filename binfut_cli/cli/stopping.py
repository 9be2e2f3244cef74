"""How a run is told to end."""


class Terminated(BaseException):
    """SIGTERM or SIGHUP came; like KeyboardInterrupt, no ordinary handler may swallow it."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
