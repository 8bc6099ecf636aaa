"""The network: addresses from outside, no time limit, no verification, no encryption."""
import re

from .findings import HIGH, LOW, MEDIUM, rules
from .values import EXTERNAL, LOCAL, PARAM, Hole

rules(
    request_forgery=(HIGH, "The address that is fetched comes from outside; it may name a service that only this machine can reach.",
                     "Compare the parsed host with an allow-list before fetching, and do not follow redirects to others."),
    no_timeout=(LOW, "A network call without a time limit can hang for ever.", "Pass timeout=, and limit how often it is called."),
    unlimited_requests=(LOW, "The network is called in a loop without a pause or a limit.", "Limit the rate and the number of calls."),
    no_tls_verification=(HIGH, "The other side's certificate is not verified: anybody on the way can read and change what is sent.",
                         "Leave verification on (verify=True, ssl.create_default_context()), and add your own authority to the trusted ones where needed."),
    weak_tls=(HIGH, "The protocol version is broken.", "Use ssl.create_default_context(), or PROTOCOL_TLS_CLIENT with minimum_version TLSv1_2."),
    no_host_key_verification=(HIGH, "Any host key is accepted: the connection may end at somebody else.", "Load known host keys and use paramiko.RejectPolicy."),
    cleartext_protocol=(MEDIUM, "The protocol sends everything, passwords too, in the clear.", "Use its encrypted form: FTP_TLS or SFTP, SSH, SMTP with starttls(), https."),
    listens_everywhere=(LOW, "It listens on every interface of the machine.", "Bind to 127.0.0.1, or to the one address that is meant."),
)

FETCHES = re.compile(
    r"^(?:(?:requests|httpx)(?:\.Session\(\)|\.session\(\)|\.Client\(\)|\.AsyncClient\(\)|\.api)?\.(?:get|post|put|delete|head|patch|options|request)|aiohttp\.ClientSession\(\)\.(?:get|post|put|delete|head|patch|request)|"
    r"urllib\.request\.(?:urlopen|urlretrieve|Request)|urllib2?\.(?:urlopen|urlretrieve|Request)|six\.moves\.urllib\.request\.(?:urlopen|urlretrieve)|urllib3\.PoolManager\(\)\.request|pycurl\.Curl\(\)\.setopt)$")
TIMED = re.compile(r"^(?:requests(?:\.Session\(\)|\.session\(\))?\.(?:get|post|put|delete|head|patch|options|request)|urllib\.request\.urlopen|urllib2\.urlopen|socket\.create_connection|"
                   r"http\.client\.HTTPS?Connection|smtplib\.SMTP(?:_SSL)?|ftplib\.FTP(?:_TLS)?|telnetlib\.Telnet)$")
CLEAR = {"telnetlib.Telnet": "Telnet", "ftplib.FTP": "FTP", "imaplib.IMAP4": "IMAP", "poplib.POP3": "POP3", "nntplib.NNTP": "NNTP"}
BROKEN = re.compile(r"(?:PROTOCOL_(?:SSLv2|SSLv3|SSLv23|TLSv1|TLSv1_1)|SSLv2_METHOD|SSLv23?_METHOD|SSLv3_METHOD|TLSv1_METHOD|TLSv1_1_METHOD|TLSVersion\.(?:SSLv3|TLSv1|TLSv1_1|MINIMUM_SUPPORTED))$")


def look(module, report):
    import ast
    for node in module.nodes:
        if isinstance(node, ast.Attribute) and BROKEN.search(name := module.name(node)) and ("ssl" in name.lower()) and "PROTOCOL_SSLv23" not in name:
            report.add("weak-tls", node.lineno, name)


def called(call):
    address(call)
    verification(call)
    clear(call)
    if TIMED.match(call.name) and not call.opaque:
        position = {"urllib.request.urlopen": 2, "urllib2.urlopen": 2, "socket.create_connection": 1, "telnetlib.Telnet": 2}.get(call.name)
        timeout = call.arg(position, "timeout")
        if timeout is None or timeout.const is None and timeout.type == "number":
            if timeout is None or is_none(timeout):
                call.flow.report.add("no-timeout", call.line, f"{call.name}()")
    if call.flow.loops and FETCHES.match(call.name) and call.flow.function is not None and not paused(call):
        call.flow.report.add("unlimited-requests", call.line, f"{call.name}()")


def is_none(value):
    return value.type == "number" and value.const is None and all(isinstance(piece, Hole) and piece.source == "number" for piece in value.pieces)


