"""Old Word files, RTF and OpenDocument text, through LibreOffice when it is installed."""

from __future__ import annotations

import resource
import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from corpus.errors import UnreadableError
from corpus.extract import limits
from corpus.extract.container import Container
from corpus.extract.docx import read_docx
from corpus.extract.extracted import Extracted, sha256

_PROGRAMS = ("soffice", "libreoffice")
# Macros never run, and links in the document are not followed.
_SAFE_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
</oor:items>
"""


def read_office(data: bytes, file: str) -> Extracted:
    """A doc, rtf or odt file: turned into docx by LibreOffice in a profile of its own, then read as such.

    UnreadableError when LibreOffice is not installed (with what to install), cannot read it, or takes too long.
    """
    program = office_program()
    if program is None:
        raise UnreadableError(
            file,
            "needs_libreoffice",
            "this kind of file is read with LibreOffice, which is not installed: install it (Debian:"
            " apt-get install libreoffice-writer-nogui), or save the file as docx",
        )
    if data.startswith(b"PK"):
        Container(data, file)  # an odt is a zip: the same limits
    with tempfile.TemporaryDirectory(prefix="trichdan-") as folder:
        source = Path(folder, "source" + _suffix(data))
        source.write_bytes(data)
        _convert(program, source, Path(folder), file)
        target = source.with_suffix(".docx")
        if not target.is_file() or target.stat().st_size > limits.MAX_FILE_BYTES:
            raise UnreadableError(file, "damaged", "LibreOffice cannot read it; open it in Word and save it as docx")
        return replace(read_docx(target.read_bytes(), file), sha256=sha256(data))


def office_program() -> str | None:
    """Path of LibreOffice's program, or None when it is not installed."""
    return next(filter(None, map(shutil.which, _PROGRAMS)), None)


def _convert(program: str, source: Path, folder: Path, file: str) -> None:
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_SAFE_SETTINGS, encoding="utf-8")
    command = [
        program,
        f"-env:UserInstallation={profile.as_uri()}",
        "--headless", "--norestore", "--nolockcheck", "--nodefault",
        "--convert-to", "docx:MS Word 2007 XML",
        "--outdir", str(folder),
        str(source),
    ]  # fmt: skip
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=_full_memory,
    )
    try:
        process.wait(limits.OFFICE_SECONDS)
    except subprocess.TimeoutExpired as e:
        raise UnreadableError(file, "time", "LibreOffice took too long; open it in Word and save it as docx") from e
    finally:
        process.kill()  # what it started itself ends with this process's group, see isolated
        process.wait()


def _full_memory() -> None:
    """Runs in the child: LibreOffice maps more address space than a reader is allowed."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _suffix(data: bytes) -> str:
    if data.startswith(b"{\\rtf"):
        return ".rtf"
    return ".odt" if data.startswith(b"PK") else ".doc"
