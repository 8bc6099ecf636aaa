"""Bandit's own tests, as far as no family of this project answers the same question with the values in sight.

Bandit 1.6 looks for `ast.Str`, which Python no longer makes: its tests on texts (passwords, addresses, /tmp) never run on 3.11. The visitor below hands each
constant to the tests as what it was then, and each asynchronous function as a function. Comments (`# nosec`) are the author's word and silence nothing.
"""
import importlib.metadata
import logging
import os
import sys

from .findings import HIGH, LOW, MEDIUM, RULES, Rule

# Where Debian puts Python packages; the interpreter of the sandbox does not look there by itself.
PACKAGES = "/usr/lib/python3/dist-packages"
# Tests whose question a family of ours answers by following the values: a test that only knows the name of a function cannot tell a repaired one.
OURS = frozenset("B102 B301 B302 B303 B306 B307 B308 B310 B311 B312 B313 B314 B315 B316 B317 B318 B319 B320 B321 B324 B506 B602 B605 B608 B701 B702 B703".split())
# How grave the rest is here, and what to do. Bandit's own grading is for people who read whole projects; what is medium here must be answered.
TESTS = {
    "B101": (LOW, "Raise an exception: assertions vanish under python -O."),
    "B103": (MEDIUM, "Grant the owner only: 0o600 for files, 0o700 for folders and programs."),
    "B104": (LOW, "Bind to 127.0.0.1, or to the one address that is meant."),
    "B105": (LOW, "Take secrets from the caller, the environment or a secret store."),
    "B106": (LOW, "Take secrets from the caller, the environment or a secret store."),
    "B107": (LOW, "Give no default for a password."),
    "B108": (LOW, "Use tempfile.NamedTemporaryFile, mkstemp or TemporaryDirectory."),
    "B110": (LOW, "Catch what you expect, and say what happened."),
    "B112": (LOW, "Catch what you expect, and say what happened."),
    "B201": (HIGH, "Take debug from the configuration and leave it off by default."),
    "B304": (HIGH, "Use AES-GCM or ChaCha20-Poly1305."),
    "B305": (HIGH, "Use AES-GCM or ChaCha20-Poly1305."),
    "B309": (LOW, "Use https with verified certificates."),
    "B322": (LOW, "In Python 3 input() only reads; nothing to do."),
    "B323": (HIGH, "Use ssl.create_default_context()."),
    "B325": (MEDIUM, "Use tempfile.NamedTemporaryFile, mkstemp or TemporaryDirectory."),
    "B401": (LOW, "Use SSH."),
    "B402": (LOW, "Use FTP_TLS or SFTP."),
    "B403": (LOW, "Use json where the data may come from others."),
    "B404": (LOW, "Mind what is passed to it."),
    **{test: (LOW, "Use defusedxml for documents of others.") for test in ("B405", "B406", "B407", "B408", "B409", "B410")},
    "B411": (MEDIUM, "Use defusedxml.xmlrpc.monkey_patch()."),
    "B412": (MEDIUM, "Do not serve CGI: HTTP_PROXY can be set from outside."),
    "B413": (LOW, "pyCrypto is not kept up: use pycryptodome or cryptography."),
    "B501": (HIGH, "Leave verification on, and add your own authority to the trusted ones where needed."),
    "B502": (HIGH, "Use ssl.create_default_context()."),
    "B503": (MEDIUM, "Use ssl.create_default_context()."),
    "B504": (LOW, "Name the protocol: PROTOCOL_TLS_CLIENT."),
    "B505": (MEDIUM, "RSA and DSA from 2048 bits, elliptic curves from 224."),
    "B507": (HIGH, "Load known host keys and use paramiko.RejectPolicy."),
    "B601": (LOW, "Check what becomes part of the command."),
    "B603": (LOW, "Check what becomes an argument."),
    "B604": (LOW, "Pass a list of arguments, without a shell."),
    "B606": (LOW, "Check what becomes an argument."),
    "B607": (LOW, "Name the program with its whole path."),
    "B609": (MEDIUM, "Put -- or ./ before a wildcard: a file may be named like an option."),
    "B610": (MEDIUM, "Use the query set's own filters."),
    "B611": (MEDIUM, "Pass values as params."),
}
LONGEST_TEXT = 200

RULES.update({f"bandit-{test.lower()}": Rule(severity, f"Bandit's test {test} speaks up.", repair) for test, (severity, repair) in TESTS.items()})

def imported():
    """Bandit's visitor and its tests. It takes a fifth of a second and is done before the source is there."""
    if PACKAGES not in sys.path and os.path.isdir(PACKAGES):
        sys.path.append(PACKAGES)
    logging.disable(logging.CRITICAL)  # a test that fails on odd code says so in a log that nobody reads
    sys.modules.setdefault("importlib_metadata", importlib.metadata)  # pbr asks for the package from before Python had it
    from stevedore import _cache
    _cache._c._disable_caching = True  # it would write into /tmp
    from bandit.core import config, node_visitor, test_set
    return node_visitor.BanditNodeVisitor, test_set.BanditTestSet(config.BanditConfig(), {"exclude": sorted(OURS)})


Base, ASKED = imported()


class Visitor(Base):
    visit_AsyncFunctionDef = Base.visit_FunctionDef

    def __init__(self):
        super().__init__("skill.py", None, ASKED, False, (), None)

    def visit_Constant(self, node):
        if isinstance(node.value, str):
            self.visit_Str(node)
        elif isinstance(node.value, bytes):
            self.visit_Bytes(node)


def look(module, report):
    visitor = Visitor()
    visitor.generic_visit(module.tree)
    for issue in visitor.tester.results:
        if issue.test_id in TESTS:
            report.add(f"bandit-{issue.test_id.lower()}", issue.lineno or 1, issue.text.strip().rstrip(".")[:LONGEST_TEXT])