def paused(call):
    import ast
    return any(isinstance(node, ast.Call) and call.flow.module.name(node.func).rsplit(".", 1)[-1] in ("sleep", "acquire", "wait", "limit") for node in ast.walk(call.flow.function))


def address(call):
    if re.match(r"^http\.client\.HTTPS?Connection$", call.name) and (hole := call.dirt(call.arg(0, "host"), "url", PARAM)):
        return call.flow.report.add("request-forgery", call.line, f"{hole.source} is the host", HIGH if hole.level == EXTERNAL else MEDIUM)
    if not FETCHES.match(call.name):
        return
    position = 1 if call.last == "request" else 0
    value = call.arg(position, "url", "fullurl")
    hole = call.dirt(value, "url", PARAM)
    if hole is None or fixes_host(value):
        return
    call.flow.report.add("request-forgery", call.line, f"{hole.source} is the address", HIGH if hole.level == EXTERNAL else MEDIUM)


def fixes_host(value):
    """A constant scheme and host stand before what is unknown."""
    return re.match(r"https?://[^/\0]+/", value.outline) is not None or isinstance(value.pieces[0], Hole) and value.pieces[0].level == LOCAL and value.is_composed if value.pieces else False


def verification(call):
    verify = call.arg(None, "verify", "verify_ssl", "validate_certs", "verify_certs")
    if verify is not None and verify.const is False and not call.name.startswith(("jwt.", "jose.")) and re.match(r"(?:requests|httpx|aiohttp|urllib3|hvac|elasticsearch)|.*(?:[Ss]ession|[Cc]lient)", call.name):
        call.flow.report.add("no-tls-verification", call.line, "verify=False")
    ssl = call.arg(None, "ssl")
    if ssl is not None and ssl.const is False and "aiohttp" in call.name:
        call.flow.report.add("no-tls-verification", call.line, "ssl=False")
    if call.name in ("ssl._create_unverified_context", "ssl._create_stdlib_context"):
        call.flow.report.add("no-tls-verification", call.line, f"{call.name}()")
    if call.name in ("ssl.wrap_socket", "ssl.SSLContext().wrap_socket", "urllib3.PoolManager", "urllib3.HTTPSConnectionPool"):
        required = call.arg(None, "cert_reqs")
        if call.name == "ssl.wrap_socket" and required is None or required is not None and "NONE" in ((required.type or "") + (required.text or "")):
            call.flow.report.add("no-tls-verification", call.line, f"{call.name}() without CERT_REQUIRED")
    if call.last == "set_missing_host_key_policy" and call.args:
        policy = (call.args[0].type or "") + str(call.args[0].text or "")
        if "AutoAddPolicy" in policy or "WarningPolicy" in policy:
            call.flow.report.add("no-host-key-verification", call.line)


def stored(flow, target, value):
    attribute = getattr(target, "attr", "")
    if attribute == "verify_mode" and (value.type or "").endswith("CERT_NONE"):
        flow.report.add("no-tls-verification", target.lineno, "verify_mode = CERT_NONE")
    elif attribute == "check_hostname" and value.const is False:
        flow.report.add("no-tls-verification", target.lineno, "check_hostname = False")
    elif attribute == "verify" and value.const is False:
        flow.report.add("no-tls-verification", target.lineno, "verify = False")
    elif attribute == "_create_default_https_context" and "unverified" in (value.type or ""):
        flow.report.add("no-tls-verification", target.lineno, "the default context is replaced by an unverified one")


def clear(call):
    if call.name in CLEAR:
        call.flow.report.add("cleartext-protocol", call.line, CLEAR[call.name])
    elif call.name == "smtplib.SMTP" and "starttls" not in {getattr(node, "attr", "") for node in call.flow.module.nodes}:
        call.flow.report.add("cleartext-protocol", call.line, "SMTP without starttls()")
    elif FETCHES.match(call.name):
        value = call.arg(1 if call.last == "request" else 0, "url")
        if value is not None and value.outline.startswith("http://") and not re.match(r"http://(?:localhost|127\.|0\.0\.0\.0|\[::1\]|[\w-]+(?::|/|$))", value.outline):
            call.flow.report.add("cleartext-protocol", call.line, "http", MEDIUM if call.arg(None, "auth", "data", "json") is not None else LOW)
    if call.last in ("bind", "run", "run_app", "serve", "HTTPServer", "TCPServer", "ThreadingHTTPServer"):
        for value in [*call.args[:2], *call.keywords.values()]:
            host = value.items[0] if value.items else value
            if host.text in ("0.0.0.0", "::"):
                call.flow.report.add("listens-everywhere", call.line)
