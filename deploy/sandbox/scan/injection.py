"""SQL, commands, code, templates, directories (LDAP), XPath and document queries put together from text."""
import ast
import re

from .findings import HIGH, LOW, MEDIUM, rules
from .values import ALL, EXTERNAL, LOCAL, PARAM

rules(
    sql_injection=(HIGH, "An SQL statement is put together from text; whoever supplies a part of it writes the statement.",
                   "Keep the statement constant, with placeholders, and hand the values over as parameters: execute(\"… WHERE id = ?\", (id,))."),
    command_injection=(HIGH, "A command line is put together from text and read by a shell, which obeys ; | $( ) and their like in it.",
                       "Pass a list of arguments to subprocess.run without shell=True; where a shell must be used, shlex.quote every value."),
    command_from_text=(MEDIUM, "A command line is put together from text and handed to something that runs commands; a space or a ; in a value changes the command.",
                       "Pass the command as a list, one element an argument, or check each value against an allow-list of characters."),
    shell_constant=(LOW, "A constant command is started through a shell, which costs a process and depends on PATH.", "Pass a list of arguments to subprocess.run without shell=True."),
    program_from_input=(HIGH, "The program to start is chosen by a value from outside.", "Choose the program from a fixed table."),
    code_injection=(HIGH, "A text is run as Python; whoever supplies it runs what they like.",
                    "Parse the text instead: ast.literal_eval for literals, json.loads for data, a table of allowed operations for formulas."),
    code_constant=(LOW, "A constant text is run as Python, where no reader and no tool sees it.", "Write the code in place."),
    import_from_input=(MEDIUM, "The module or attribute to load is named by a value from outside.", "Look it up in a fixed table."),
    template_injection=(HIGH, "A template is put together from text; expressions in it are evaluated on the server.",
                        "Keep the template constant and pass the values as its context."),
    ldap_injection=(HIGH, "An LDAP filter or name is put together from text; * and ) in a value change the question.",
                    "Escape values with ldap.filter.escape_filter_chars or ldap3.utils.conv.escape_filter_chars."),
    xpath_injection=(HIGH, "An XPath expression is put together from text; a quote in a value changes the question.", "Use XPath variables: tree.xpath(\"//a[@n=$n]\", n=name)."),
    nosql_injection=(HIGH, "A document query takes an expression or a whole condition from outside.", "Build the condition yourself, and make each value the type that it must have."),
    mass_assignment=(MEDIUM, "The attribute to set is named by a value from outside.", "Set attributes from a fixed list of names."),
)

# A statement begins with its verb and goes on as SQL does; "select a file from the list" in the middle of a sentence does not.
SQL = re.compile(
    r"^[\s(]*(?:select\b.{1,2000}?\bfrom\b|insert\s+(?:ignore\s+|or\s+\w+\s+)?into\b|update\s+\S+\s+set\b|delete\s+from\b|replace\s+into\b|merge\s+into\b|with\s+\w+\s+as\s*\(|"
    r"(?:create|drop|alter|truncate)\s+(?:temp\w*\s+)?(?:table|database|view|user|index|schema|role|trigger)\b|grant\s+\w|exec(?:ute)?\s+\w+\s+@|call\s+\w+\s*\(|"
    r"(?:where|and|or|order\s+by|values)\s*[\w.`\"(]+\s*(?:=|<|>|like\b|in\b).*['\"=\x00])", re.IGNORECASE | re.DOTALL)
SHOUTED_SQL = re.compile(r"\b(?:SELECT\b.{1,2000}?\bFROM|INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM)\b", re.DOTALL)
SHELLS = frozenset(
    "os.system os.popen os.popen2 os.popen3 os.popen4 popen2.popen2 popen2.popen3 popen2.popen4 commands.getoutput commands.getstatusoutput subprocess.getoutput "
    "subprocess.getstatusoutput asyncio.create_subprocess_shell pty.spawn".split())
