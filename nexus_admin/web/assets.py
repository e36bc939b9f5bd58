"""The built files of the browser's side, sent as they were packed when they were built."""

from __future__ import annotations

import gzip
import mimetypes
import os
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope


class Assets(StaticFiles):
    """Static files; where a `.gz` lies beside one and the browser takes it, that one is sent.

    Of the largest there is the `.gz` alone, which is unpacked for a browser that cannot do it.
    """

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Return where the file at *path* lies, or would without being packed, and what is known of it."""
        full_path, found = super().lookup_path(path)
        if found is None and not path.endswith(".gz"):
            packed, found = super().lookup_path(f"{path}.gz")
            full_path = packed.removesuffix(".gz")
        return full_path, found

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Answer with *full_path*, packed where that can be."""
        packed, plain = Path(f"{os.fspath(full_path)}.gz"), Path(full_path)
        asked = Headers(scope=scope)
        kind = mimetypes.guess_type(full_path)[0] or "application/octet-stream"
        if "gzip" not in asked.get("accept-encoding", "") or not packed.is_file():
            if plain.is_file():
                return super().file_response(full_path, stat_result, scope, status_code)
            unpacked = gzip.decompress(packed.read_bytes())
            return Response(unpacked, status_code, {"vary": "Accept-Encoding"}, kind)
        headers = {"content-encoding": "gzip", "vary": "Accept-Encoding"}
        answer = FileResponse(packed, status_code, headers, kind, stat_result=packed.stat())
        return NotModifiedResponse(answer.headers) if self.is_not_modified(answer.headers, asked) else answer
