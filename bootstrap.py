"""Brings everything the project needs into `.venv`, from `uv.lock`, with nothing but a bare Python.

A machine with Python >= 3.11 and no root, pip, venv or uv is enough: the lock file names the wheel of `uv` for every
platform with its address and SHA-256, so this script fetches that one file, verifies it, and lets it do the rest.
`make setup` runs it; running it again is quick when nothing changed.

TWOFOLD_UV=/path/to/uv uses a uv that is already there. All of uv's and urllib's own variables (indexes, proxies,
caches, certificates) keep their meaning.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (this file must still run on an old Python, to say so)
    sys.exit("bootstrap: this Python is too old; Twofold needs 3.11 or newer (Debian, Ubuntu: apt install python3)")

import hashlib
import io
import os
import platform
import re
import shutil
import ssl
import stat
import subprocess
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
LOCK = ROOT / "uv.lock"
INPUTS = (LOCK, ROOT / "pyproject.toml")
ENVIRONMENT = ROOT / ".venv"
STAMP = ENVIRONMENT / ".twofold-setup"
TOOLS = ROOT / ".uv"

ATTEMPTS = 3
SECONDS_BETWEEN = 2.0
TIMEOUT_SECONDS = 30.0  # without a byte; a slow line may take as long as it needs
CHUNK = 1 << 18


class SetupFailed(Exception):
    """Setting up cannot go on; the message says what to do."""


def main() -> int:
    """Set up, unless nothing changed since the last time; with `--wheel` build the wheel then."""
    wheel = sys.argv[1:] == ["--wheel"]
    if sys.argv[1:] and not wheel:
        print("bootstrap: takes no arguments, or --wheel to build the wheel as well", file=sys.stderr)
        return 2
    try:
        if not is_fresh():
            sync(find_uv())
            STAMP.write_text(stamp(), encoding="utf-8")
        if wheel:
            build(find_uv())
    except SetupFailed as failure:
        print(f"bootstrap: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nbootstrap: interrupted; run it again to go on", file=sys.stderr)
        return 130
    return 0


def is_fresh() -> bool:
    """Whether `.venv` is complete, works, and is newer than what it was made from."""
    try:
        made = STAMP.stat().st_mtime
        unmoved = STAMP.read_text(encoding="utf-8") == stamp()
        return unmoved and executable("python").exists() and all(made >= path.stat().st_mtime for path in INPUTS)
    except OSError:
        return False


def stamp() -> str:
    """What the stamp file says: where the environment was made, since its scripts stop working when it moves."""
    return f"{ROOT}\n"


def executable(name: str) -> Path:
    """A program of the environment."""
    return ENVIRONMENT / "bin" / name


def find_uv() -> Path:
    """The uv to use: the one named by TWOFOLD_UV, else the locked one, fetched if need be."""
    named = os.environ.get("TWOFOLD_UV")
    if named:
        path = Path(named).expanduser()
        if not os.access(path, os.X_OK) or path.is_dir():
            raise SetupFailed("TWOFOLD_UV does not name a program that can be run; correct it or unset it")
        return path
    version, wheels = locked_wheels()
    binary = TOOLS / version / "uv"
    if not binary.exists():
        unpack_uv(fetch(*choose(wheels)), binary)
    return binary


def locked_wheels() -> tuple[str, list[dict[str, str]]]:
    """The version of uv in the lock file, and its wheels with `url` and `hash`."""
    try:
        locked = tomllib.loads(LOCK.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SetupFailed("uv.lock is missing or cannot be read; restore it (git checkout uv.lock)") from error
    for package in locked.get("package", []):
        if package.get("name") == "uv":
            return package["version"], package.get("wheels", [])
    raise SetupFailed("uv.lock does not name uv, which belongs to the dev group; restore it (git checkout uv.lock)")


def choose(wheels: list[dict[str, str]]) -> tuple[str, str]:
    """Address and SHA-256 of the wheel that runs here."""
    for wheel in wheels:
        address = wheel["url"]
        tags = address.rsplit("/", 1)[-1].removesuffix(".whl").rsplit("-", 1)[-1].split(".")
        if any(runs_here(tag) for tag in tags):
            return address, wheel["hash"].removeprefix("sha256:")
    raise SetupFailed(
        f"the locked uv has no build for {platform.system()} on {machine()}; "
        "install uv yourself and name it: TWOFOLD_UV=/path/to/uv make setup"
    )


def machine() -> str:
    """The processor of this Python, in the words of wheel tags on Linux."""
    name = platform.machine().lower()
    name = {"amd64": "x86_64", "arm64": "aarch64"}.get(name, name)
    if sys.maxsize < 2**32:  # a 32-bit Python on a 64-bit kernel
        name = {"x86_64": "i686", "aarch64": "armv7l"}.get(name, name)
    return name


def runs_here(tag: str) -> bool:
    """Whether one platform tag (`manylinux_2_17_x86_64`, `musllinux_1_1_aarch64`, `macosx_11_0_arm64`) fits."""
    found = re.fullmatch(r"(manylinux|musllinux|macosx)_(\d+)_(\d+)_(\w+)", tag)
    if not found:
        return False
    system, needed = found[1], (int(found[2]), int(found[3]))
    if {"arm64": "aarch64"}.get(found[4], found[4]) not in (machine(), "universal2"):
        return False
    if sys.platform == "darwin":
        return system == "macosx" and needed <= macos_version()
    if sys.platform != "linux":
        return False
    libc = glibc_version()
    return system == "musllinux" if libc is None else system == "manylinux" and needed <= libc


def macos_version() -> tuple[int, int]:
    """The system's version."""
    major, minor, *_ = (*platform.mac_ver()[0].split("."), "0", "0")
    return int(major or 0), int(minor)


