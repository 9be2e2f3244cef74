"""The dashboard over changes that the bench makes."""

from bench.dashboard.changes import frames
from binfut_cli.render.watch.live.app import Dashboard


class Full(Dashboard):
    """The dashboard with all its room for positions."""

    def on_ready(self) -> None:
        """Show nothing else."""
        self.action_full()


def main() -> None:
    """Run until killed."""
    every = frames()
    app = Full(lambda: next(every), lambda by_signal: app.exit())
    app.run()


if __name__ == "__main__":
    main()
