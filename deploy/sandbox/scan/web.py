"""What a web handler sends back: markup, redirects, headers, logs, errors, cookies; and whom it believes."""
import ast
import re

from .findings import HIGH, LOW, MEDIUM, rules
from .values import EXTERNAL, LOCAL, PARAM

rules(
    cross_site_scripting=(HIGH, "A value from outside becomes part of a page as it is; markup in it runs in the reader's browser.",
                          "Escape it (html.escape, markupsafe.escape), or render a template with autoescape on."),
    markup_from_text=(MEDIUM, "Markup is put together from text without escaping the values.", "Escape each value (html.escape, markupsafe.escape) or use a template with autoescape on."),
    trusted_markup=(MEDIUM, "A text is declared to be safe markup although a part of it is not constant.", "Declare only constant markup safe, and let Markup.format or format_html escape the values."),
    no_autoescape=(MEDIUM, "The template engine does not escape values in pages.", "Pass autoescape=True or autoescape=select_autoescape()."),
    open_redirect=(MEDIUM, "The address that the browser is sent to comes from outside.", "Allow relative addresses and known hosts only."),
    header_injection=(MEDIUM, "A value from outside becomes a header; a line break in it begins another.", "Refuse or remove \\r and \\n, or check it against an allow-list."),
    log_injection=(MEDIUM, "A value from outside is logged as it is; a line break in it forges an entry.", "Replace \\r and \\n before logging, or log it as JSON."),
    error_disclosure=(MEDIUM, "An exception's text is sent to the caller; it tells paths, statements and versions.", "Log it, and answer with a message of your own."),
    debug_mode=(HIGH, "Debug mode lets whoever sees an error page run code.", "Take debug from the configuration and leave it off by default."),
    insecure_cookie=(LOW, "A cookie is set without Secure and HttpOnly: it travels in the clear, and scripts can read it.", "Pass secure=True, httponly=True and samesite=\"Lax\"."),
    spoofable_address=(MEDIUM, "The X-Forwarded-For header says whatever the client likes.", "Use the connection's address, or a proxy middleware that knows which proxies to trust."),
    incomplete_host_check=(MEDIUM, "An address is judged by its beginning or end; evil-example.com ends like example.com.", "Parse the address and compare the whole host, or its end with a leading dot."),
    markup_filter=(MEDIUM, "Markup is filtered with a regular expression; browsers accept forms that it does not.", "Escape everything, or use a sanitiser that parses (bleach, nh3)."),
    unverified_token=(HIGH, "A token's signature is not verified: anybody can make one.", "Verify it with the expected algorithms and a key."),
    formula_injection=(MEDIUM, "A value from outside is written to a spreadsheet; one that begins with = + - @ runs as a formula.", "Put a ' before such values, or refuse them."),
)

MARKUP = re.compile(r"<\s*/?\s*(?:[a-z][a-z0-9]*)(?:\s[^<]*)?/?\s*>|<(?:a|img|script|iframe|input|div|span|p|td|tr|li|form|body|html|h[1-6])\b", re.IGNORECASE)
IN_MARKUP = re.compile(r"<[a-z][a-z0-9]*(?:\s[^<>\x00]*)?>[^<>\x00]*\x00|<[a-z][a-z0-9]*\s[^<>\x00]*=\s*[\"']?[^<>\"'\x00]*\x00", re.IGNORECASE)
RAW_HEADER = re.compile(r"(?:^HTTP/1\.[01] |^|\r\n)[A-Z][A-Za-z]*(?:-[A-Z][A-Za-z]*)*: [^\r\n\x00]*\x00[^\r\n]*\r\n")
DECLARES = frozenset(("markupsafe.Markup", "flask.Markup", "jinja2.Markup", "jinja2.utils.markupsafe.Markup", "django.utils.safestring.mark_safe", "django.utils.safestring.SafeText",
                      "django.utils.safestring.SafeString", "webhelpers.html.literal"))
