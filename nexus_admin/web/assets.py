"""The built files of the browser's side, sent as they were packed when they were built."""

from __future__ import annotations

import mimetypes
import os
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope


class Assets(StaticFiles):
    """Static files; where a `.gz` lies beside one and the browser takes it, that one is sent."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Answer with *full_path*, packed where that can be."""
        packed = Path(f"{os.fspath(full_path)}.gz")
        asked = Headers(scope=scope)
        if "gzip" not in asked.get("accept-encoding", "") or not packed.is_file():
            return super().file_response(full_path, stat_result, scope, status_code)
        headers = {"content-encoding": "gzip", "vary": "Accept-Encoding"}
        kind = mimetypes.guess_type(full_path)[0] or "application/octet-stream"
        answer = FileResponse(packed, status_code, headers, kind, stat_result=packed.stat())
        return NotModifiedResponse(answer.headers) if self.is_not_modified(answer.headers, asked) else answer
