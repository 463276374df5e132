"""SM4-GCM (GB/T 32907) with the interface of `AESGCM`, for the profile that asks for it."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

TAG = 16


class SM4GCM:
    """Authenticated encryption with a 128-bit SM4 key; the 16-byte tag follows the text."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Ciphertext and tag of `data`."""
        encryptor = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data or b"")
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """The text of `encrypt`. Raises InvalidTag if a byte or the associated data differs."""
        if len(data) < TAG:
            raise InvalidTag
        mode = modes.GCM(nonce, data[-TAG:])
        decryptor = Cipher(self._algorithm, mode).decryptor()
        decryptor.authenticate_additional_data(associated_data or b"")
        return decryptor.update(data[:-TAG]) + decryptor.finalize()
