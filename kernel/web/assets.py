"""Static files under addresses that contain a digest of their content.

A browser may keep such a file for a year without asking again, because a changed file has
another address. Each file is read and compressed once; the line of a village station is slow.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

STATIC_FOLDER = Path(__file__).resolve().parent / "static"
STATIC_PREFIX = "/static/"
CACHE_CONTROL = "public, max-age=31536000, immutable"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file: its name below the folder, its address and its bytes."""

    name: str
    url: str
    media_type: str
    content: bytes
    compressed: bytes


@lru_cache(maxsize=1)
def _assets() -> dict[str, Asset]:
    """Every file of the static folder, by name."""
    return {
        asset.name: asset
        for path in sorted(STATIC_FOLDER.iterdir())
        if path.suffix in MEDIA_TYPES
        for asset in (_read(path),)
    }


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:12]
    return Asset(
        name=path.name,
        url=f"{STATIC_PREFIX}{digest}/{path.name}",
        media_type=MEDIA_TYPES[path.suffix],
        content=content,
        compressed=gzip.compress(content, compresslevel=9, mtime=0),
    )


def static_url(name: str) -> str:
    """The address of the static file `name`; raises `KeyError` for a file that is not there."""
    return _assets()[name].url


def find_asset(url: str) -> Asset | None:
    """The asset that is served at the path `url`, or None when digest or name do not fit."""
    asset = _assets().get(url.rsplit("/", maxsplit=1)[-1])
    return asset if asset is not None and asset.url == url else None


async def serve_static(request: Request) -> Response:
    """Answers GET and HEAD of `/static/{path:path}`, compressed where the client accepts it."""
    asset = find_asset(request.url.path)
    if asset is None:
        return PlainTextResponse("Not Found", status_code=404)
    headers = {"Cache-Control": CACHE_CONTROL, "Vary": "Accept-Encoding"}
    content = asset.content
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        content = asset.compressed
        headers["Content-Encoding"] = "gzip"
    return Response(content, media_type=asset.media_type, headers=headers)
