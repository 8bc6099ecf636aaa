"""Passwords, keys and tokens written into the source."""
import ast
import math
import re

from .findings import HIGH, MEDIUM, rules

rules(hard_coded_secret=(HIGH, "A password, key or token stands in the source: whoever reads the skill has it, and it cannot be changed without a new version.",
                         "Take it from the caller, the environment or a secret store."))

NAME = re.compile(r"(?:^|_)(?:pass(?:word|wd|phrase)?|pwd|secret|token|api_?key|access_?key|private_?key|secret_?key|auth_?token|client_?secret|credentials?|encryption_?key|signing_?key)(?:_?\d+)?$|"
                  r"(?:password|passwd|secret|api_?key|secret_?key|access_?key|auth_?token)$", re.IGNORECASE)
# Named like a secret, and about one: a field's name, a pattern, a prompt, a message.
ABOUT = re.compile(r"(?:_(?:name|field|column|header|param|pattern|regex|prompt|label|url|uri|path|file|length|len|type|id|hash|error|message|text|re)$)|^(?:is|has|no|get|set|show|forgot|reset|change)_", re.IGNORECASE)
PLACEHOLDER = re.compile(r"^(?:|x{3,}|\*+|\.+|<.*>|\{.*\}|%\(?.*|\$.*|none|null|todo|changeme.*|your.*|example.*|placeholder|redacted|password|passwd|pass|secret|token|key|api_?key|user|username|"
                         r"id|string|text|hidden|input|bearer|basic|test|invalid.*|.*\s.*\s.*)$", re.IGNORECASE)
TOKENS = re.compile(
    r"(?:\bAKIA[0-9A-Z]{16}\b|\bASIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_[A-Za-z0-9_]{30,}|\bglpat-[\w-]{18,}|\bxox[abprs]-[\w-]{10,}|\bsk-(?:proj-|ant-)?[A-Za-z0-9_-]{20,}|"
    r"\b[sr]k_live_[A-Za-z0-9]{16,}|\bAIza[\w-]{35}|\bya29\.[\w-]{20,}|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----|\bSG\.[\w-]{16,}\.[\w-]{16,}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}|\bnpm_[A-Za-z0-9]{30,})")
URL_WITH_PASSWORD = re.compile(r"\b[a-z][a-z0-9+.-]*://[^/\s:@{}%]+:([^/\s@{}%]{3,})@[^/\s]")
CREDENTIAL_ARGUMENT = re.compile(r"^(?:password|passwd|passphrase|secret|token|api_?key|access_key|secret_key|auth_token|client_secret|aws_secret_access_key)$", re.IGNORECASE)


def look(module, report):
    for node in module.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if TOKENS.search(node.value):
                report.add("hard-coded-secret", node.lineno, "a text has the form of a key or token")
            elif (match := URL_WITH_PASSWORD.search(node.value)) and not PLACEHOLDER.match(match[1]):
                report.add("hard-coded-secret", node.lineno, "an address carries a password")
        for name, value in named(node):
            text = value.value if isinstance(value, ast.Constant) and isinstance(value.value, (str, bytes)) else None
            if text is None:
                continue
            text = text.decode("latin-1") if isinstance(text, bytes) else text
            if NAME.search(name) and not ABOUT.search(name) and looks_secret(text):
                report.add("hard-coded-secret", value.lineno, f"{name[:60]} is given a constant", None if is_grave(text) else MEDIUM)
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
            compared(module, report, node)


def named(node):
    """(name, value) pairs that a node sets."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, (ast.Name, ast.Attribute)):
                yield getattr(target, "id", getattr(target, "attr", "")), node.value
            elif isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant) and isinstance(target.slice.value, str):
                yield target.slice.value, node.value
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, (ast.Name, ast.Attribute)) and node.value is not None:
        yield getattr(node.target, "id", getattr(node.target, "attr", "")), node.value
    elif isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg and CREDENTIAL_ARGUMENT.match(keyword.arg):
                yield keyword.arg, keyword.value
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, value
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        listed = [*node.args.posonlyargs, *node.args.args]
        yield from ((parameter.arg, value) for parameter, value in zip(reversed(listed), reversed(node.args.defaults)))
        yield from ((parameter.arg, value) for parameter, value in zip(node.args.kwonlyargs, node.args.kw_defaults) if value is not None)


def compared(module, report, node):
    """`password == "letmein"`."""
    for name, text in ((node.left, node.comparators[0]), (node.comparators[0], node.left)):
        if isinstance(text, ast.Constant) and isinstance(text.value, str) and isinstance(name, (ast.Name, ast.Attribute, ast.Subscript)):
            word = module.name(name).rsplit(".", 1)[-1]
            if re.search(r"(?:^|_)(?:password|passwd|pwd|secret|api_?key)$", word, re.IGNORECASE) and not PLACEHOLDER.match(text.value) and looks_secret(text.value):
                report.add("hard-coded-secret", text.lineno, f"{word[:60]} is compared with a constant", MEDIUM)


def looks_secret(text):
    return len(text) >= 4 and not PLACEHOLDER.match(text) and not text.startswith(("/", "http://", "https://", "./")) and "\0" not in text


def is_grave(text):
    """Long and mixed enough to be a generated key."""
    return len(text) >= 16 and " " not in text and entropy(text) > 3.2


def entropy(text):
    return -sum(count / len(text) * math.log2(count / len(text)) for count in (text.count(letter) for letter in set(text)))
