"""How a body lies in the database: compressed, then encrypted, bound to its place.

Layout: key version (1 byte), nonce (12), ciphertext with tag. The associated data is where the
body belongs (`type/id/version`), so a row copied over another does not decrypt, while the history,
which keeps type, id and version, does.
"""

import os
import zlib

from cryptography.exceptions import InvalidTag

from kernel.security.keyring import KeyRing

_LEVEL = 4
_WORDS = (
    b'{"resourceType":"Observation","id":"","meta":{"versionId":"1","lastUpdated":"20'
    b'"identifier":[{"system":"urn:oid:2.16.156.10011.1.2","value":""'
    b'"extension":[{"url":"https://station.example.org/fhir/StructureDefinition/'
    b'"name":[{"text":"","family":"","given":[""]}],"telecom":[{"system":"phone","value":"1'
    b'"gender":"female","birthDate":"19","address":[{"text":"","line":["'
    b'"managingOrganization":{"reference":"Organization/"}'
    b'"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category"'
    b',"code":"vital-signs","display":"Vital Signs"}]}],"code":{"coding":[{"system":"http://loinc.'
    b'org","code":"","display":""}],"text":""},"subject":{"reference":"Patient/"},"encounter":{"'
    b'reference":"Encounter/"},"effectiveDateTime":"2026-01-01T09:00:00+08:00","issued":"20'
    b'"valueQuantity":{"value":1,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"'
    b'},"period":{"start":"","end":""},"performer":[{"reference":"Practitioner/"}],"status":"final"'
)
"""Words that most bodies hold; the compressor starts from them. Never change: see `_pack`."""


class Damaged(Exception):
    """A stored body was changed, moved or truncated, or its key is missing."""


def _pack(data: bytes) -> bytes:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15, zdict=_WORDS)
    return packer.compress(data) + packer.flush()


def seal(keys: KeyRing, place: str, data: bytes) -> bytes:
    """Compress and encrypt `data` for the row named by `place`."""
    nonce = os.urandom(12)
    key = keys.current
    return bytes([key.version]) + nonce + key.body.encrypt(nonce, _pack(data), place.encode())


def unseal(keys: KeyRing, place: str, sealed: bytes) -> bytes:
    """The bytes that `seal` was given. Raises Damaged, naming the place."""
    key = keys.keys.get(sealed[0])
    if key is None:
        raise Damaged(f"{place}: key version {sealed[0]} is not in the key ring")
    try:
        packed = key.body.decrypt(sealed[1:13], sealed[13:], place.encode())
    except InvalidTag:
        raise Damaged(f"{place}: the stored body was changed or moved") from None
    return zlib.decompressobj(-15, zdict=_WORDS).decompress(packed)


def place_of(type_: str, id_: str, version: int) -> str:
    """The name of the row that a version of a resource lies in."""
    return f"{type_}/{id_}/{version}"
