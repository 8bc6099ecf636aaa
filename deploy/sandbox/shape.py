"""Says what a source looks like without running it. Works in a child, since a source can be a bomb for the parser as well."""
import ast
import re

from child import FILE
from signature import signature

MOST_FLAGS, MOST_PARAMETERS = 200, 100

REACHES_THE_SYSTEM = "it reaches the operating system or other processes"
HANDLES_FILES = "it handles files; a skill gets its data as arguments"
TALKS_TO_THE_NETWORK = "it talks to the network; there is none in the sandbox, and no limit on its rate elsewhere"
LOADS_CODE = "loading such data can run code that is hidden in it"
LOOKS_INSIDE = "it reaches into the interpreter, around what a reviewer can read"

IMPORTS = {
    "dangerous-import": (REACHES_THE_SYSTEM, """os posix subprocess multiprocessing ctypes _ctypes cffi signal pty resource mmap fcntl termios syslog concurrent
        threading _thread platform pwd grp"""),
    "file-import": (HANDLES_FILES, "pathlib shutil tempfile glob fileinput zipfile tarfile sqlite3 dbm"),
    "network-import": (TALKS_TO_THE_NETWORK, """socket _socket ssl http urllib ftplib smtplib poplib imaplib telnetlib nntplib xmlrpc socketserver
        requests httpx aiohttp urllib3 websocket websockets paramiko pika boto3"""),
    "unsafe-deserialisation": (LOADS_CODE, "pickle _pickle marshal shelve dill cloudpickle"),
    "interpreter-import": (LOOKS_INSIDE, "importlib builtins gc inspect runpy code codeop imp pkgutil site sysconfig dis bdb pdb"),
}
HARMLESS_IMPORTS = {"urllib.parse", "urllib.error", "http.HTTPStatus"}
RULE_OF_IMPORT = {name: (rule, why) for rule, (why, names) in IMPORTS.items() for name in names.split()}

RULE_OF_CALL = {
    **dict.fromkeys(("eval", "exec", "compile", "__import__"), ("dynamic-code", "it runs text as code, which no reviewer has read")),
    **dict.fromkeys(("globals", "locals", "vars", "setattr", "delattr", "breakpoint"), ("dynamic-access", LOOKS_INSIDE)),
    **dict.fromkeys(("exit", "quit"), ("ends-the-process", "it ends the process that called it")),
    "open": ("file-access", HANDLES_FILES),
    "input": ("reads-standard-input", "nobody is there to answer"),
}
RULE_OF_METHOD = {
    ("sys", "exit"): ("ends-the-process", "it ends the process that called it"),
    ("os", "_exit"): ("ends-the-process", "it ends the process that called it"),
    ("io", "open"): ("file-access", HANDLES_FILES),
    ("yaml", "load"): ("unsafe-deserialisation", LOADS_CODE),
    **dict.fromkeys((("sys", name) for name in ("_getframe", "_current_frames", "settrace", "setprofile", "setrecursionlimit")),
                    ("interpreter-access", LOOKS_INSIDE)),
}
INNER_ATTRIBUTES = {"__subclasses__", "__globals__", "__builtins__", "__code__", "__closure__", "__bases__", "__base__", "__mro__", "__getattribute__",
                    "__import__", "__loader__", "__spec__", "__reduce__", "__reduce_ex__", "gi_frame", "f_globals", "f_locals", "f_back", "tb_frame"}

SECRET_NAME = re.compile(r"(^|_)(passw(or)?d|pwd|secret|token|api_?key|access_?key|private_?key|credentials?)(_|$)", re.IGNORECASE)
SECRET_VALUE = re.compile(r"AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bgh[pousr]_[A-Za-z0-9]{30,}|\bsk-[A-Za-z0-9_-]{20,}"
                          r"|\bxox[abprs]-[A-Za-z0-9-]{10,}|\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.")
SQL = re.compile(r"^\s*(select\b.+\bfrom|insert\s+into|update\b.+\bset|delete\s+from|drop\s+table)\b", re.IGNORECASE | re.DOTALL)


def shown(name):
    """A name out of the source, fit to be printed and stored."""
    return "".join(letter if letter.isprintable() else "?" for letter in name[:80]) + ("…" if len(name) > 80 else "")


