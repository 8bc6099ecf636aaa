"""Files: paths from outside, archives, temporary files, permissions."""
import ast
import re

from .findings import HIGH, LOW, MEDIUM, rules
from .values import EXTERNAL, LOCAL, PARAM

rules(
    path_traversal=(HIGH, "A path is taken from outside without a check; ../ in it leaves the intended folder.",
                    "Resolve the path (os.path.realpath) and refuse it unless it lies under the intended folder (os.path.commonpath, Path.is_relative_to)."),
    unchecked_path=(LOW, "A file is opened at a path that the caller chooses.", "Check the path, or take a file object or a name within a known folder instead."),
    archive_traversal=(HIGH, "An archive's members are extracted under the names that they bring; ../ in a name leaves the folder.",
                       "Use extractall(path, filter=\"data\"), or check each member's resolved target before extracting it."),
    insecure_temporary_file=(MEDIUM, "A temporary file's name is foreseeable, or made before the file is: somebody else can put a file or a link there first.",
                             "Use tempfile.NamedTemporaryFile, mkstemp or TemporaryDirectory."),
    loose_permissions=(MEDIUM, "Others on the machine may read, write or run the file.", "Grant the owner only: 0o600 for files, 0o700 for folders and programs."),
)

DESTROYS = frozenset(
    "os.remove os.unlink os.rmdir os.removedirs os.rename os.renames os.replace os.truncate os.link os.symlink shutil.rmtree shutil.move".split())
OPENS = frozenset(
    "open io.open codecs.open os.open gzip.open bz2.open lzma.open file zipfile.ZipFile tarfile.open aiofiles.open os.mkdir os.makedirs os.listdir os.scandir os.walk "
    "shutil.copy shutil.copyfile shutil.copy2 shutil.copytree flask.send_file linecache.getlines numpy.load pandas.read_csv os.startfile FileResponse "
    "django.http.FileResponse fastapi.responses.FileResponse starlette.responses.FileResponse".split())
PATH_METHODS = frozenset("open read_text read_bytes write_text write_bytes unlink rmdir mkdir touch rename".split())
CHANGING = re.compile(r"[wax+]")


def called(call):
    places(call)
    archives(call)
    temporary(call)
    permissions(call)


def places(call):
    if call.name in DESTROYS or call.name in OPENS:
        values = call.args[:2] if call.name in DESTROYS or call.name.startswith("shutil.") else call.args[:1]
        values = values or [value for name, value in call.keywords.items() if name in ("file", "path", "filename", "name", "path_or_file", "filename_or_fp")]
    elif call.last in PATH_METHODS and call.receiver is not None and call.receiver.type == "pathlib.Path":
        values = [call.receiver]
    elif call.last == "save" and call.args and call.receiver is not None and (call.dirt(call.receiver, "", EXTERNAL) or "file" in call.name.lower()):
        values = call.args[:1]
    elif call.name in ("flask.send_from_directory", "send_from_directory"):
        values = call.args[:1]
    else:
        return
    for value in values:
        hole = call.dirt(value, "path", PARAM)
        if hole is None:
            continue
        if hole.level == EXTERNAL:
            call.flow.report.add("path-traversal", call.line, f"{hole.source} chooses the path")
        elif is_below(value):
            call.flow.report.add("path-traversal", call.line, f"{hole.source} is joined to a path", MEDIUM)
        elif not value.is_composed and call.name in DESTROYS and call.flow.function is not None and len(call.args) == 1:
            call.flow.report.add("path-traversal", call.line, f"{hole.source} chooses what is destroyed", MEDIUM)
        elif not value.is_composed:
            call.flow.report.add("unchecked-path", call.line, f"{hole.source} is the path")


def is_below(value):
    """A folder with something from outside put behind it."""
    if not value.is_composed:
        return False
    first = value.pieces[0]
    return "/" in value.outline[1:] and not (isinstance(first, tuple) and first.level > LOCAL and value.outline.count("\0") == 1)


