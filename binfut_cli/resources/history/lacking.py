"""What one market has and the other has not."""

from binfut_cli.errors import ExchangeError


class Lacking(ExchangeError):
    """This market has not what is asked for.

    Where another market was asked too, it is left out with a note, and is no failure.
    """