PROCESSES = re.compile(r"^(?:subprocess|asyncio\.subprocess|utils|processutils|subprocess32)\.(?:run|call|Popen|check_call|check_output)$")
EXECS = re.compile(r"^os\.(?:exec[lv]p?e?|spawn[lv]p?e?|posix_spawnp?|startfile)$")
RUNNERS = re.compile(r"(?:^|[_.])(?:run_?ssh|ssh_?(?:run|exec\w*)|cli_?run|run_?cli|(?:run|exec|execute|call|issue|send|invoke|check)_?(?:cmd|command|cli|shell|ssh|adb|script|process)\w*|exec_(?:\w+_)?cmd|"
                     r"cmd\.run\w*|shell|sudo|exec_command|shell_?(?:exec|run|cmd|command)|eql_execute|system|popen|async_run|getoutput)$", re.IGNORECASE)
# Objects that stand for a machine or a tool: whatever is called on them with one text is a command.
REMOTE = re.compile(r"(?:^|[._])(?:ssh|adb|shell|cli|ssh_client|sshclient|terminal)(?:\(\))?\.\w+$", re.IGNORECASE)
NO_COMMAND = frozenset("get set info debug warning error close connect log write append join format load_system_host_keys".split())
EVALUATES = frozenset(("eval", "exec", "builtins.eval", "builtins.exec", "execfile", "code.InteractiveInterpreter().runsource", "pandas.eval", "numexpr.evaluate"))
TEMPLATES = frozenset(("flask.render_template_string", "jinja2.Template", "mako.template.Template", "django.template.Template", "tornado.template.Template", "bottle.template", "Template"))
FINDS = frozenset("find find_one find_one_and_update update_one update_many delete_one delete_many count_documents aggregate".split())


def composed(flow, node, value):
    hole = flow.dirt(value, "sql")
    if hole is not None and (SQL.match(value.outline) or SHOUTED_SQL.search(value.outline)) and "<" not in value.outline[:3]:
        flow.report.add("sql-injection", node.lineno, f"{hole.source} becomes part of the statement", MEDIUM if hole.level == LOCAL else HIGH)


def called(call):
    command(call)
    code(call)
    queries(call)


def command(call):
    first = call.arg(0, "args", "cmd", "command", "popenargs")
    if first is None:
        return
    shell = call.arg(None, "shell")
    if call.name in SHELLS or PROCESSES.match(call.name) and shell is not None and shell.const is True:
        return through_shell(call, first)
    if shell is not None and shell.const is True and call.last not in NO_COMMAND:
        return through_shell(call, first)
    if call.last == "exec_command" and "paramiko" in call.name + " ".join(call.flow.module.imports):
        return through_shell(call, first)
    if PROCESSES.match(call.name) or EXECS.match(call.name):
        program = first.items[0] if first.items else first
        arguments = first.items or call.args
        if is_shell(program) and any(item.text in ("-c", "/c", "/C") for item in arguments) and (hole := dirtiest(call, arguments[1:], "shell")):
            call.flow.report.add("command-injection", call.line, f"{hole.source} is read by {program.text}")
        elif (hole := call.dirt(program, "shell", EXTERNAL)) and not program.is_composed:
            call.flow.report.add("program-from-input", call.line, f"{hole.source} names the program")
        elif first.items is None and first.is_composed and " " in first.outline and (hole := call.dirt(first, "shell")):
            call.flow.report.add("command-from-text", call.line, f"{hole.source} becomes part of the command line")
        return
    if RUNNERS.search(call.name) or REMOTE.search(call.name) and call.last not in NO_COMMAND or call.name == "call":
        for argument in call.args[:2]:
            if argument.is_composed and " " in argument.outline.strip() and (hole := call.dirt(argument, "shell")):
                call.flow.report.add("command-from-text", call.line, f"{hole.source} becomes part of the command line")


def through_shell(call, first):
    hole = call.dirt(first, "shell", LOCAL if first.is_composed or first.items is not None else PARAM)
    if hole is not None and (hole.level > LOCAL or first.is_composed):
        call.flow.report.add("command-injection", call.line, f"{hole.source} becomes part of the command line", MEDIUM if hole.level == LOCAL else HIGH)
    elif first.text is not None:
        call.flow.report.add("shell-constant", call.line)


