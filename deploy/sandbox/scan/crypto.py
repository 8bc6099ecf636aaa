"""Hashes, ciphers, keys, random numbers, comparisons of secrets."""
import ast
import re

from .findings import HIGH, LOW, MEDIUM, rules
from .values import PARAM

rules(
    weak_hash=(MEDIUM, "The hash is broken: two texts with the same hash can be made.", "Use SHA-256; where it is no matter of security, say usedforsecurity=False."),
    weak_password_hash=(MEDIUM, "A password is hashed with a fast hash or without a salt of its own: it can be guessed by the billion a second.",
                        "Use hashlib.scrypt, bcrypt, argon2 or PBKDF2 with at least 600,000 rounds, and os.urandom for the salt."),
    weak_cipher=(HIGH, "The cipher or its mode is broken.", "Use AES-GCM or ChaCha20-Poly1305."),
    constant_nonce=(HIGH, "The initialisation vector or nonce is constant: equal texts are encrypted equally, and with a stream cipher the key stream leaks.",
                    "Make a new one for every message: os.urandom, secrets.token_bytes."),
    short_key=(HIGH, "The key is too short to withstand today's machines.", "RSA and DSA from 2048 bits, better 3072; elliptic curves from 256."),
    predictable_random=(MEDIUM, "A secret is made with a random generator that can be foreseen.", "Use the module secrets, or os.urandom."),
    timing_comparison=(MEDIUM, "Secrets are compared byte by byte; the time tells how far they agree.", "Use hmac.compare_digest."),
)

WEAK_HASHES = frozenset("md2 md4 md5 sha sha1 ripemd160".split())
FAST_HASHES = re.compile(r"^hashlib\.(?:md5|sha1|sha224|sha256|sha384|sha512|sha3_\d+|blake2[bs]|new)$")
CIPHER_MODULES = re.compile(r"^(?:Crypto|Cryptodome)\.Cipher\.(DES3?|ARC2|ARC4|Blowfish|CAST|XOR)\.new$|^cryptography\.hazmat\.(?:primitives\.ciphers|decrepit\.ciphers)\.algorithms\.(ARC4|Blowfish|IDEA|CAST5|SEED|TripleDES)$")
SECRET = re.compile(r"password|passwd|passphrase|secret|token|otp|(?:^|_)pin(?:_|$)|(?:^|_)salt|nonce|session_?id|api_?key|private|captcha|csrf|verification|reset_code|activation|(?:^|_)i?vs?(?:_|$)|"
                    r"(?:^|_)(?:gen(?:erate)?|make|create|new|random)_?(?:session|key|code|cookie|id)s?$|(?:^|_)key$|credential|crypt", re.IGNORECASE)
RANDOM = re.compile(r"^(?:random|random\.Random\(\)|numpy\.random)\.(?:random|randint|randrange|choice|choices|sample|uniform|getrandbits|shuffle|randbytes|bytes|rand|randn|triangular)$")
DIGESTS = re.compile(r"(?:hexdigest|digest|hmac\.new|hmac\.digest)\(\)$")
COMPARED = re.compile(r"(?:^|_)(?:signature|hmac|digest|mac|password_hash|pass_hash|hashed_password|hash|token|password|passwd|secret|api_?key)$", re.IGNORECASE)


def look(module, report):
    imported = " ".join(module.imports)
    for node in module.nodes:
        if isinstance(node, ast.Attribute) and node.attr in ("MODE_ECB", "ECB") and re.search(r"AES|DES|modes|Cipher|Crypto", module.name(node)):
            report.add("weak-cipher", node.lineno, "ECB shows which blocks are equal")
        elif isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
            comparison(module, report, node, imported)


def comparison(module, report, node, imported):
    sides = node.left, node.comparators[0]
    if any(isinstance(side, (ast.Constant, ast.List, ast.Tuple)) for side in sides):
        return
    names = [module.name(side) for side in sides]
    words = [name.removesuffix("()").rsplit(".", 1)[-1] for name in names]
    if any(DIGESTS.search(name) for name in names) and ("hmac" in imported or any(SECRET.search(word) for word in words)):
        report.add("timing-comparison", node.lineno)
    elif all(COMPARED.search(word) for word in words) and any(re.search(r"password|passwd|token|secret|signature|hmac|digest|api_?key|hash", word, re.IGNORECASE) for word in words):
        if any(re.search(r"password|passwd|secret|signature|hmac|digest|api_?key", word, re.IGNORECASE) for word in words):
            report.add("timing-comparison", node.lineno, None, MEDIUM if re.search(r"hmac|hashlib|crypt|request|secrets", imported) else LOW)


def called(call):
    hashes(call)
    ciphers(call)
    keys(call)
    randomness(call)


