"""The files of a recording as bytes: opened, decompressed, and read from any place in them.

A file is gzip or Zstandard if it begins like one, whatever it is called; `-` is standard input.
"""

import gzip
import importlib
import io
import os
import stat
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from binfut_cli.errors import ConfigError, RecordingError

STDIN = "-"
BLOCK = 1 << 16
"""How many bytes are read at once: few enough to stay, decoded, near the processor."""
SKIMMED = 1 << 17
"""The same where little of it is decoded."""
LARGE = 1 << 20
"""The same where one look is taken at all of them."""
PACKED = 1 << 10
"""The same of Zstandard: few enough that what they may hold, some 30 MiB, fits into memory."""

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
"""How files begin that are compressed so."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that is open for reading.

    `size` is that of what can be read from any place in it; None where reading must begin at its
    start: a pipe, or a compressed file.
    """

    name: str
    _file: io.BufferedReader
    size: int | None
    _packed: BinaryIO | None = None  # what `_file` decompresses

    def blocks(self, offset: int = 0, size: int = BLOCK) -> Iterator[bytes]:
        """Its bytes from a place on, as far as there are any by then.

        Raises RecordingError where they cannot be read or decompressed.
        """
        try:
            if offset or self.size is not None:
                self._file.seek(offset)
            while block := self._file.read1(size):  # of a pipe what there is: it may be live
                yield block
        except Exception as exc:
            if not isinstance(exc, (OSError, EOFError, *decompression_errors())):
                raise
            raise RecordingError(
                f"{self.name} cannot be read on: {_why_not_on(exc)}.",
                hint="What comes before is shown; look at how the file was made or copied.",
            ) from exc

    def at(self, offset: int, length: int) -> bytes:
        """So many bytes from a place on, or those that there are; of a file with a `size`."""
        return os.pread(self._file.fileno(), length, offset)

    def fill(self, buffer: memoryview, offset: int) -> int:
        """The same into a buffer, which spares new memory for each look; how many there were."""
        return os.preadv(self._file.fileno(), [buffer], offset)

    def lines_before(self, offset: int) -> int:
        """How many lines end before a place; of a file with a `size`."""
        starts = range(0, offset, LARGE)
        return sum(self.at(start, min(LARGE, offset - start)).count(b"\n") for start in starts)

    def close(self) -> None:
        """Close it."""
        self._file.close()
        if self._packed is not None:
            self._packed.close()


def is_read_once(name: str) -> bool:
    """Whether a file can be opened and read only once: standard input, or a pipe by any name."""
    if name == STDIN:
        return True
    return os.path.exists(name) and not (os.path.isfile(name) or os.path.isdir(name))


def opened(name: str) -> File:
    """Open a file by its name; raise RecordingError if that cannot be."""
    if name == STDIN:
        if sys.stdin.buffer.closed:
            raise RecordingError("Standard input can be read once.", hint="Give it as a file.")
        return _told_by_its_beginning("standard input", sys.stdin.buffer)
    try:
        file = open(name, "rb")  # noqa: SIM115  closed by who reads the recording
    except (OSError, ValueError) as exc:
        raise RecordingError(
            f"{name} cannot be read: {_why(exc)}.",
            hint="Name a file that `binfut watch --json` has written.",
        ) from exc
    return _told_by_its_beginning(name, file)


def _told_by_its_beginning(name: str, file: BinaryIO) -> File:
    buffered = cast(io.BufferedReader, file)
    beginning = buffered.peek(4)[:4]
    if beginning.startswith(GZIP):
        return File(name, cast(io.BufferedReader, gzip.GzipFile(fileobj=file)), None, file)
    if beginning.startswith(ZSTD):
        frames = _Frames(file, zstd_unpacker(zstd_module()))
        return File(name, cast(io.BufferedReader, frames), None, file)
    found = os.fstat(file.fileno())
    return File(name, buffered, found.st_size if stat.S_ISREG(found.st_mode) else None)


class _Frames:
    """A row of Zstandard frames, unpacked; its libraries' readers do not all mind a torn last one.

    Raises EOFError where that is cut off.
    """

    def __init__(self, file: BinaryIO, unpacker: Callable[[], Any]) -> None:
        self._file = cast(io.BufferedReader, file)
        self._unpacker, self._frame = unpacker, unpacker()
        self._packed = b""  # that the frame before has left

    def read1(self, size: int = -1) -> bytes:
        """What comes next, however much that is; nothing at the end."""
        while packed := self._packed or self._file.read1(PACKED):
            if self._frame.eof:
                self._frame = self._unpacker()
            found: bytes = self._frame.decompress(packed)
            self._packed = self._frame.unused_data
            if found:
                return found
        if not self._frame.eof:
            raise EOFError
        return b""

    def close(self) -> None:
        """There is nothing to give back."""


def zstd_unpacker(module: Any) -> Callable[[], Any]:
    """What begins to unpack a frame: has `decompress`, `eof` and `unused_data`."""
    if module.__name__ == "zstandard":
        return lambda: module.ZstdDecompressor().decompressobj()
    return cast(Callable[[], Any], module.ZstdDecompressor)


def zstd_module() -> Any:
    """The module that reads and writes Zstandard; raise ConfigError if there is none."""
    for name in ("compression.zstd", "zstandard"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise ConfigError(
        "A recording is compressed with Zstandard, which this Python does not know.",
        hint="Install binfut[recordings]. To read one without: zstd -dc FILE | binfut replay -",
    )


def decompression_errors() -> tuple[type[Exception], ...]:
    """What decompressors of Zstandard and gzip raise; none is loaded to know that."""
    loaded = [sys.modules.get(name) for name in ("compression.zstd", "zstandard")]
    return (zlib.error, *(module.ZstdError for module in loaded if module is not None))


def _why(exc: Exception) -> str:
    return (exc.strerror if isinstance(exc, OSError) else None) or str(exc)


def _why_not_on(exc: Exception) -> str:
    """Why reading ended inside a file; the system's reasons have a number, decompressors' none."""
    if isinstance(exc, EOFError):
        return "its compressed data end too early: it was cut short, or is just being written"
    if isinstance(exc, OSError) and exc.errno is not None:
        return _why(exc)
    if "too much memory" in str(exc):  # Zstandard's: more than 128 MiB, as `zstd --long=31` takes
        return "to decompress it takes more memory than is safe; `zstd -dc --long=31 FILE` does it"
    return "its compressed data are damaged, and what comes just before may be so, too"
