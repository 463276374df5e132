"""The address on a printed slip, `/r/<token>`: it names nobody and opens nothing by itself."""

from typing import Final

import segno
from markupsafe import Markup

from kernel.web.sealing import find_unsealed_for_all, sealed_for_all
from kernel.web.visit import Visit
from kernel.work import ReadWork

_PURPOSE: Final = "referral"


def link_to(visit: Visit, work: ReadWork, request_id: str) -> str:
    """The whole address of a referral for paper; its beginning is the station's public one."""
    token = sealed_for_all(work, _PURPOSE, [request_id])
    base = work.settings.base_url or f"http://{visit.headers.get('host', 'localhost')}"
    return f"{base.rstrip('/')}/r/{token}"


def find_linked(work: ReadWork, token: str) -> str:
    """The id of the ServiceRequest that a token names, empty for one that is not ours."""
    values = find_unsealed_for_all(work, _PURPOSE, token)
    return str(values[0]) if values else ""


def drawn(address: str) -> Markup:
    """The address as a QR code (ISO/IEC 18004), drawn as SVG within the page."""
    code = segno.make(address, error="m", micro=False)
    return Markup(code.svg_inline(border=2, omitsize=True))  # noqa: S704 - drawn here from an address
