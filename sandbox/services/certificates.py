"""Certificates of an authority of our own, as a site's would be."""

from pathlib import Path

import trustme
from cryptography.hazmat.primitives import serialization


class Authority:
    """An authority that signs certificates; `file` has its own, which whoever trusts it is given."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._authority = trustme.CA()
        self.file = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(self.file)

    def issue(self, name: str, *hosts: str) -> Path:
        """A file in PEM form with a new key and its certificate, for hosts (addresses, or a name of who asks)."""
        made = self._authority.issue_cert(*hosts or (name,))
        key = serialization.load_pem_private_key(made.private_key_pem.bytes(), None)
        # Java reads this form of a key alone.
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file = self._folder / f"{name}.pem"
        # The mode comes before the content, so no other user can read the key.
        file.touch(mode=0o600)
        file.write_bytes(key.private_bytes(*form) + b"".join(each.bytes() for each in made.cert_chain_pems))
        return file
