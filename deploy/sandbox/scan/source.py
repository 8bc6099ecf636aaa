"""One parsed source: its nodes, what its names stand for, and what encloses what."""
import ast

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# Snippets are often cut from a file whose imports stayed behind; these bare names mean one thing in practice.
USUAL = {
    "Popen": "subprocess.Popen", "check_output": "subprocess.check_output", "check_call": "subprocess.check_call", "getoutput": "subprocess.getoutput",
    "getstatusoutput": "subprocess.getstatusoutput", "mark_safe": "django.utils.safestring.mark_safe", "render_template_string": "flask.render_template_string",
    "HttpResponse": "django.http.HttpResponse", "HttpResponseRedirect": "django.http.HttpResponseRedirect", "make_response": "flask.make_response",
    "secure_filename": "werkzeug.utils.secure_filename", "safe_join": "werkzeug.utils.safe_join", "Markup": "markupsafe.Markup", "urlopen": "urllib.request.urlopen",
    "send_file": "flask.send_file", "Environment": "jinja2.Environment",
}


class Module:
    """A source's syntax tree with the questions that rules ask of it."""

    def __init__(self, tree):
        self.tree = tree
        self.nodes = list(ast.walk(tree))
        self.parents = {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}
        self.defined = {node.name for node in self.nodes if isinstance(node, (*FUNCTIONS, ast.ClassDef))}
        self.aliases = {}
        self.imports = set()
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    self.imports.add(alias.name)
                    self.aliases[alias.asname or alias.name.split(".")[0]] = alias.name if alias.asname else alias.name.split(".")[0]
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    self.imports.add(f"{node.module}.{alias.name}")
                    if alias.name != "*":
                        self.aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"

    def name(self, node):
        """The qualified name of a name, attribute, call or constant subscript as far as imports tell; "" for other expressions."""
        tail = []
        while True:
            if isinstance(node, ast.Attribute):
                tail.append("." + node.attr)
                node = node.value
            elif isinstance(node, ast.Call):
                tail.append("()")
                node = node.func
            elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
                tail.append("." + node.slice.value)
                node = node.value
            elif isinstance(node, ast.Subscript):
                node = node.value
            else:
                break
        head = self.head(node.id) if isinstance(node, ast.Name) else ""
        return head + "".join(reversed(tail))

    def head(self, name):
        if name in self.aliases:
            return self.aliases[name]
        return USUAL.get(name, name) if name not in self.defined else name

    def function_of(self, node):
        """The innermost function around a node, or None."""
        while node is not None and not isinstance(node, FUNCTIONS):
            node = self.parents.get(node)
        return node


def is_docstring(module, node):
    return isinstance(module.parents.get(node), ast.Expr)
