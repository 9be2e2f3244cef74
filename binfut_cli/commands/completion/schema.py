"""`binfut schema`: what the JSON looks like, for programs."""

from typing import Annotated

import typer

from binfut_cli.commands.options import options as opt

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def schema(
    ctx: typer.Context,
    record: Annotated[
        str | None, typer.Argument(help="One record, as snapshot; all of them by default.")
    ] = None,
) -> None:
    """Print the JSON Schema (2020-12) of every record, or of one.

    Example:

    binfut schema position | jq .required
    """
    from binfut_cli.codec import indented
    from binfut_cli.errors import UsageError, did_you_mean
    from binfut_cli.render.json_schema import RECORDS
    from binfut_cli.render.json_schema import schema as schema_of

    if record is not None and record not in RECORDS:
        raise UsageError(
            f"There is no record {record!r}.{did_you_mean(record, RECORDS)}",
            hint=f"Records: {', '.join(RECORDS)}.",
        )
    found = schema_of(record) if record else {name: schema_of(name) for name in RECORDS}
    opt.context(ctx).out.write(indented(found) + b"\n")
