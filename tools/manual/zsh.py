"""The completion script for zsh, 5.1 and later: one function a command, written for _arguments."""

import re
from shlex import quote

from tools.manual.tree import Command, Parameter
from tools.manual.values import Values

# The file is a function to be autoloaded, or text to be sourced; its last lines serve both.
_SCRIPT = """\
#compdef {program}
# zsh completion for {program}
# Generated from the commands: python -m tools.manual

_{program}_profiles() {{  # those of the user, read from the configuration, beside those given
    local folder=$XDG_CONFIG_HOME
    [[ $folder == /* ]] || folder=$HOME/.config
    folder=${{BINFUT_CONFIG_DIR:-$folder/binfut}}
    local -a found
    [[ -r $folder/config.toml ]] && found=(${{(f)"$(<$folder/config.toml)"}})
    found=(${{${{(M)found:#\\[profiles.[A-Za-z0-9_-]##\\]}}#\\[profiles.}})
    compadd "$@" ${{found%\\]}}
}}

{functions}

if [[ $funcstack[1] == _{program} ]]; then
    _{program} "$@"
else
    compdef _{program} {program}
fi
"""

_COMMAND = """\
_{function}() {{
    _arguments -s -S : \\
        {specs}
}}"""

# Under `*::` the array $words shrinks to what the command below is to read.
_GROUP = """\
_{function}() {{
    local curcontext=$curcontext state state_descr line
    local -A opt_args
    local -a commands=(
        {commands}
    )
    _arguments -s -S -C -A '-*' : \\
        {specs} \\
        '1:command:->command' \\
        '*:: :->below' && return
    case $state in
        command) _describe command commands ;;
        below)
            curcontext=${{curcontext%:*:*}}:{program}-$line[1]:
            case $line[1] in
                {calls}
            esac
            ;;
    esac
}}"""


def script(root: Command) -> str:
    """Write the script for the program and every command below it."""
    functions = "\n\n".join(_function(command) for command in root.walk())
    return _SCRIPT.format(program=root.name, functions=functions)


def _function(command: Command) -> str:
    program = command.path[0]
    specs = [
        _option(program, option, names) for option in command.options for names in _sides(option)
    ]
    specs += [_argument(program, argument) for argument in command.arguments]
    return (_GROUP if command.commands else _COMMAND).format(
        program=program,
        function=_name(command),
        specs=" \\\n        ".join(specs),
        commands="\n        ".join(
            quote(f"{below.name}:{below.summary}") for below in command.commands
        ),
        calls="\n                ".join(
            f"{below.name}) _{_name(below)} ;;" for below in command.commands
        ),
    )


def _name(command: Command) -> str:
    return "_".join(command.path).replace("-", "_")


def _sides(option: Parameter) -> list[tuple[str, ...]]:
    """The names that switch on, and those that switch off."""
    return [names for names in (option.names, option.negations) if names]


def _option(program: str, option: Parameter, names: tuple[str, ...]) -> str:
    excluded = "*" if option.repeats else f"({' '.join(option.spellings)})"
    marked = [_marked(name) if option.metavar else name for name in names]
    spelt = f"{{{','.join(marked)}}}" if len(marked) > 1 else marked[0]
    rest = f"[{_escape(option.help, '[]')}]"
    if option.metavar:
        is_named = option.values.words or option.values.profiles
        asked = option.names[-1].lstrip("-") if is_named else option.metavar
        rest += f":{_escape(asked, ':')}:{_action(option.values, program)}"
    return f"{quote(excluded)}{spelt}{quote(rest)}"


def _marked(name: str) -> str:
    """A name whose value may follow at once (-mX, --market=X) or in the next word."""
    return f"{name}=" if name.startswith("--") else f"{name}+"


def _argument(program: str, argument: Parameter) -> str:
    place = "*:" if argument.repeats else ":" if argument.required else "::"
    return quote(f"{place}{_escape(argument.names[0], ':')}:{_action(argument.values, program)}")


def _action(values: Values, program: str) -> str:
    if values.file:
        return "_files"
    words = " ".join(quote(word) for word in values.words)
    if values.profiles:
        return f"_{program}_profiles - {words}".rstrip()
    if values.several:
        return f"_sequence compadd - {words}"
    return f"({words})" if words else " "


def _escape(text: str, special: str) -> str:
    return re.sub(f"[{re.escape(special)}\\\\]", r"\\\g<0>", text)
