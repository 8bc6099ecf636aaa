"""Where values come from outside, and what cleans them."""
import ast
import re

from .values import ALL, EXTERNAL, LOCAL, PARAM, Hole, Value

_REQUEST_PARTS = (
    "args|form|values|json|data|files|cookies|headers|GET|POST|FILES|COOKIES|META|body|query_params|path_params|query_string|get_json|get_data|"
    "url|full_path|params|query|content|text|raw_post_data|stream|view_args|forms|environ|match_info|rel_url|path|path_info|QUERY_STRING|DATA|uri|arguments|referrer")
REQUEST = re.compile(rf"^(?:flask\.|bottle\.|self\.|quart\.|sanic\.|cherrypy\.)?(?:request|req)\.(?:{_REQUEST_PARTS})\b")
OTHER = {
    "input": (EXTERNAL, "input()"), "raw_input": (EXTERNAL, "input()"), "sys.argv": (EXTERNAL, "the command line"), "sys.stdin.read": (EXTERNAL, "standard input"),
    "sys.stdin.readline": (EXTERNAL, "standard input"), "sys.stdin": (EXTERNAL, "standard input"), "os.environ": (PARAM, "the environment"), "os.getenv": (PARAM, "the environment"),
    "self.get_argument": (EXTERNAL, "the request"), "self.get_query_argument": (EXTERNAL, "the request"), "self.get_body_argument": (EXTERNAL, "the request"),
    **{f"traceback.{name}": (LOCAL, "a traceback") for name in ("format_exc", "format_exception", "format_tb", "format_stack")},
    "sys.exc_info": (LOCAL, "an exception"), "web.input": (EXTERNAL, "the request"), "cgi.FieldStorage": (EXTERNAL, "the request"),
}
GLOBAL_SOURCES = frozenset({"flask.request", "request", "bottle.request"})
RECEIVES = re.compile(r"socket\.socket\(\)(?:\.accept\(\)(?:\[\])?)?\.recv(?:from)?$")

_CLEANERS = [
    (r"(?:int|float|complex|bool|len|ord|hash|abs|round|sum|id|uuid\.UUID|decimal\.Decimal|Decimal|datetime\..*|time\..*|hashlib\..*|secrets\..*|hmac\..*|base64\.(?:url_?safe_)?b?\d*\w*encode|binascii\.hexlify)", {ALL}),
    (r"(?:.*\.)?(?:hexdigest|isoformat|bit_length)", {ALL}),
    (r"(?:html\.escape|cgi\.escape|markupsafe\.escape(?:_silent)?|flask\.escape|bleach\.(?:clean|linkify)|django\.utils\.html\.(?:escape|conditional_escape|format_html|strip_tags)|xml\.sax\.saxutils\.(?:escape|quoteattr)|(?:.*\.)?(?:escape_html|html_escape|xhtml_escape|htmlspecialchars))", {"html"}),
    (r"(?:shlex\.quote|pipes\.quote|shlex\.join|subprocess\.list2cmdline)", {"shell", "code"}),
    (r"(?:.*\.)?(?:secure_filename|safe_join|get_valid_filename)", {"path", "shell"}),
    (r"(?:os\.path|posixpath|ntpath)\.basename", {"path"}),
    (r"re\.escape", {"regex"}),
    (r"(?:urllib\.parse\.|urllib\.|six\.moves\.urllib\.parse\.)?(?:quote|quote_plus|urlencode)", {"html", "header", "log", "path", "shell", "redirect"}),
    (r"json\.dumps|repr", {"log", "header"}),
    (r"ldap3?\.(?:.*\.)?(?:escape_filter_chars|escape_dn_chars|escape_rdn)", {"ldap"}),
    (r"(?:psycopg2\.)?sql\.(?:Identifier|Literal|SQL.*)", {"sql"}),
    (r"(?:.*\.)?(?:quote_identifier|quote_ident|escape_string|quote_name|escape_sql|quoteName|mogrify)", {"sql"}),
    (r"flask\.url_for|url_for|(?:.*\.)?reverse", {"redirect", "html", "url"}),
]
CLEANERS = [(re.compile(rf"^(?:{pattern})$"), frozenset(kinds)) for pattern, kinds in _CLEANERS]
# A function of the author's own whose name says that it cleans is believed, save for SQL, where only parameters help.
CLEANS = re.compile(r"(?:^|_)(?:escape|escaped|sanitize|sanitise|antixss|strip_tags|clean|quote|whitelist|allowlist|safe|slugify)(?:_|$)|^(?:escape|sanitize|sanitise|clean)[A-Z]?", re.IGNORECASE)
CLEANS_KINDS = frozenset({"html", "shell", "path", "log", "header", "url", "redirect", "regex", "ldap", "xpath", "csv"})


def source_of(name):
    """The value of a name that stands for input from outside, or None."""
    if found := OTHER.get(name):
        return Value((Hole(*found),))
    for known in ("sys.argv", "os.environ"):
        if name.startswith(known + "."):
            return Value((Hole(*OTHER[known]),))
    if REQUEST.match(name):
        return Value((Hole(EXTERNAL, "the request"),))
    return Value((Hole(EXTERNAL, "the network"),)) if RECEIVES.match(name) else None


def sanitised(call):
    """The kinds of danger that a call's result is free of."""
    for pattern, kinds in CLEANERS:
        if pattern.match(call.name):
            return kinds
    if call.last in ("escape",) and call.name == "escape":
        return frozenset({"html"})
    return CLEANS_KINDS if call.last and CLEANS.search(call.last) and not call.name.startswith("re.") else frozenset()


def annotation_is_clean(annotation):
    """Whether a type hint promises a number."""
    return isinstance(annotation, ast.Name) and annotation.id in ("int", "float", "bool", "complex") or (
        isinstance(annotation, ast.Attribute) and annotation.attr in ("UUID", "Decimal", "date", "datetime"))


def is_route(node):
    """Whether a function answers web requests: `@app.route("/…")` and its like."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute) and decorator.func.attr in ("route", "get", "post", "put", "delete", "patch"):
            first = decorator.args[0] if decorator.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value.startswith("/"):
                return True
    return False