def glibc_version() -> tuple[int, int] | None:
    """The version of glibc; None where another C library (musl) is used."""
    try:
        found = re.match(r"glibc (\d+)\.(\d+)", os.confstr("CS_GNU_LIBC_VERSION") or "")
    except (OSError, ValueError):
        return None
    return (int(found[1]), int(found[2])) if found else None


def fetch(address: str, digest: str) -> bytes:
    """The file behind an address, verified; a few attempts, since networks stumble.

    A bare machine may have no certificates to check a server with. The file's SHA-256 is known, and nothing secret is
    sent, so then the connection goes unchecked and the SHA-256 alone decides.
    """
    problem = ""
    context = ssl.create_default_context() if has_certificates() else ssl._create_unverified_context()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            content = download(address, context)
        except (OSError, EOFError) as error:  # URLError, time-outs and broken connections are all OSErrors
            problem = str(getattr(error, "reason", error))
            if isinstance(error, urllib.error.HTTPError) and error.code in (401, 403, 404, 410):
                break
        else:
            if hashlib.sha256(content).hexdigest() == digest:
                return content
            problem = "what arrived is not what uv.lock expects (another SHA-256)"
        if attempt < ATTEMPTS:
            print(f"bootstrap: {problem}; trying again", file=sys.stderr)
            time.sleep(SECONDS_BETWEEN * attempt)
    raise SetupFailed(
        f"could not fetch uv: {problem}.\n"
        "  The first run needs a network; later ones do not. Behind a proxy set HTTPS_PROXY. If certificates are the\n"
        "  trouble set SSL_CERT_FILE or install ca-certificates. Where uv is installed already, name it:\n"
        "  TWOFOLD_UV=/path/to/uv make setup"
    )


def download(address: str, context: ssl.SSLContext) -> bytes:
    """The file behind an address; shows progress on a terminal, one line elsewhere."""
    name = address.rsplit("/", 1)[-1]
    content = io.BytesIO()
    terminal = sys.stderr.isatty()
    if not terminal:
        print(f"bootstrap: fetching {name}", file=sys.stderr)
    with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS, context=context) as answer:
        total = int(answer.headers.get("Content-Length") or 0)
        for chunk in iter(lambda: answer.read(CHUNK), b""):
            content.write(chunk)
            if terminal:
                share = f" {100 * content.tell() // total:3d} %" if total else ""
                print(f"\rbootstrap: fetching uv {content.tell() / 1e6:5.1f} MB{share}", end="", file=sys.stderr)
    if terminal:
        print(file=sys.stderr)
    if total and content.tell() < total:
        raise EOFError("the connection ended early")
    return content.getvalue()


def unpack_uv(wheel: bytes, binary: Path) -> None:
    """Put the program of a wheel in its place, in one step, so that a broken run leaves no half of it."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        member = next((name for name in archive.namelist() if name.endswith(".data/scripts/uv")), None)
        if member is None:
            raise SetupFailed("the wheel of uv holds no uv; restore uv.lock (git checkout uv.lock)")
        binary.parent.mkdir(parents=True, exist_ok=True)
        descriptor, unfinished = tempfile.mkstemp(dir=binary.parent)
        with os.fdopen(descriptor, "wb") as target, archive.open(member) as source:
            shutil.copyfileobj(source, target)
    os.chmod(unfinished, stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
    os.replace(unfinished, binary)


def sync(uv: Path) -> None:
    """Make `.venv` what the lock file says, with the Python that runs this and no other."""
    command = [str(uv), "sync", "--locked", "--all-extras", "--python", interpreter()]
    if subprocess.run(command, cwd=ROOT, env=surroundings(), check=False).returncode:
        raise SetupFailed(
            "uv could not build .venv (its message is above). After changing dependencies in pyproject.toml "
            "run `.venv/bin/uv lock`; without a network try again with one"
        )


def build(uv: Path) -> None:
    """Build the wheel and the source archive into `dist`."""
    command = [str(uv), "build", "--python", str(executable("python")), "--out-dir", str(ROOT / "dist")]
    if subprocess.run(command, cwd=ROOT, env=surroundings(), check=False).returncode:
        raise SetupFailed("uv could not build the wheel (its message is above)")


def surroundings() -> dict[str, str]:
    """The environment variables uv runs with: the user's, and what keeps it to this checkout and this Python."""
    variables = os.environ | {"UV_PYTHON_DOWNLOADS": "never", "UV_PROJECT_ENVIRONMENT": str(ENVIRONMENT)}
    variables.pop("VIRTUAL_ENV", None)  # somebody's other environment is not ours to fill
    if has_certificates():  # uv trusts a list of its own by default, which a network with an inspecting proxy breaks
        variables.setdefault("UV_SYSTEM_CERTS", "1")
    return variables


def has_certificates() -> bool:
    """Whether the system has certificates to trust."""
    paths = ssl.get_default_verify_paths()
    return paths.cafile is not None or (paths.capath is not None and any(Path(paths.capath).glob("*.0")))


def interpreter() -> str:
    """The Python to build with: the one running this, or the one below it where that is our own environment."""
    inside = Path(sys.prefix).resolve() == ENVIRONMENT.resolve()
    return getattr(sys, "_base_executable", sys.executable) if inside else sys.executable


if __name__ == "__main__":
    raise SystemExit(main())
