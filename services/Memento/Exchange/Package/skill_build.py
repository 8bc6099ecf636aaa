"""Builds this folder for pip (PEP 517) with the standard library alone, so that it installs without a network."""
import base64
import hashlib
import io
import pathlib
import tarfile
import tomllib
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
LONG_AGO = (1980, 1, 1, 0, 0, 0)


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def stem(about):
    return f"{about['name'].replace('-', '_')}-{about['version']}"


def metadata(about):
    head = {"Metadata-Version": "2.1", "Name": about["name"], "Version": about["version"], "Summary": about["description"], "Requires-Python": about["requires-python"]}
    lines = [f"{key}: {value}" for key, value in head.items()] + [f"Classifier: {classifier}" for classifier in about["classifiers"]]
    return "\n".join(lines).encode() + b"\n"


def dist_info(about):
    folder = f"{stem(about)}.dist-info"
    return {
        f"{folder}/METADATA": metadata(about),
        f"{folder}/WHEEL": b"Wheel-Version: 1.0\nGenerator: skill-build\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{folder}/provenance.json": (ROOT / "provenance.json").read_bytes(),
    }


def write_wheel(directory, files):
    about = project()
    files = {**files, **dist_info(about)}
    record = [f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}" for name, data in files.items()]
    name = f"{stem(about)}.dist-info/RECORD"
    files[name] = "\n".join([*record, f"{name},,", ""]).encode()
    wheel = f"{stem(about)}-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(directory, wheel), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return wheel


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    source = ROOT / "src"
    return write_wheel(wheel_directory, {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in sorted(source.rglob("*")) if path.is_file() and "__pycache__" not in path.parts
    })


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    return write_wheel(wheel_directory, {f"{stem(project())}.pth": f"{ROOT / 'src'}\n".encode()})


def build_sdist(sdist_directory, config_settings=None):
    about = project()
    name = f"{stem(about)}.tar.gz"
    left_out = {"__pycache__", "build", "dist", ".git"}
    with tarfile.open(pathlib.Path(sdist_directory, name), "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(ROOT.rglob("*")):
            if path.is_file() and not left_out & set(path.relative_to(ROOT).parts):
                archive.add(path, f"{stem(about)}/{path.relative_to(ROOT).as_posix()}")
        information = tarfile.TarInfo(f"{stem(about)}/PKG-INFO")
        text = metadata(about)
        information.size = len(text)
        archive.addfile(information, io.BytesIO(text))
    return name
