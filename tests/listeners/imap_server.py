"""A real IMAP server (Dovecot) of the tests' own, with a mailbox for whoever asks for one."""

from __future__ import annotations

import base64
import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import imapclient
import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.patience import PATIENCE

PASSWORD = "hunter2-é"
TOKEN_SECRET = "0123456789abcdef0123456789abcdef"

CONFIG = """
base_dir = {root}/run
state_dir = {root}/run
log_path = {root}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
first_valid_uid = 1
mail_location = maildir:{root}/mail/%u
ssl = yes
auth_failure_delay = 0
ssl_cert = <{root}/cert.pem
ssl_key = <{root}/key.pem
disable_plaintext_auth = yes
login_trusted_networks =
auth_mechanisms = plain login xoauth2
imap_idle_notify_interval = 10 s
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {root}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/mail/%u
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def installed() -> bool:
    """Say whether there is a Dovecot that speaks IMAP."""
    return shutil.which("dovecot") is not None and Path("/usr/lib/dovecot/imap").exists()


@dataclass
class Mailbox:
    """The mailbox of one person, as she sees it herself."""

    user: str
    plain: int
    tls: int
    root: Path

    @property
    def url(self) -> str:
        """Where it is, by TLS from the beginning."""
        return f"imaps://{self.user}:hunter2-%C3%A9@localhost:{self.tls}"

    def token(self) -> str:
        """Return an access token."""
        claims = {"sub": self.user, "exp": datetime.now(UTC) + timedelta(hours=1)}
        return jwt.encode(claims, TOKEN_SECRET, "HS256", headers={"kid": "default"})

    @contextmanager
    def open(self, folder: str = "INBOX") -> Iterator[imapclient.IMAPClient]:
        """Yield a client of her own."""
        with imapclient.IMAPClient("localhost", self.tls) as client:
            client.plain_login(self.user, PASSWORD)
            client.select_folder(folder)
            yield client

    def put(self, *mails: bytes, folder: str = "INBOX", flags: tuple[bytes, ...] = ()) -> None:
        """Have mails come."""
        with self.open() as client:
            for mail in mails:
                client.append(folder, mail, flags)

    def flags(self, folder: str = "INBOX") -> dict[int, tuple[bytes, ...]]:
        """Return the flags of all mails, by their numbers."""
        with self.open(folder) as client:
            found: dict[int, tuple[bytes, ...]] = client.get_flags(client.search())
            return found


@dataclass
class Server:
    """A running server."""

    root: Path
    plain: int
    tls: int

    def mailbox(self) -> Mailbox:
        """Return a mailbox that is empty."""
        return Mailbox(f"ada-{uuid.uuid4().hex[:8]}", self.plain, self.tls, self.root)


@contextmanager
def running() -> Iterator[Server]:
    """Start a server and yield it; `SSL_CERT_FILE` has clients trust it meanwhile."""
    root = Path(tempfile.mkdtemp(prefix="conductor-imap-"))
    # It gives no mailbox to root.
    uid, gid = (65534, 65534) if os.getuid() == 0 else (os.getuid(), os.getgid())
    plain, tls = _free_port(), _free_port()
    for name in ("run", "mail", "keys/default/HS256"):
        (root / name).mkdir(parents=True)
    _certificate(root)
    # Its dictionary of keys: who asks for the token, how it is signed, the key's name.
    key = base64.b64encode(TOKEN_SECRET.encode()).decode()
    (root / "keys/default/HS256/default").write_text(key)
    (root / "oauth2.conf").write_text(
        f"introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={root}/keys/\n"
        "username_attribute = sub\n"
    )
    names = {"user": pwd.getpwuid(uid).pw_name, "group": grp.getgrgid(gid).gr_name}
    (root / "dovecot.conf").write_text(
        CONFIG.format(root=root, plain=plain, tls=tls, uid=uid, gid=gid, password=PASSWORD, **names)
    )
    for path in (root, *root.rglob("*")):
        os.chown(path, uid, gid)
    server = subprocess.Popen(
        ["dovecot", "-F", "-c", str(root / "dovecot.conf")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=uid if os.getuid() == 0 else None,
        group=gid if os.getuid() == 0 else None,
        extra_groups=[] if os.getuid() == 0 else None,
    )
    before = os.environ.get("SSL_CERT_FILE")
    os.environ["SSL_CERT_FILE"] = str(root / "cert.pem")
    try:
        _answers(plain, server, root)
        yield Server(root, plain, tls)
    finally:
        if before is None:
            del os.environ["SSL_CERT_FILE"]
        else:
            os.environ["SSL_CERT_FILE"] = before
        server.terminate()
        server.wait()
        shutil.rmtree(root, ignore_errors=True)


def _answers(port: int, server: subprocess.Popen[bytes], root: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as connection:
                if connection.recv(4) == b"* OK":
                    return
        except OSError:
            time.sleep(0.02)
        log = root / "log"
        told = log.read_text() if log.exists() else ""
        assert server.poll() is None, f"the server has ended: {told}"
        assert time.monotonic() < deadline, f"the server does not answer: {told}"


def _certificate(root: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (root / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (root / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def _free_port() -> int:
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        port: int = it.getsockname()[1]
        return port
