"""The certificates of Dask in docker-compose.yaml, so that nobody without one can send it work.

`python -m dask_certificates FOLDER` makes an authority of this installation in FOLDER/authority. For each side of Dask
it makes a folder with `authority.pem` and `own.pem`, a certificate with its key. A repeat leaves what is good, and
makes anew what is missing or ends soon. `--ask HOST:PORT` shows the own certificate of FOLDER to a scheduler, and fails
when it is not answered.
"""

import argparse
import secrets
import socket
import ssl
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 20 * 365
OWN_DAYS = 5 * 365
RENEW_DAYS = 2 * 365
"""A start makes a certificate anew this long before its end; what runs on keeps the older one, which is still good."""
SKEW = timedelta(days=1)
"""By how much the clocks of two machines may differ."""
ASK_S = 10.0

SIDES = {
    "scheduler": (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH),
    "worker": (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH),
    "client": (ExtendedKeyUsageOID.CLIENT_AUTH,),
}
"""Scheduler and workers call each other. The tasks only call, so their certificate opens no server."""


class Authority:
    """An authority in a folder: read when it is there, else made. Raises ValueError for files that do not fit."""

    def __init__(self, folder: Path, now: datetime) -> None:
        self.now = now
        file = folder / "own.pem"
        if not file.exists():
            key = ec.generate_private_key(ec.SECP256R1())
            # A word of its own, so that a certificate of another installation is refused as that.
            name = _name(f"authority {secrets.token_hex(4)}")
            basic = x509.BasicConstraints(ca=True, path_length=0)
            made = _builder(name, name, key.public_key(), now, AUTHORITY_DAYS).add_extension(basic, critical=True)
            _write(file, _pem(key, made.add_extension(_usage(signs=True), critical=True).sign(key, hashes.SHA256())))
        self._key, self.certificate = _read(file)

    @property
    def pem(self) -> bytes:
        """The certificate alone, as all sides get it."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def is_good(self, file: Path) -> bool:
        """Whether a side's certificate is there, is ours, fits its key and does not end soon."""
        try:
            _, certificate = _read(file)
            certificate.verify_directly_issued_by(self.certificate)
        except (OSError, ValueError, InvalidSignature):
            return False
        return certificate.not_valid_after_utc - self.now > timedelta(days=RENEW_DAYS)

    def issue(self, side: str) -> bytes:
        """A new key and its certificate."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = _builder(_name(side), self.certificate.subject, key.public_key(), self.now, OWN_DAYS)
        made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        made = made.add_extension(_usage(signs=False), critical=True)
        made = made.add_extension(x509.ExtendedKeyUsage(SIDES[side]), critical=True)
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(f"dask-{side}")]), critical=False)
        return _pem(key, made.sign(self._key, hashes.SHA256()))


def make(folder: Path, now: datetime) -> list[str]:
    """Make what is missing or ends soon; says for each side what it has. Raises OSError and ValueError."""
    authority = Authority(_folder(folder / "authority"), now)
    said = []
    for side in SIDES:
        own = _folder(folder / side) / "own.pem"
        _write(own.with_name("authority.pem"), authority.pem)
        if is_new := not authority.is_good(own):
            _write(own, authority.issue(side))
        end = _read(own)[1].not_valid_after_utc
        said.append(f"{side}: {'a new' if is_new else 'the same'} certificate, good until {end:%Y-%m-%d}")
    return said


def ask(folder: Path, host: str, port: int) -> None:
    """Speak TLS with a scheduler, as one of its own sides. Raises OSError when it does not answer, or refuses."""
    context = ssl.create_default_context(cafile=str(folder / "authority.pem"))
    # as in Dask: the certificate, not the name, says who it is
    context.check_hostname = False
    context.load_cert_chain(folder / "own.pem")
    with socket.create_connection((host, port), ASK_S) as plain, context.wrap_socket(plain) as opened:
        # A refusal of our certificate comes with the first read: Dask speaks first.
        if not opened.recv(1):
            raise ConnectionError("it hung up")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the certificates, or ask a scheduler; returns 1 with one line of what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m dask_certificates", description="Dask's certificates")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--ask", metavar="HOST:PORT", help="show the folder's certificate to a scheduler")
    args = parser.parse_args(arguments)
    try:
        if args.ask:
            host, _, port = args.ask.rpartition(":")
            ask(args.folder, host, int(port))
        else:
            print("\n".join(make(args.folder, datetime.now(UTC))))
    except (OSError, ValueError) as error:
        print(f"Dask's certificates in {args.folder}: {error}", file=sys.stderr)
        return 1
    return 0


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    made = made.serial_number(x509.random_serial_number())
    return made.not_valid_before(now - SKEW).not_valid_after(now + timedelta(days=days))


def _usage(*, signs: bool) -> x509.KeyUsage:
    others = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only"), False
    )
    return x509.KeyUsage(
        digital_signature=not signs, key_cert_sign=signs, crl_sign=signs, decipher_only=False, **others
    )


def _name(words: str) -> x509.Name:
    parts = {NameOID.ORGANIZATION_NAME: "TiDES bridge, Dask", NameOID.COMMON_NAME: words}
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts.items()])


def _pem(key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> bytes:
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*form) + certificate.public_bytes(serialization.Encoding.PEM)


def _read(file: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """The key and the certificate of a file. Raises OSError and ValueError."""
    pem = file.read_bytes()
    key, certificate = serialization.load_pem_private_key(pem, None), x509.load_pem_x509_certificate(pem)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise ValueError(f"{file} has a certificate and a key that do not fit; take it away to have a new one")
    return key, certificate


def _folder(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _write(file: Path, content: bytes) -> None:
    """Write a file whole or not at all, for its owner alone."""
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    part.write_bytes(content)
    part.replace(file)


if __name__ == "__main__":
    sys.exit(main())