def hashes(call):
    report, name = call.flow.report, call.name
    algorithm = None
    if name.startswith("hashlib."):
        algorithm = call.last if call.last != "new" else (getattr(call.arg(0, "name"), "text", None) or "").lower()
    elif re.match(r"^(?:Crypto|Cryptodome)\.Hash\.(?:MD2|MD4|MD5|SHA|SHA1|RIPEMD160|RIPEMD)\.new$", name):
        algorithm = name.split(".")[2].lower()
    elif re.match(r"^cryptography\.hazmat\.primitives\.hashes\.(?:MD5|SHA1)$", name) or name in ("md5.new", "md5.md5", "sha.new", "sha.sha"):
        algorithm = call.last.lower() if call.last != "new" else "md5"
    secret = is_about_secret(call)
    if algorithm in WEAK_HASHES:
        used = call.arg(None, "usedforsecurity")
        if used is None or used.const is not False:
            report.add("weak-hash", call.line, algorithm, HIGH if secret else MEDIUM)
    elif FAST_HASHES.match(name) and passwords(call):
        report.add("weak-password-hash", call.line, f"{algorithm} is fast")
    elif name in ("hashlib.pbkdf2_hmac", "hashlib.scrypt", "bcrypt.kdf", "cryptography.hazmat.primitives.kdf.pbkdf2.PBKDF2HMAC", "Crypto.Protocol.KDF.PBKDF2"):
        salt = call.arg({"hashlib.pbkdf2_hmac": 2, "Crypto.Protocol.KDF.PBKDF2": 1}.get(name), "salt")
        rounds = call.arg({"hashlib.pbkdf2_hmac": 3}.get(name), "iterations", "count")
        if salt is not None and salt.text is not None:
            report.add("weak-password-hash", call.line, "the salt is constant")
        elif salt is not None and (hole := call.dirt(salt, "salt", PARAM)) and "salt" not in hole.source.lower():
            report.add("weak-password-hash", call.line, f"the salt is made of {hole.source}, which others know")
        elif rounds is not None and isinstance(rounds.const, int) and rounds.const < 10_000 and name != "hashlib.scrypt":
            report.add("weak-password-hash", call.line, f"only {rounds.const} rounds")
    elif name in ("crypt.crypt",) and (salt := call.arg(1, "salt")) is not None and salt.text is not None:
        report.add("weak-password-hash", call.line, "the salt is constant")


def passwords(call):
    return any(hole for value in call.args for hole in value.holes if re.search(r"password|passwd|passphrase|pwd", hole.source, re.IGNORECASE))


def ciphers(call):
    report = call.flow.report
    if match := CIPHER_MODULES.match(call.name):
        report.add("weak-cipher", call.line, match[1] or match[2])
    elif re.match(r"^(?:Crypto|Cryptodome)\.Cipher\.(?:AES|ChaCha20\w*|Salsa20)\.new$", call.name):
        iv = call.arg(2 if ".AES." in call.name else None, "iv", "IV", "nonce")
        if iv is not None and is_constant(iv):
            report.add("constant-nonce", call.line)
    elif re.match(r"^cryptography\.hazmat\.primitives\.ciphers\.modes\.(?:CBC|CTR|OFB|CFB8?|GCM)$", call.name) and (iv := call.arg(0, "initialization_vector", "nonce")) is not None and is_constant(iv):
        report.add("constant-nonce", call.line)
    elif call.last == "encrypt" and re.search(r"AESGCM|ChaCha20Poly1305|AESCCM", call.name) and call.args and is_constant(call.args[0]):
        report.add("constant-nonce", call.line)


def is_constant(value):
    return value.type in ("bytes", "str") and value.text is not None


def keys(call):
    report = call.flow.report
    if re.search(r"(?:^|\.)(?:RSA|DSA|rsa|dsa)\.(?:generate|generate_private_key|newkeys|generate_parameters)$|^rsa\.newkeys$|paramiko\.(?:RSAKey|DSSKey)\.generate$", call.name):
        position = 1 if call.name.endswith("rsa.generate_private_key") else 0
        size = call.arg(position, "bits", "key_size", "nbits")
        if size is not None and isinstance(size.const, int) and not isinstance(size.const, bool) and 0 < size.const < 2048:
            report.add("short-key", call.line, f"{size.const} bits", HIGH if size.const < 1024 else MEDIUM)
    elif call.last == "generate_private_key" and ".ec." in call.name and call.args and re.search(r"SECP192R1|SECT163|SECP160", call.args[0].type or ""):
        report.add("short-key", call.line, "a curve below 224 bits", MEDIUM)
    elif call.last in ("generate_key",) and "TYPE_" in str([value.type for value in call.args]) and len(call.args) > 1 and isinstance(call.args[1].const, int) and call.args[1].const < 2048:
        report.add("short-key", call.line, f"{call.args[1].const} bits", MEDIUM)


def randomness(call):
    if RANDOM.match(call.name) and is_about_secret(call):
        call.flow.report.add("predictable-random", call.line, f"{call.name}()")
    elif call.name == "random.seed" and call.args and call.args[0].const is not None and is_about_secret(call):
        call.flow.report.add("predictable-random", call.line, "the seed is constant")


def is_about_secret(call):
    """The function's name, or that of what the result is stored in, speaks of a secret."""
    words = [call.flow.function.name] if call.flow.function is not None else []
    node = call.node
    while node is not None and not isinstance(node, ast.stmt):
        node = call.flow.module.parents.get(node)
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, (ast.AugAssign, ast.AnnAssign)) else []
    words += [getattr(target, "id", getattr(target, "attr", "")) for target in targets]
    words = [word.lower() for word in words]
    return any(SECRET.search(re.sub(r"([a-z])([A-Z])", r"\1_\2", word)) for word in words if word)