ANSWERS = re.compile(r"^(?:flask\.make_response|flask\.Response|django\.http\.HttpResponse\w*|(?:self\.)?(?:response|resp)\.(?:write|out\.write)|self\.(?:write|wfile\.write|finish)|"
                     r"fastapi\.responses\.HTMLResponse|starlette\.responses\.HTMLResponse|aiohttp\.web\.Response|werkzeug\.wrappers\.Response|sanic\.response\.html|bottle\.HTTPResponse)$")
REDIRECTS = re.compile(r"(?:^|\.)(?:redirect|HttpResponseRedirect|HttpResponsePermanentRedirect|RedirectResponse|HTTPFound|seeother)$")
LOGS = re.compile(r"(?:^|\.)(?:log|logs|logger|logging|LOG|_log|_logger|LOGGER)(?:\(\))?\.(?:debug|info|warn|warning|error|critical|exception|log|fatal)$")
HOSTNAME = re.compile(r"^(?:https?://)?(?:[a-z0-9-]+\.)+(?:com|org|net|io|edu|gov|example|test|[a-z]{2})/?$", re.IGNORECASE)
SENSITIVE_COOKIE = re.compile(r"sess|token|auth|login|user|sid|jwt|secret|remember", re.IGNORECASE)


def look(module, report):
    for node in module.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("endswith", "startswith") and node.args:
            host_check(module, report, node)
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.In) and isinstance(node.left, ast.Constant):
            text = node.left.value
            if isinstance(text, str) and HOSTNAME.match(text) and about_address(module, node.comparators[0]) and len(text) > 4:
                report.add("incomplete-host-check", node.lineno, f"{text!r} may stand anywhere in it")
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.In) and isinstance(node.left, (ast.Name, ast.Attribute)):
            if re.search(r"(?:domain|host)$", module.name(node.left)) and re.search(r"(?:^|[._])(?:url|uri|link|href|target|netloc|address)(?:_\w+)?$", module.name(node.comparators[0])):
                report.add("incomplete-host-check", node.lineno, "the host may stand anywhere in it")
        if isinstance(node, (ast.Call, ast.Subscript)):
            forwarded(module, report, node)


def host_check(module, report, node):
    if node.func.attr == "endswith" and isinstance(node.args[0], (ast.Name, ast.Attribute)) and re.search(r"\.(?:netloc|hostname)$", module.name(node.func.value)):
        report.add("incomplete-host-check", node.lineno, "endswith() without a leading dot")
    texts = node.args[0].elts if isinstance(node.args[0], ast.Tuple) else [node.args[0]]
    for text in texts:
        value = text.value if isinstance(text, ast.Constant) and isinstance(text.value, str) else None
        if value is None:
            continue
        subject = node.func.value
        if node.func.attr == "endswith":
            bad = HOSTNAME.match(value) and not value.startswith((".", "http")) or re.match(r"^\.(?:com|org|net|io)/$", value)
        else:
            bad = re.match(r"^https?://[^/?#]+\.[a-z]{2,}$", value, re.IGNORECASE)
        if bad and about_address(module, subject, node.func.attr == "startswith" or "/" in value or value.count(".") > 0):
            report.add("incomplete-host-check", node.lineno, f"{node.func.attr}({value!r})")


def about_address(module, node, certain=False):
    name = module.name(node).lower()
    return bool(re.search(r"url|uri|host|domain|netloc|origin|referer|referrer|redirect|target|link|address|next", name)) or certain and "mail" not in name and "file" not in name


def forwarded(module, report, node):
    if isinstance(node, ast.Subscript):
        key, holder = node.slice, node.value
    elif isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "getlist") and node.args:
        key, holder = node.args[0], node.func.value
    else:
        return
    if isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value.lower().replace("_", "-") in ("x-forwarded-for", "http-x-forwarded-for", "x-real-ip", "client-ip", "http-client-ip"):
        if re.search(r"headers|environ|META|request", module.name(holder)):
            report.add("spoofable-address", node.lineno, key.value)


def called(call):
    markup(call)
    answers(call)
    headers(call)
    logs(call)
    trust(call)


