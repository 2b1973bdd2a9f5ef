"""Zip containers (docx, odt, zip), opened with suspicion: sizes are checked before and while anything is inflated."""

from __future__ import annotations

import io
import zipfile
import zlib

from corpus.errors import UnreadableError
from corpus.extract import limits

_ENCRYPTED = 0x1
_CHUNK = 1 << 16


class Container:
    """A zip file in memory. `read` inflates one member, never more of all of them than the limits allow."""

    def __init__(self, data: bytes, file: str) -> None:
        """UnreadableError when it is damaged, has too many members or claims to expand too far."""
        self.file = file
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            infos = self._zip.infolist()
        except Exception as e:  # zipfile raises many kinds (BadZipFile, struct.error, …) on bytes it does not like
            raise self._damaged() from e
        if len(infos) > limits.MAX_ARCHIVE_MEMBERS:
            raise self._too_large(f"{len(infos)} members; up to {limits.MAX_ARCHIVE_MEMBERS} are read")
        if sum(i.file_size for i in infos) > limits.MAX_EXPANDED_BYTES or any(map(_bomb, infos)):
            raise self._too_large("it expands to far more than a document needs")
        self._infos = {i.filename: i for i in infos if not i.is_dir()}
        self._left = limits.MAX_EXPANDED_BYTES

    def names(self) -> list[str]:
        """Names of the members that are files, in the order of the archive."""
        return list(self._infos)

    def __contains__(self, name: str) -> bool:
        return name in self._infos

    def read(self, name: str) -> bytes:
        """The bytes of a member. UnreadableError when it is encrypted, damaged, or larger than it claims."""
        info = self._infos[name]
        if info.flag_bits & _ENCRYPTED:
            raise UnreadableError(self.file, "encrypted", "it is protected by a password; save it without one")
        out = bytearray()
        try:
            with self._zip.open(info) as member:
                while chunk := member.read(_CHUNK):
                    out += chunk
                    if len(out) > min(info.file_size, self._left):
                        raise self._too_large("a member is larger than it claims")
        except UnreadableError:
            raise
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as e:
            raise self._damaged() from e
        self._left -= len(out)
        return bytes(out)

    def _damaged(self) -> UnreadableError:
        return UnreadableError(self.file, "damaged", "the file is damaged or cut short; copy it again from its source")

    def _too_large(self, what: str) -> UnreadableError:
        return UnreadableError(self.file, "too_large", f"{what}; it is left alone")


def _bomb(info: zipfile.ZipInfo) -> bool:
    packed = max(1, info.compress_size)
    return info.file_size > limits.RATIO_FLOOR_BYTES and info.file_size / packed > limits.MAX_EXPANSION_RATIO
