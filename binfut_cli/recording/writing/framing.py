"""How the bytes of a recording lie in its file: as they are, or in frames that each stand alone.

A compressed file is a row of whole frames (Zstandard) or members (gzip), which every decompressor
reads as one; so a kill costs no more than the frame that was being written.
"""

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from binfut_cli.errors import RecordingError
from binfut_cli.recording.files import (
    GZIP,
    ZSTD,
    decompression_errors,
    zstd_module,
    zstd_unpacker,
)

Blocks = Callable[[int, int], bytes]
"""A file's bytes: so many, from a place on."""
BLOCK = 1 << 16
BEGIN = b'{"v":'
"""How the first record of a recording begins."""
LEVEL = 6  # of gzip; more costs twice the time for a percent


@dataclass(frozen=True, slots=True)
class Framing:
    """`frame` packs whole lines; each frame is begun with `magic`, and `unpacker` reads one.

    Without an unpacker bytes lie as they are, and a line is a frame.
    """

    magic: bytes
    frame: Callable[[bytes], bytes]
    unpacker: Callable[[], Any] | None = None

    def whole(self, name: str, size: int, read: Blocks) -> int:
        """Up to where a file consists of whole frames; raise RecordingError if it is none of these.

        The last one may have been cut off anywhere.
        """
        beginning = read(4, 0)
        packed = next((each for each in (GZIP, ZSTD) if beginning.startswith(each)), b"")
        if packed != self.magic and size and not self.magic.startswith(beginning):
            raise RecordingError(
                f"{name!r} is not compressed as its name says.",
                hint="Name another file; this one was left as it is.",
            )
        whole = (
            _whole_lines(size, read)
            if self.unpacker is None
            else self._whole_frames(name, size, read, self.unpacker)
        )
        if whole < size and not self._is_recording(read(BLOCK, 0)):  # its end must stay there
            raise RecordingError(
                f"{name!r} does not begin as a recording.",
                hint="Name another file; this one was left as it is.",
            )
        return whole

    def _is_recording(self, block: bytes) -> bool:
        """Whether a first block is a recording's; all of it, or zeros, may be a power cut's."""
        lines = block if self.unpacker is None else self.unpacker().decompress(block)
        return BEGIN.startswith(lines[: len(BEGIN)].lstrip(b"\0"))

    def _whole_frames(self, name: str, size: int, read: Blocks, unpacker: Callable[[], Any]) -> int:
        frame, whole = unpacker(), 0
        for place in range(0, size, BLOCK):
            block = read(min(BLOCK, size - place), place)
            end = place + len(block)
            while block:
                try:
                    frame.decompress(block)
                except decompression_errors() as exc:
                    raise RecordingError(
                        f"{name!r} is damaged behind its byte {whole:,}, and left as it is.",
                        hint="Move it away, and begin another; `binfut replay` shows what it has.",
                    ) from exc
                if not frame.eof:
                    break
                block = frame.unused_data
                frame, whole = unpacker(), end - len(block)
        return whole


def framing_of(path: Path) -> Framing:
    """How a file is to be written, by its name: `….gz`, `….zst`, anything else as it is.

    Raises ConfigError if this Python cannot compress so.
    """
    match path.suffix:
        case ".gz":
            return Framing(GZIP, _gzip, lambda: zlib.decompressobj(wbits=31))
        case ".zst":
            return _zstandard(zstd_module())
        case _:
            return Framing(b"", bytes)


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, LEVEL, mtime=0)


def _zstandard(module: Any) -> Framing:
    has_packer = module.__name__ == "zstandard"
    pack = module.ZstdCompressor().compress if has_packer else module.compress
    return Framing(ZSTD, pack, zstd_unpacker(module))


def _whole_lines(size: int, read: Blocks) -> int:
    end = size
    while end > 0:
        start = max(0, end - BLOCK)
        found = read(end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
