"""The completion script for bash, 3.2 (macOS) and later. It needs no bash-completion."""

from collections.abc import Iterator
from shlex import quote

from tools.manual.tree import Command, Parameter
from tools.manual.values import Values

# Readline breaks words at `=` as well, unless the user has taken it out of COMP_WORDBREAKS: both
# `--option = value` and `--option=value` must be understood. Only the prefix test of [[ ]] decides
# what is offered: `compgen -W` would expand what stands in the words.
_SCRIPT = """\
# bash completion for {program}
# Generated from the commands: python -m tools.manual

_{program}_offer() {{  # words of which one may stand here
    local word
    for word in "$@"; do
        [[ $prefix$word == "$current"* ]] && COMPREPLY+=("$prefix$word")
    done
}}

_{program}_offer_several() {{  # words of which several may stand here, with commas between
    [[ $current == *,* ]] && prefix=$prefix${{current:${{#prefix}}}} && prefix=${{prefix%,*}},
    compopt -o nospace 2>/dev/null
    _{program}_offer "$@"
}}

_{program}_offer_profiles() {{  # those of the user, read from the configuration
    local name folder=${{XDG_CONFIG_HOME:-}}
    [[ $folder == /* ]] || folder=$HOME/.config
    folder=${{BINFUT_CONFIG_DIR:-$folder/binfut}}
    [[ -r $folder/config.toml ]] || return 0
    while IFS= read -r name; do
        [[ $name == '[profiles.'*']' ]] || continue
        name=${{name#*.}} name=${{name%]}}
        [[ $name == *[!A-Za-z0-9_-]* ]] || _{program}_offer "$name"
    done < "$folder/config.toml"
}}

_{program}_offer_files() {{
    local name
    compopt -o filenames 2>/dev/null
    while IFS= read -r name; do
        COMPREPLY+=("$prefix$name")
    done < <(compgen -f -- "${{current:${{#prefix}}}}")
}}

_{program}_at() {{  # what a command knows: its commands, options, and options with a value
    commands=() options=() valued=''
    case $at in
{commands}
    esac
}}

_{program}_values() {{  # what an option, or the argument with this number, takes
    case "$at $1" in
{values}
    esac
}}

_{program}() {{
    local at={program} option='' current=${{COMP_WORDS[COMP_CWORD]}} prefix='' word
    local position=1 only_arguments='' i commands options valued
    COMPREPLY=()
    _{program}_at
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${{COMP_WORDS[i]}}
        if [[ $word == '=' ]]; then
            continue
        elif [[ $option ]]; then
            option=''
        elif [[ ! $only_arguments && $word == -- ]]; then
            only_arguments=yes
        elif [[ ! $only_arguments && $word == -* ]]; then
            [[ $valued == *" $word "* ]] && option=$word
        elif [[ " ${{commands[*]-}} " == *" $word "* ]]; then
            at="$at $word"
            _{program}_at
        else
            ((position++))
        fi
    done
    [[ $current == '=' ]] && current=''
    if [[ ! $option && ! $only_arguments && $current == --*=* ]]; then
        option=${{current%%=*}}
        prefix=$option=
    fi
    if [[ $option ]]; then
        _{program}_values "$option"
    elif [[ ! $only_arguments && $current == -* ]]; then
        _{program}_offer "${{options[@]}}"
    elif [[ ${{commands[0]-}} ]]; then
        _{program}_offer "${{commands[@]}}"
    else
        _{program}_values "$position"
    fi
}}

complete -F _{program} {program}
"""


def script(root: Command) -> str:
    """Write the script for the program and every command below it."""
    return _SCRIPT.format(
        program=root.name,
        commands="\n".join(_known(command) for command in root.walk()),
        values="\n".join(line for command in root.walk() for line in _taken(command)),
    )


def _known(command: Command) -> str:
    names = " ".join(quote(below.name) for below in command.commands)
    options = " ".join(quote(name) for option in command.options for name in option.spellings)
    valued = " ".join(name for option in command.options if option.metavar for name in option.names)
    return (
        f"        {quote(command.spoken)})\n"
        f"            commands=({names})\n"
        f"            options=({options})\n"
        f"            valued={quote(f' {valued} ')}\n"
        "            ;;"
    )


def _taken(command: Command) -> Iterator[str]:
    for option in command.options:
        yield from _arm(
            command, [quote(f"{command.spoken} {name}") for name in option.names], option
        )
    for number, argument in enumerate(command.arguments, 1):
        yield from _arm(command, [_place(command, argument, number)], argument)


def _place(command: Command, argument: Parameter, number: int) -> str:
    """The pattern of an argument's number; one that repeats is the last, and takes the rest."""
    return quote(f"{command.spoken} ") + ("[0-9]*" if argument.repeats else str(number))


def _arm(command: Command, patterns: list[str], parameter: Parameter) -> Iterator[str]:
    if calls := [f"_{command.path[0]}_{each}" for each in _offers(parameter.values)]:
        yield f"        {' | '.join(patterns)}) {'; '.join(calls)} ;;"


def _offers(taken: Values) -> Iterator[str]:
    """The calls that offer the values; none for free text, of which there is nothing to offer."""
    if taken.file:
        yield "offer_files"
    if taken.profiles:
        yield "offer_profiles"
    if taken.words:
        words = " ".join(quote(word) for word in taken.words)
        yield f"offer{'_several' if taken.several else ''} {words}"
