"""What is said while a screen is shown: there it is told, and again when the screen is gone."""

from collections.abc import Callable

import msgspec

from binfut_cli.render.output import Output

MOST = 200


class Held(Output, frozen=True, kw_only=True):
    """Standard error behind a screen: `tell` shows a line there, `give` writes all of it."""

    behind: Output
    tell: Callable[[str], object]
    said: list[bytes] = msgspec.field(default_factory=list)

    @classmethod
    def of(
        cls, behind: Output, tell: Callable[[str], object], *, is_terminal: bool = False
    ) -> "Held":
        """Hold back what would be written to this output, which is to pass for a terminal or not.

        On one that does, lines are drawn anew in their place.
        """
        return cls(
            fd=behind.fd, is_terminal=is_terminal, colour=behind.colour,
            width=behind.width, palette=behind.palette, behind=behind, tell=tell,
        )  # fmt: skip

    def write(self, data: bytes) -> None:
        """Keep it, and show it where lines are told."""
        self.said.append(data)
        del self.said[:-MOST]
        for line in data.decode("utf-8", "replace").splitlines():
            self.tell(line)

    def give(self) -> None:
        """Write all that was said."""
        while self.said:
            self.behind.write(self.said.pop(0))
