"""The manual pages: one for the program, one for each command below it."""

from collections.abc import Iterator

from binfut_cli import __version__
from tools.manual import prose
from tools.manual.roff import (
    bold,
    code,
    entry,
    example,
    italic,
    reference,
    section,
    text,
)
from tools.manual.tree import Command, Parameter


def name(path: tuple[str, ...]) -> str:
    """The page of a command: its words, with hyphens between."""
    return "-".join(path)


def page(command: Command) -> str:
    """Write a command's page."""
    said, examples = _told(command)
    parts = [
        _title(command),
        section("NAME", f"{code(name(command.path))} \\- {text(_gist(command.summary))}"),
        section("SYNOPSIS", _synopsis(command)),
        section("DESCRIPTION", *said),
        section("COMMANDS", *map(_below, command.commands)),
        section("ARGUMENTS", *map(_parameter, command.arguments)),
        section("OPTIONS", *map(_parameter, command.options)),
        section("EXAMPLES", *examples),
        section("EXIT STATUS", *_statuses()),
        section("ENVIRONMENT", *_environment(command)),
        section("FILES", *_files(command)),
        section("SEE ALSO", ",\n".join(_related(command))),
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _title(command: Command) -> str:
    program = command.path[0]
    page_name = name(command.path).upper().replace("-", r"\-")
    return (
        '.\\" Generated from the commands: python -m tools.manual\n'
        f'.TH "{page_name}" 1 "" "{program} {__version__}" "{program} manual"\n'
        ".nh\n.ad l"  # a name that is hyphenated cannot be copied
    )


def _gist(summary: str) -> str:
    """A summary as the NAME section has it: its first sentence, as if in mid-sentence."""
    first = summary.partition(". ")[0].rstrip(".")
    return first[:1].lower() + first[1:] if first[1:2].islower() else first


def _synopsis(command: Command) -> str:
    words = [bold(command.spoken), f"[{italic('OPTION')}...]"]
    if command.commands:
        words.append(f"{italic('COMMAND')} ...")
    for argument in command.arguments:
        word = italic(argument.names[0]) + ("..." if argument.repeats else "")
        words.append(word if argument.required else f"[{word}]")
    return " ".join(words)


def _told(command: Command) -> tuple[list[str], list[str]]:
    """The help's paragraphs: what it says, and what follows the word Examples."""
    said: list[str] = []
    examples: list[str] = []
    into = said
    for paragraph in command.help.split("\n\n"):
        if paragraph.strip() in ("Example:", "Examples:"):
            into = examples
        elif into is examples or paragraph.startswith(f"{command.path[0]} "):
            into.append(example(paragraph))
        else:
            into.append(f".PP\n{text(paragraph)}")
    return said, examples


def _below(command: Command) -> str:
    return entry(reference(name(command.path)), text(command.summary))


def _parameter(parameter: Parameter) -> str:
    spellings = ", ".join(map(bold, parameter.names))
    if parameter.negations:
        spellings += " / " + ", ".join(map(bold, parameter.negations))
    if parameter.metavar and parameter.names != (parameter.metavar,):
        spellings += f" {italic(parameter.metavar)}"
    elif parameter.metavar:
        spellings = italic(parameter.metavar)
    return entry(spellings, "\n".join([text(parameter.help), *_details(parameter)]).strip())


def _details(parameter: Parameter) -> Iterator[str]:
    words = ", ".join(map(bold, parameter.values.words))
    if parameter.values.several:
        yield f"One or several, with commas between, of {words}."
    elif words and parameter.names == (parameter.metavar,):
        yield f"One of {words}."
    if limits := _limits(*parameter.bounds):
        yield limits
    if parameter.default is not None:
        yield f"Default: {bold(parameter.default)}."
    if parameter.envvar:
        yield f"Environment: {bold(parameter.envvar)}."
    if parameter.repeats:
        yield "May be given more than once."


def _limits(least: float | None, most: float | None) -> str:
    if least is None:
        return "" if most is None else f"At most {most}."
    return f"At least {least}." if most is None else f"From {least} to {most}."


def _statuses() -> Iterator[str]:
    for status, meaning in prose.statuses().items():
        yield entry(bold(str(int(status))), text(meaning))


def _environment(command: Command) -> Iterator[str]:
    """The program's page has the variables of no option; the others have those of theirs."""
    if len(command.path) == 1:
        for variable, meaning in prose.VARIABLES.items():
            yield entry(bold(variable), text(meaning))
        return
    for option in command.options:
        if option.envvar:
            yield entry(bold(option.envvar), f"Stands in for {bold(option.names[-1])}.")
    yield f".PP\nThe variables of the key and of colour are in {reference(command.path[0])}."


def _files(command: Command) -> Iterator[str]:
    if len(command.path) == 1:
        for file, meaning in prose.FILES.items():
            yield entry(italic(file), text(meaning))


def _related(command: Command) -> Iterator[str]:
    """The pages of the commands above, and of those below."""
    for depth in range(1, len(command.path)):
        yield reference(name(command.path[:depth]))
    for below in command.commands:
        yield reference(name(below.path))