def archives(call):
    if call.last not in ("extractall", "extract", "unpack_archive", "_extract_member"):
        return
    module = call.flow.module
    tar = "tarfile" in call.name or "tarfile" in " ".join(module.imports) and "zip" not in call.name.lower()
    if call.last == "unpack_archive":
        safe = call.arg(None, "filter") is not None or call.dirt(call.arg(0, "filename"), "archive", PARAM) is None
    elif not tar:
        return
    else:
        filter_ = call.arg(None, "filter")
        members = call.arg(1, "members")
        chosen = members is not None and not (members.type or "").endswith("getmembers()") and members.const is None
        safe = filter_ is not None and filter_.text != "fully_trusted" or (call.last == "extractall" and chosen)
        if not safe:
            safe = call.receiver is not None and all("archive" in call.flow.checked.get(hole.source, ()) or "*" in call.flow.checked.get(hole.source, ()) for hole in call.receiver.holes)
        if not safe and call.last == "extract":
            safe = checks_names(call) or call.args and call.args[0].text is not None
    if not safe:
        call.flow.report.add("archive-traversal", call.line)


def checks_names(call):
    """Somewhere in the function members' names are looked at: `.name` or the target is tested for .. or for its place."""
    within = call.flow.function or call.flow.module.tree
    return any(isinstance(node, ast.Compare) and isinstance(node.left, ast.Constant) and node.left.value in ("..", "../")
               or isinstance(node, ast.Call) and call.flow.module.name(node.func).rsplit(".", 1)[-1] in ("isabs", "commonpath", "commonprefix", "is_relative_to", "startswith")
               for node in ast.walk(within))


def temporary(call):
    if call.name in ("tempfile.mktemp", "os.tempnam", "os.tmpnam"):
        call.flow.report.add("insecure-temporary-file", call.line, f"{call.name}() only makes a name")
    elif call.name in ("open", "io.open", "os.open", "codecs.open") and call.args:
        mode = call.arg(1, "mode", "flags")
        path = call.args[0].outline
        if path.startswith(("/tmp/", "/var/tmp/", "/dev/shm/")) and mode is not None and (mode.text is None or CHANGING.search(mode.text)):
            call.flow.report.add("insecure-temporary-file", call.line, "a fixed name in a folder where everybody may write")


def permissions(call):
    if call.name in ("os.chmod", "os.fchmod", "os.mkdir", "os.makedirs", "os.open", "os.mkfifo") or call.last == "chmod" and call.receiver is not None:
        position = {"os.open": 2}.get(call.name, 1 if call.name.startswith("os.") else 0)
        mode = call.arg(position, "mode")
        bits = bits_of(call.node, position) if mode is None or not isinstance(mode.const, int) else mode.const
        if isinstance(bits, int) and bits >= 0 and (bits & 0o022 or bits & 0o007 and "chmod" in call.last):
            if call.last in ("mkdir", "makedirs") and bits & 0o002 == 0 or call.name == "os.open" and bits & 0o022 == 0:
                return
            call.flow.report.add("loose-permissions", call.line, f"mode {bits:o}", HIGH if bits & 0o002 else MEDIUM if bits & 0o066 else LOW)
    elif call.name == "os.umask" and call.args and isinstance(call.args[0].const, int) and call.args[0].const & 0o022 != 0o022:
        call.flow.report.add("loose-permissions", call.line, f"umask {call.args[0].const:o}")


BITS = {"S_IRWXU": 0o700, "S_IRUSR": 0o400, "S_IWUSR": 0o200, "S_IXUSR": 0o100, "S_IRWXG": 0o070, "S_IRGRP": 0o040, "S_IWGRP": 0o020, "S_IXGRP": 0o010,
        "S_IRWXO": 0o007, "S_IROTH": 0o004, "S_IWOTH": 0o002, "S_IXOTH": 0o001}


def bits_of(node, position):
    """The value of `stat.S_IRWXU | stat.S_IRGRP …`, or None."""
    if position >= len(node.args):
        return None
    bits = 0
    for part in ast.walk(node.args[position]):
        if isinstance(part, ast.Attribute) and part.attr in BITS or isinstance(part, ast.Name) and part.id in BITS:
            bits |= BITS[part.attr if isinstance(part, ast.Attribute) else part.id]
        elif isinstance(part, ast.Constant) and isinstance(part.value, int):
            bits |= part.value
        elif isinstance(part, (ast.Call, ast.BinOp)) and not (isinstance(part, ast.BinOp) and isinstance(part.op, ast.BitOr)):
            return None
    return bits