def imported(node):
    """Full names that an import statement brings in."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [f"{node.module}.{alias.name}" for alias in node.names] if node.module else []


def text_of(node):
    """The constant beginning of a text that is put together at run time; None for any other expression."""
    if isinstance(node, ast.JoinedStr) and any(isinstance(part, ast.FormattedValue) for part in node.values):
        first = node.values[0]
    elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):
        first = node.left
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        first = node.func.value
    else:
        return None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def findings(node):
    """(rule, message) of one node of the syntax tree."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        for name in imported(node):
            if name not in HARMLESS_IMPORTS and not any(name.startswith(harmless + ".") for harmless in HARMLESS_IMPORTS):
                if found := RULE_OF_IMPORT.get(name.split(".")[0]):
                    yield found[0], f"imports {shown(name)}: {found[1]}"
    elif isinstance(node, ast.Call):
        called = node.func
        if isinstance(called, ast.Name):
            if found := RULE_OF_CALL.get(called.id):
                yield found[0], f"calls {called.id}(): {found[1]}"
            elif called.id == "getattr" and len(node.args) > 1 and not isinstance(node.args[1], ast.Constant):
                yield "dynamic-access", f"calls getattr() with a computed name: {LOOKS_INSIDE}"
        elif isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
            if found := RULE_OF_METHOD.get((called.value.id, called.attr)):
                yield found[0], f"calls {called.value.id}.{called.attr}(): {found[1]}"
    elif isinstance(node, ast.Attribute) and node.attr in INNER_ATTRIBUTES:
        yield "interpreter-access", f"uses .{node.attr}: {LOOKS_INSIDE}"
    elif isinstance(node, ast.Name) and node.id in ("__builtins__", "__loader__", "__spec__"):
        yield "interpreter-access", f"uses {node.id}: {LOOKS_INSIDE}"
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and SECRET_VALUE.search(node.value):
        yield "hard-coded-secret", "a text has the form of a key or token; whoever reads the skill has it"

    for name, value in assigned(node):
        if SECRET_NAME.search(name) and isinstance(value, ast.Constant) and isinstance(value.value, str) and len(value.value) >= 6:
            yield "hard-coded-secret", f"{shown(name)} is given a constant; whoever reads the skill has it"
    text = text_of(node)
    if text is not None and SQL.search(text):
        yield "sql-from-text", "an SQL statement is put together from text; values belong in parameters"


def assigned(node):
    """(name, value) pairs that a node sets."""
    if isinstance(node, ast.Assign):
        return [(target.id, node.value) for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [(node.target.id, node.value)]
    if isinstance(node, ast.keyword) and node.arg:
        return [(node.arg, node.value)]
    if isinstance(node, ast.Dict):
        return [(key.value, value) for key, value in zip(node.keys, node.values) if isinstance(key, ast.Constant) and isinstance(key.value, str)]
    return []


def runs_when_loaded(tree):
    """Calls that stand alone at the module's level: whoever imports the skill runs them, once and unasked."""
    return [node for node in tree.body if isinstance(node, ast.Expr) and isinstance(node.value, (ast.Call, ast.Await))]


def shape(tree, function):
    defined = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == function]
    found = []
    for node in ast.walk(tree):
        for rule, message in findings(node):
            found.append({"rule": rule, "line": getattr(node, "lineno", 1), "message": message})
        if len(found) > MOST_FLAGS:
            break
    for node in runs_when_loaded(tree):
        found.append({"rule": "runs-when-loaded", "line": node.lineno, "message": "it runs when the module is loaded: only definitions and constants belong there"})
    found.sort(key=lambda flag: flag["line"])
    said = {"definesFunction": bool(defined), "hasTypeHints": False, "hasDocstring": False, "parameters": [], "redFlags": found[:MOST_FLAGS]}
    if defined:
        last = defined[-1]
        listed = last.args
        parameters = [*listed.posonlyargs, *listed.args, *filter(None, [listed.vararg]), *listed.kwonlyargs, *filter(None, [listed.kwarg])]
        said["hasTypeHints"] = last.returns is not None and all(parameter.annotation is not None for parameter in parameters)
        said["hasDocstring"] = bool((ast.get_docstring(last) or "").strip())
        said["parameters"] = [parameter.arg for parameter in parameters][:MOST_PARAMETERS]
        said["signature"] = signature(last)
    return said


def analyse(source, function):
    return shape(compile(source, FILE, "exec", ast.PyCF_ONLY_AST, dont_inherit=True), function)
