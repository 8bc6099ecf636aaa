"""Formats whose reading runs code."""
from .findings import HIGH, MEDIUM, rules
from .values import EXTERNAL, PARAM

rules(
    unsafe_deserialisation=(HIGH, "The format can carry instructions: reading data that somebody else made runs their code.",
                            "Use json, or a format with a schema; where pickle must stay, verify an HMAC over the bytes first."),
    unsafe_yaml=(HIGH, "This YAML loader builds any Python object that the text names, and so runs code.", "Use yaml.safe_load, or Loader=yaml.SafeLoader."),
)

LOADS = frozenset(
    "pickle.load pickle.loads pickle.Unpickler cPickle.load cPickle.loads _pickle.load _pickle.loads dill.load dill.loads cloudpickle.load cloudpickle.loads marshal.load "
    "marshal.loads shelve.open jsonpickle.decode jsonpickle.loads pandas.read_pickle joblib.load torch.load pickle5.loads".split())
SAFE_LOADERS = ("SafeLoader", "CSafeLoader", "BaseLoader", "CBaseLoader")


def called(call):
    if call.name in LOADS:
        if call.name == "torch.load" and (only := call.arg(None, "weights_only")) is not None and only.const is True:
            return
        outside = call.dirt(call.arg(0, "file", "data", "filename"), "code", EXTERNAL)
        call.flow.report.add("unsafe-deserialisation", call.line, f"{call.name}()" + (f" reads {outside.source}" if outside else ""),
                             HIGH if call.dirt(call.arg(0), "code", PARAM) else MEDIUM)
    elif call.name == "numpy.load" and (allow := call.arg(None, "allow_pickle")) is not None and allow.const is True:
        call.flow.report.add("unsafe-deserialisation", call.line, "allow_pickle=True", MEDIUM)
    elif call.name in ("yaml.load", "yaml.load_all", "ruamel.yaml.load"):
        loader = call.arg(1, "Loader")
        if loader is None or not (loader.type or "").endswith(SAFE_LOADERS):
            call.flow.report.add("unsafe-yaml", call.line)
    elif call.name in ("yaml.unsafe_load", "yaml.unsafe_load_all", "yaml.full_load", "yaml.full_load_all"):
        call.flow.report.add("unsafe-yaml", call.line, f"{call.name}()", HIGH if "unsafe" in call.name else MEDIUM)
