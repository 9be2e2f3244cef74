"""`binfut sandbox …`: the embedded exchange as a server of its own."""

from typing import Annotated

import typer

from binfut_cli.commands.options import options as opt

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, add_completion=False)


@app.callback()
def sandbox() -> None:
    """Run the embedded exchange on its own, for other programs or another terminal."""


@app.command()
def serve(
    ctx: typer.Context,
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="N", help="0 for any free one.")
    ] = 0,
    tls: Annotated[bool, typer.Option("--tls", help="With a throw-away CA of its own.")] = False,
    story: Annotated[bool, typer.Option(help="Let the first account live.")] = True,
    speed: Annotated[
        float,
        typer.Option(
            min=0.1, max=1000, metavar="N", callback=opt.number, help="How fast it lives."
        ),
    ] = 1.0,
    seed: Annotated[int, typer.Option(metavar="N", help="Which life it lives.")] = 1,
    fault: Annotated[
        list[str] | None,
        typer.Option(metavar="JSON", help="Trouble from the start; may be given again."),
    ] = None,
    time_speed: Annotated[
        float,
        typer.Option(
            min=1,
            max=10_000,
            metavar="N",
            callback=opt.number,
            help="How fast the exchange's clock runs.",
        ),
    ] = 1.0,
) -> None:
    """Serve both markets on this machine; print where, as one line of JSON.

    A line to paste, with a key and --sandbox, is told on standard error.

    Example:

    binfut sandbox serve --port 9443 --tls

    binfut sandbox serve --fault '{"fault":"reset","probability":0.01,"count":null}'
    """
    from binfut_cli.commands.sandbox.serve import run

    life = {"story": story, "speed": speed, "seed": seed, "time_speed": time_speed}
    run(opt.context(ctx), port=port, faults=fault or (), tls=tls, **life)