def markup(call):
    report = call.flow.report
    first = call.args[0] if call.args else None
    if call.name in DECLARES and first is not None:
        if hole := call.dirt(first, "html"):
            report.add("trusted-markup", call.line, f"{hole.source} is in it", HIGH if hole.level == EXTERNAL else MEDIUM)
    elif call.name in ("jinja2.Environment", "jinja2.environment.Environment", "jinja2.sandbox.SandboxedEnvironment"):
        escape = call.arg(None, "autoescape")
        if escape is None or escape.const is False:
            report.add("no-autoescape", call.line)
    elif call.name == "jinja2.Template" and first is not None and "{{" in first.outline and MARKUP.search(first.outline):
        escape = call.arg(None, "autoescape")
        if escape is None or escape.const is False:
            report.add("no-autoescape", call.line, "a template made by hand escapes nothing")
    elif call.name in ("mako.template.Template", "mako.lookup.TemplateLookup"):
        filters = call.arg(None, "default_filters")
        if filters is None:
            report.add("no-autoescape", call.line, "Mako escapes nothing unless default_filters has 'h'", LOW)
    elif call.name in ("re.sub", "re.compile", "re.findall") and first is not None and re.match(r"^\(?\??[a-z:]*\)?<\\?s?\*?/?\s*script", first.outline or "", re.IGNORECASE) and call.name == "re.sub":
        report.add("markup-filter", call.line)


def returned(flow, node, value):
    if flow.route:
        for part in value.items or (value,):
            if (hole := flow.dirt(part, "html", EXTERNAL)) and not part.entries and not is_data(part):
                flow.report.add("cross-site-scripting", node.lineno, f"{hole.source} is in the answer")
            if is_exception(part):
                flow.report.add("error-disclosure", node.lineno)
            break
    else:
        for part in (value, *(value.items or ()), *(value.entries or {}).values()):
            if hole := page_dirt(flow, part):
                flow.report.add("markup-from-text", node.lineno, f"{hole.source} is in it")


def page_dirt(flow, value):
    """What stands unescaped between tags or in one; a text that only mentions a tag is no page."""
    return flow.dirt(value, "html", PARAM) if value.is_composed and IN_MARKUP.search(value.outline) else None


def composed(flow, node, value):
    """A raw answer of HTTP or a header of it, with a value from outside."""
    if RAW_HEADER.search(value.outline) and (hole := flow.dirt(value, "header", PARAM)):
        flow.report.add("header-injection", node.lineno, f"{hole.source} is in it")


def is_data(value):
    return bool(re.search(r"(?:jsonify|render_template|redirect|dumps|JsonResponse|send_file|render|url_for|abort|send_from_directory|make_response|Response|get_json)\(\)", value.type or "")) or \
        (value.type or "").endswith("()") and not (value.type or "").startswith(("flask.request", "str"))


def is_exception(value):
    return any(hole.source in ("an exception", "a traceback") for hole in value.holes) and not (value.type or "").endswith("jsonify()")


def answers(call):
    report = call.flow.report
    if ANSWERS.match(call.name) and call.args:
        first = call.args[0]
        kind = call.arg(None, "content_type", "mimetype", "media_type")
        plain = kind is not None and kind.text is not None and "html" not in kind.text
        if first.type == "exception" or is_exception(first):
            report.add("error-disclosure", call.line)
        elif not plain and not is_data(first):
            least = PARAM if first.is_composed and MARKUP.search(first.outline) else EXTERNAL
            if hole := call.dirt(first, "html", least):
                report.add("cross-site-scripting", call.line, f"{hole.source} is in the answer", None if hole.level == EXTERNAL else MEDIUM)
    elif call.last in ("write", "send", "sendall") and call.args and (hole := page_dirt(call.flow, call.args[0])):
        report.add("markup-from-text", call.line, f"{hole.source} is in it")
    if REDIRECTS.search(call.name):
        target = call.arg(0, "location", "url", "redirect_to")
        if target is not None and (hole := call.dirt(target, "redirect", EXTERNAL)) and not re.match(r"(?:/[^/\\\0]|https?://[^/\0]+/)", target.outline) and not target.outline.startswith("/\0") \
                or target is not None and call.flow.route is False and not target.is_composed and (hole := call.dirt(target, "redirect", PARAM)) and call.flow.function is not None and "flask" in call.name:
            report.add("open-redirect", call.line, f"{hole.source} is the address")


