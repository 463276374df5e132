"""Value types of the field: pure, without I/O, each understood from text in exactly one place."""

from kernel.values.dates import parse_date
from kernel.values.identity_number import (
    DocumentKind,
    IdentityNumber,
    mask_identity_number,
    parse_document_number,
    parse_identity_number,
    upgrade_legacy_number,
)
from kernel.values.invalid import InvalidValue
from kernel.values.names import mask_name, name_keys, normalise_text, search_key, suffix_keys
from kernel.values.phone import Phone, PhoneKind, mask_phone, parse_phone

__all__ = [
    "DocumentKind",
    "IdentityNumber",
    "InvalidValue",
    "Phone",
    "PhoneKind",
    "mask_identity_number",
    "mask_name",
    "mask_phone",
    "name_keys",
    "normalise_text",
    "parse_date",
    "parse_document_number",
    "parse_identity_number",
    "parse_phone",
    "search_key",
    "suffix_keys",
    "upgrade_legacy_number",
]
