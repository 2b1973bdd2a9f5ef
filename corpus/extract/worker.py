"""The process that reads files of risky formats: `python -m corpus.extract.worker`, driven by `isolated`.

Takes a line of JSON and that many bytes on stdin, gives one line of JSON on stdout (and `{"progress": true}` lines
before it), until stdin ends.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from typing import Any, BinaryIO

from corpus.errors import UnreadableError
from corpus.extract import limits, progress
from corpus.extract.kind import Kind
from corpus.extract.readers import read
from corpus.extract.wire import to_json


def main() -> None:
    # Libraries that print must not break the protocol.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # Only the soft limit: LibreOffice maps more than this before it does anything, and is given back the hard one.
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    soft = limits.WORKER_MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(hard, limits.WORKER_MEMORY_BYTES)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    progress.listen(lambda: _write(out, {"progress": True}))
    source = sys.stdin.buffer
    while header := source.readline():
        request = json.loads(header)
        data = source.read(request["size"])
        _write(out, _answer(data, request["file"], Kind(request["kind"])))


def _answer(data: bytes, file: str, kind: Kind) -> dict[str, Any]:
    try:
        return {"documents": [to_json(document) for document in read(data, file, kind)]}
    except UnreadableError as e:
        return {"error": {"reason": e.reason, "advice": e.params["advice"]}}
    except MemoryError:
        return {"error": {"reason": "memory", "advice": "it needs too much memory; give it in parts"}}
    except Exception as e:  # a parser's own exception on a file nobody foresaw: refused, never passed on
        advice = f"it is damaged or of a form not known here ({type(e).__name__}); save it again or as another format"
        return {"error": {"reason": "damaged", "advice": advice}}


def _write(out: BinaryIO, answer: dict[str, Any]) -> None:
    out.write(json.dumps(answer).encode() + b"\n")
    out.flush()


if __name__ == "__main__":
    main()
