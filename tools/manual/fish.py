"""The completion script for fish, 3.0 and later."""

from collections.abc import Iterable, Iterator

from tools.manual.tree import Command, Parameter
from tools.manual.values import Values

# fish asks every line's condition; it remembers the answer for the length of one TAB.
_SCRIPT = """\
# fish completion for {program}
# Generated from the commands: python -m tools.manual

function __{program}_at  # whether this is the command being typed, and this its argument's number
    set -l at {program}
    set -l position 1
    set -l words (commandline -opc)
    set -e words[1]
    set -l pending
    for word in $words
        if set -q pending[1]
            set -e pending
            continue
        end
        switch "$at $word"
            case {commands}
                set at "$at $word"
            case {valued}
                set pending $word
            case '* -*'
            case '*'
                set position (math $position + 1)
        end
    end
    test "$at" = "$argv[1]"
    and begin
        not set -q argv[2]
        or test $position $argv[2..3]
    end
end

function __{program}_several  # words of which several may stand here, with commas between
    set -l before (commandline -ct | string replace -r '^--[^=]*=' '' | string match -r '.*,')
    printf '%s\\n' "$before"$argv
end

function __{program}_profiles  # those of the user, read from the configuration
    set -l folder $HOME/.config
    string match -q '/*' -- "$XDG_CONFIG_HOME"; and set folder $XDG_CONFIG_HOME
    set folder $folder/binfut
    test -n "$BINFUT_CONFIG_DIR"; and set folder $BINFUT_CONFIG_DIR
    test -r $folder/config.toml; or return 0
    string replace -rf '^\\[profiles\\.([A-Za-z0-9_-]+)\\]$' '$1' < $folder/config.toml
end

complete -c {program} -f
{lines}
"""


def script(root: Command) -> str:
    """Write the script for the program and every command below it."""
    commands = list(root.walk())
    return _SCRIPT.format(
        program=root.name,
        commands=_quoted(command.spoken for command in commands[1:]),
        valued=_quoted(
            f"{command.spoken} {name}"
            for command in commands
            for option in command.options
            if option.metavar
            for name in option.names
        ),
        lines="\n".join(line for command in commands for line in _lines(command)),
    )


def _lines(command: Command) -> Iterator[str]:
    for below in command.commands:
        yield f"{_when(command)} -a {_quote(below.name)} -d {_quote(below.summary)}"
    for option in command.options:
        yield _option(command, option, option.names)
        if option.negations:
            yield _option(command, option, option.negations)
    for number, argument in enumerate(command.arguments, 1):
        if taken := _taken(command, argument.values):
            place = f" {'-ge' if argument.repeats else '-eq'} {number}"
            yield f"{_when(command, place)} {taken}"


def _option(command: Command, option: Parameter, names: tuple[str, ...]) -> str:
    words = [f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in names]
    if option.metavar:
        words.append("-r" if option.values.file else "-x")
        words.append(_taken(command, option.values))
    return " ".join(filter(None, [_when(command), *words, f"-d {_quote(option.help)}"]))


def _when(command: Command, place: str = "") -> str:
    asked = f"__{command.path[0]}_at {_quote(command.spoken)}{place}"
    return f"complete -c {command.path[0]} -n {_quote(asked)}"


def _taken(command: Command, values: Values) -> str:
    if values.file:
        return "-F"
    words = " ".join(values.words)
    if values.profiles:
        return f"-a {_quote(f'(__{command.path[0]}_profiles) {words}'.rstrip())}"
    if values.several:
        return f"-a {_quote(f'(__{command.path[0]}_several {words})')}"
    return f"-a {_quote(words)}" if words else ""


def _quoted(words: Iterable[str]) -> str:
    return " ".join(_quote(word) for word in words)


def _quote(text: str) -> str:
    """Quote for fish, where a single-quoted text knows two escapes."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