def dirtiest(call, values, kind):
    return next((hole for value in values if (hole := call.dirt(value, kind))), None)


def is_shell(value):
    return value.text is not None and value.text.rsplit("/", 1)[-1] in ("sh", "bash", "dash", "zsh", "ksh", "cmd", "cmd.exe", "powershell")


def code(call):
    first = call.args[0] if call.args else None
    if call.name in EVALUATES and first is not None:
        restricted = len(call.args) > 1 and "__builtins__" in (call.args[1].entries or {})
        hole = call.dirt(first, "code")
        if hole is not None:
            call.flow.report.add("code-injection", call.line, f"{hole.source} is evaluated" + (", and taking __builtins__ away does not hold it back" if restricted else ""))
        elif first.text is not None:
            call.flow.report.add("code-constant", call.line)
    elif call.name == "compile" and first is not None and (hole := call.dirt(first, "code", PARAM)):
        call.flow.report.add("code-injection", call.line, f"{hole.source} is compiled", MEDIUM)
    elif call.name in ("__import__", "importlib.import_module") and first is not None and (hole := call.dirt(first, "code", PARAM)):
        call.flow.report.add("import-from-input", call.line, f"{hole.source} names the module")
    elif call.name == "getattr" and len(call.args) > 1 and (hole := call.dirt(call.args[1], "code", EXTERNAL)):
        call.flow.report.add("import-from-input", call.line, f"{hole.source} names the attribute")
    elif call.name == "setattr" and len(call.args) > 1 and (hole := call.dirt(call.args[1], "code", EXTERNAL)):
        call.flow.report.add("mass-assignment", call.line, f"{hole.source} names the attribute")
    elif (call.name in TEMPLATES or call.last == "from_string" and "nvironment" in call.name) and first is not None:
        hole = call.dirt(first, "template", LOCAL if first.is_composed else PARAM)
        if hole is not None and not (call.name == "Template" and not first.is_composed) and not call.name.startswith("string."):
            call.flow.report.add("template-injection", call.line, f"{hole.source} becomes part of the template", HIGH if hole.level == EXTERNAL else MEDIUM)


def queries(call):
    modules = " ".join(call.flow.module.imports)
    if call.last in ("search", "search_s", "search_st", "search_ext", "search_ext_s", "simple_bind_s", "bind_s", "modify", "modify_s", "compare_s"):
        if "ldap" in call.name.lower() or "ldap" in modules.lower():
            for value in [*call.args, *call.keywords.values()]:
                if value.is_composed and "=" in value.outline and (hole := call.dirt(value, "ldap")):
                    call.flow.report.add("ldap-injection", call.line, f"{hole.source} becomes part of the filter or name")
    if call.last in ("xpath", "XPath", "findall", "find", "iterfind", "findtext", "evaluate") and call.args:
        first = call.args[0]
        xml = call.last in ("xpath", "XPath") or "/" in first.outline and ("etree" in modules or "xml" in modules or "xml" in call.name)
        if xml and (hole := call.dirt(first, "xpath", LOCAL if first.is_composed else EXTERNAL)) and (first.is_composed or hole.level == EXTERNAL):
            call.flow.report.add("xpath-injection", call.line, f"{hole.source} becomes part of the expression", MEDIUM if hole.level == LOCAL else HIGH)
    if call.last in FINDS and call.args and ("mongo" in modules.lower() or "motor" in modules):
        first = call.args[0]
        if first.entries is not None:
            where = first.entries.get("$where")
            if where is not None and (hole := call.dirt(where, "nosql")):
                call.flow.report.add("nosql-injection", call.line, f"{hole.source} becomes part of an expression")
            elif any(value.type == "json" and call.dirt(value, "nosql", EXTERNAL) for value in first.entries.values()):
                call.flow.report.add("nosql-injection", call.line, "a value from the request may be a condition")
        elif hole := call.dirt(first, "nosql", EXTERNAL):
            call.flow.report.add("nosql-injection", call.line, f"{hole.source} is the whole condition")
