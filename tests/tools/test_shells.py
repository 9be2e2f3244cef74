"""Tab, pressed in a real shell on a terminal, as a user has it after what the guide says."""

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from tests.support.program import binfut

CONFIG = """default = "main"

[profiles.main]
key_type = "hmac"
api_key = "abcd…wxyz"

[profiles.mine-2]
key_type = "hmac"
api_key = "abcd…wxyz"
"""
LINES = {  # what is typed before Tab, and what then stands there
    "binfut positions --profile mai": "main",
    "binfut watch -p one": "one-way",
    "binfut profile remove mine": "mine-2",
    "binfut profile add mai": "mai",
    "binfut status --fields totalW": "totalWalletBalance",
    "binfut watch --events listen": "listenKeyExpired",
    "binfut watch --events margin": "margin-call",
    "binfut income --type FUN": "FUNDING_FEE",
    "binfut schema backf": "backfill",
    "binfut wat": "watch",
    "binfut --install": "--install",  # typer's own
    "binfut --show": "--show",
}
RC = {
    "bash": (".bashrc", "PS1='> '; eval \"$(cat binfut.bash)\"\n"),
    "zsh": (".zshrc", "PS1='> '; fpath=($HOME $fpath); autoload -Uz compinit; compinit -u -D\n"),
    "fish": (
        ".config/fish/config.fish",
        "function fish_prompt; echo '> '; end; set fish_greeting\n",
    ),
}
PLACES = {"bash": "binfut.bash", "zsh": "_binfut", "fish": ".config/fish/completions/binfut.fish"}
OPTIONS = {"bash": ["--rcfile", ".bashrc", "--noprofile"], "zsh": ["-d"], "fish": []}


class Shell:
    """An interactive shell, whose lines can be read back."""

    def __init__(self, shell: str, home: Path) -> None:
        self._leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 200, 0, 0))
        bin_ = f"{Path(sys.executable).parent}:{os.defpath}"
        env = {"HOME": str(home), "PATH": f"{bin_}:/usr/bin", "TERM": "dumb", "LC_ALL": "C.UTF-8"}
        self._process = subprocess.Popen(
            [shell, *OPTIONS[shell], "-i"],
            cwd=home, env=env, stdin=follower, stdout=follower, stderr=follower,
            preexec_fn=lambda: os.login_tty(0), close_fds=True,
        )  # fmt: skip
        os.close(follower)
        self._said = ""

    def completed(self, line: str) -> str:
        """The line after Tab: it is made a word of `echo`, which says it."""
        begin = len(self._said)
        os.write(self._leader, f"{line}\t\x01echo got \n".encode())
        end = time.monotonic() + 20
        while not (found := re.search(r"^got (.*?) *$", self._text(begin), re.MULTILINE)):
            self._read(end - time.monotonic())
        return found[1]

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait(10)
        os.close(self._leader)

    def _text(self, begin: int) -> str:
        plain = re.sub(
            r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>()][AB0]?)", "", self._said[begin:]
        )
        return plain.replace("\r", "\n")

    def _read(self, timeout_s: float) -> None:
        ready, _, _ = select.select([self._leader], [], [], max(timeout_s, 0))
        assert ready, f"nothing more came; there is {self._said!r}"
        self._said += os.read(self._leader, 65536).decode(errors="replace")


@pytest.mark.parametrize("shell", RC)
def test_tab_completes_in_a_real_shell_with_the_users_own_profiles(
    shell: str, tmp_path: Path
) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    rc, text = RC[shell]
    for name, content in (
        (rc, text),
        (PLACES[shell], binfut("completion", shell).out),
        (".config/binfut/config.toml", CONFIG),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    running = Shell(shell, tmp_path)
    try:
        found = {line: running.completed(line) for line in LINES}
    finally:
        running.close()
    ends = {line: f"{line.rpartition(' ')[0]} {word}" for line, word in LINES.items()}
    assert {line: each.rstrip(",") for line, each in found.items()} == ends