def headers(call):
    report = call.flow.report
    if call.last in ("set_cookie", "setcookie") and call.receiver is not None:
        secure, only = call.arg(None, "secure"), call.arg(None, "httponly")
        if not call.opaque and any(flag is None or flag.const is False for flag in (secure, only)):
            name = call.arg(0, "key", "name")
            sensitive = name is not None and name.text is not None and SENSITIVE_COOKIE.search(name.text)
            report.add("insecure-cookie", call.line, None, MEDIUM if sensitive else LOW)
    if call.last in ("add_header", "putheader", "send_header", "add", "set", "setdefault", "append", "appendlist", "extend") and len(call.args) > 1:
        if call.last in ("add_header", "putheader", "send_header") or "headers" in call.name.lower():
            for value in call.args[:2]:
                if hole := call.dirt(value, "header", PARAM):
                    report.add("header-injection", call.line, f"{hole.source} is in it")
    if ANSWERS.match(call.name) and (given := call.arg(None, "headers")) is not None and (hole := call.dirt(given, "header", EXTERNAL)):
        report.add("header-injection", call.line, f"{hole.source} is in it")


def stored(flow, target, value):
    if isinstance(target, ast.Subscript):
        holder = flow.module.name(target.value)
        if re.search(r"(?:^|\.)(?:headers|response|resp)$", holder.split("(")[0]) and "request" not in holder and "session" not in holder:
            key = flow.value(target.slice)
            for part in (key, value):
                if hole := flow.dirt(part, "header", PARAM):
                    flow.report.add("header-injection", target.lineno, f"{hole.source} is in it")


def logs(call):
    if not LOGS.search(call.name):
        return
    for value in call.args:
        if hole := call.dirt(value, "log", EXTERNAL):
            call.flow.report.add("log-injection", call.line, f"{hole.source} is logged")


def trust(call):
    report = call.flow.report
    if call.last == "run" and (debug := call.arg(None, "debug")) is not None and debug.const is True:
        report.add("debug-mode", call.line)
    elif call.name in ("jwt.decode", "jose.jwt.decode", "authlib.jose.jwt.decode"):
        token(call)
    elif call.name == "jwt.encode" and (algorithm := call.arg(2, "algorithm")) is not None and (algorithm.text == "none" or is_none_constant(call.node, 2, "algorithm")):
        report.add("unverified-token", call.line, "it is made without a signature")
    elif call.name in ("jwt.process_jwt", "python_jwt.process_jwt") and "verify_jwt" not in str({call.flow.module.name(node.func).rsplit(".", 1)[-1] for node in call.flow.module.nodes if isinstance(node, ast.Call)}):
        report.add("unverified-token", call.line, "process_jwt() does not verify")
    elif call.last in ("writerow", "writerows") and call.args and "csv" in call.name + " ".join(call.flow.module.imports):
        if hole := call.dirt(call.args[0], "csv", EXTERNAL):
            report.add("formula-injection", call.line, f"{hole.source} is written")


def token(call):
    verify, options, algorithms, key = call.arg(None, "verify"), call.arg(None, "options"), call.arg(2, "algorithms"), call.arg(1, "key")
    off = verify is not None and verify.const is False
    off = off or options is not None and any(name in ("verify_signature",) and value.const is False for name, value in (options.entries or {}).items())
    off = off or algorithms is not None and any((item.text or "").lower() == "none" for item in algorithms.items or (algorithms,))
    if off or key is not None and key.text == "":
        call.flow.report.add("unverified-token", call.line)


def is_none_constant(node, position, name):
    found = next((keyword.value for keyword in node.keywords if keyword.arg == name), node.args[position] if len(node.args) > position else None)
    return isinstance(found, ast.Constant) and found.value is None
