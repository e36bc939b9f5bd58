"""The files of extensions over HTTP; the stamp in their address changes with them, so browsers may keep them."""

from __future__ import annotations

from starlette.responses import FileResponse, Response

from nexus_admin.web.extension_files import PREFIX, file_of
from nexus_admin.web.visit import PUBLIC, Door, Visit


def serve(visit: Visit) -> Response:
    """GET /x/static/{kind}/{name}/{stamp}/{path}: one file. The sign-in page may need it, so anybody may have it."""
    owner = f"{visit.path['kind']}/{visit.path['name']}"
    path = file_of(visit.kernel, owner, visit.path["path"])
    return FileResponse(path, headers={"cache-control": "public, max-age=31536000, immutable"})


DOORS = (Door(f"{PREFIX}/{{kind}}/{{name}}/{{stamp}}/{{path:path}}", serve, PUBLIC),)
