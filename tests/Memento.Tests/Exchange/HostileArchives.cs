using System.Net;
using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace AutoDev.Memento.Tests.Exchange;

/// <summary>Archives that must not be taken, each with what is to be said of it.</summary>
static class HostileArchives
{
    static readonly RawEntry Good = new("skill/pyproject.toml", "[project]\nname = \"skill\"\n");

    public const string Code = "def shout(text: str) -> str:\n    \"\"\"Make it loud.\"\"\"\n    return text.upper()\n";

    public static TheoryData<string> Names => [.. All.Keys];

    public static readonly IReadOnlyDictionary<string, (byte[] Archive, HttpStatusCode Status, string? Entry, string Reason)> All =
        new Dictionary<string, (byte[], HttpStatusCode, string?, string)>(StringComparer.Ordinal)
        {
            ["no archive"] = (Encoding.UTF8.GetBytes("this is a text"), HttpStatusCode.BadRequest, null, "no ZIP archive"),
            ["empty"] = ([], HttpStatusCode.BadRequest, null, "no ZIP archive"),
            ["no entries"] = (RawZip.Of(), HttpStatusCode.UnprocessableEntity, null, "no skill in it"),
            ["cut off"] = (RawZip.Of(Good)[..^30], HttpStatusCode.BadRequest, null, "end is missing"),
            ["something after it"] = (RawZip.Write([Good], after: [1, 2, 3]), HttpStatusCode.BadRequest, null, "end is missing"),
            ["something before its end"] = (RawZip.Write([Good], beforeEnd: new byte[8]), HttpStatusCode.BadRequest, null, "not where it says"),
            ["directory elsewhere"] = (RawZip.Write([Good], directoryAt: 4), HttpStatusCode.BadRequest, null, "not where it says"),
            ["more entries than there are"] = (RawZip.Write([Good], count: 2), HttpStatusCode.BadRequest, null, "Entry 2"),
            ["fewer entries than there are"] = (RawZip.Write([Good, new("a", "")], count: 1), HttpStatusCode.BadRequest, null, "more than its entries"),
            ["too many entries"] = (RawZip.Of(Enumerable.Range(0, 2001).Select(i => new RawEntry($"f{i}", ""))), HttpStatusCode.RequestEntityTooLarge, null, "2,001 entries"),
            ["too large"] = (RawZip.Of(new RawEntry("noise", RandomNumberGenerator.GetBytes(2 * 1024 * 1024 + 1))), HttpStatusCode.RequestEntityTooLarge, null, "larger than 2 MiB"),
            ["bomb by ratio"] = (RawZip.Of(Good, new("skill/zeros", new byte[3 * 1024 * 1024])), HttpStatusCode.RequestEntityTooLarge, "skill/zeros", "more than 200 to 1"),
            ["bomb by size of one"] = (RawZip.Of(Good, new("skill/zeros", new byte[5 * 1024 * 1024])), HttpStatusCode.RequestEntityTooLarge, "skill/zeros", "larger than 4 MiB"),
            ["bomb by size of all"] = (RawZip.Of(Enumerable.Range(0, 17).Select(i => new RawEntry($"f{i}", new byte[1024 * 1024]))), HttpStatusCode.RequestEntityTooLarge, null, "larger than 16 MiB"),
            ["bomb that lies about its size"] = (RawZip.Of(new RawEntry("skill/zeros", new byte[64 * 1024 * 1024]) { Size = 1000 }), HttpStatusCode.BadRequest, "skill/zeros", "longer than it says"),
            ["shorter than it says"] = (RawZip.Of(new RawEntry("a.py", "x = 1") { Size = 500 }), HttpStatusCode.BadRequest, "a.py", "shorter than it says"),
            ["stored with two sizes"] = (RawZip.Of(new RawEntry("a.py", "x = 1") { Method = 0, Size = 500 }), HttpStatusCode.BadRequest, "a.py", "contradict"),
            ["archive within the archive"] = (RawZip.Of(Good, new("skill/inner.zip", RawZip.Of(Good))), HttpStatusCode.BadRequest, "skill/inner.zip", "archives within archives"),
            ["archive under another name"] = (RawZip.Of(Good, new("skill/data.bin", RawZip.Of(Good))), HttpStatusCode.BadRequest, "skill/data.bin", "archives within archives"),
            ["traversal"] = (RawZip.Of(Good, new("../../etc/cron.d/x", "")), HttpStatusCode.BadRequest, "../../etc/cron.d/x", "leads out"),
            ["traversal within"] = (RawZip.Of(Good, new("skill/../../x.py", "")), HttpStatusCode.BadRequest, "skill/../../x.py", "leads out"),
            ["absolute"] = (RawZip.Of(Good, new("/etc/passwd", "")), HttpStatusCode.BadRequest, "/etc/passwd", "absolute"),
            ["drive"] = (RawZip.Of(Good, new("C:/x.py", "")), HttpStatusCode.BadRequest, "C:/x.py", "absolute"),
            ["backslash"] = (RawZip.Of(Good, new("..\\x.py", "")), HttpStatusCode.BadRequest, "..\\x.py", "backslash"),
            ["symbolic link"] = (RawZip.Of(Good, new("skill/link", "/etc/passwd") { Attributes = 0xA1FFu << 16 }), HttpStatusCode.BadRequest, "skill/link", "link or a device"),
            ["device"] = (RawZip.Of(Good, new("skill/null", "") { Attributes = 0x2180u << 16 }), HttpStatusCode.BadRequest, "skill/null", "link or a device"),
            ["twice"] = (RawZip.Of(Good, new("skill/a.py", Code), new("skill/a.py", "import os\n")), HttpStatusCode.BadRequest, "skill/a.py", "more than once"),
            ["twice but for case"] = (RawZip.Of(Good, new("skill/a.py", Code), new("skill/A.py", "import os\n")), HttpStatusCode.BadRequest, "skill/A.py", "more than once"),
            ["file and folder"] = (RawZip.Of(Good, new("skill/a", ""), new("skill/a/b.py", Code)), HttpStatusCode.BadRequest, "skill/a", "a file and a folder"),
            ["encrypted"] = (RawZip.Of(Good, new("skill/a.py", Code) { Flags = 0x0801 }), HttpStatusCode.BadRequest, "skill/a.py", "encrypted"),
            ["unknown flag"] = (RawZip.Of(Good, new("skill/a.py", Code) { Flags = 0x0820 }), HttpStatusCode.BadRequest, "skill/a.py", "flags"),
            ["another compression"] = (RawZip.Of(Good, new("skill/a.py", Code) { Method = 14 }), HttpStatusCode.BadRequest, "skill/a.py", "only deflate"),
            ["damaged data"] = (RawZip.Of(Good, new("skill/a.py", Code) { Packed = [0xFF, 0xFF, 0xFF, 0xFF] }), HttpStatusCode.BadRequest, "skill/a.py", "damaged"),
            ["wrong sum"] = (RawZip.Of(Good, new("skill/a.py", Code) { Crc = 0xDEADBEEF }), HttpStatusCode.BadRequest, "skill/a.py", "CRC is wrong"),
            ["name that is not UTF-8"] = (RawZip.Of(Good, new("", "") { RawName = [(byte)'a', 0xFF, 0xFE] }), HttpStatusCode.BadRequest, "aÿþ", "not UTF-8"),
            ["name with a control character"] = (RawZip.Of(Good, new("a\u001b[31m.py", "")), HttpStatusCode.BadRequest, "a?[31m.py", "control characters"),
            ["name with NUL"] = (RawZip.Of(Good, new("a.py\0.txt", "")), HttpStatusCode.BadRequest, "a.py?.txt", "control characters"),
            ["no name"] = (RawZip.Of(Good, new("", "")), HttpStatusCode.BadRequest, null, "no name"),
            ["huge name"] = (RawZip.Of(Good, new(new string('n', 60_000), "")), HttpStatusCode.BadRequest, new string('n', 200), "longer than 256 bytes"),
            ["deep"] = (RawZip.Of(Good, new(string.Join('/', Enumerable.Repeat("d", 40)), "")), HttpStatusCode.BadRequest, string.Join('/', Enumerable.Repeat("d", 40)), "deeper than 12"),
            ["overlapping"] = (RawZip.Of(new RawEntry("a.py", "x") { Method = 0 }, new RawEntry("b.py", "y") { Method = 0, Offset = 0, LocalName = "b.py"u8.ToArray() }), HttpStatusCode.BadRequest, "b.py", "differs"),
            ["one within another"] = (Within(), HttpStatusCode.BadRequest, "b.py", "overlaps"),
            ["another name before the data"] = (RawZip.Of(Good, new("skill/a.py", Code) { LocalName = "skill/b.py"u8.ToArray() }), HttpStatusCode.BadRequest, "skill/a.py", "differs"),
            ["into the directory"] = (RawZip.Of(new RawEntry("a.py", "x") { PackedSize = 4000, Method = 0, Size = 4000 }), HttpStatusCode.BadRequest, "a.py", "reaches into the directory"),
            ["zip64 size"] = (RawZip.Of(Good, new("skill/a.py", Code) { Size = uint.MaxValue }), HttpStatusCode.BadRequest, "skill/a.py", "ZIP64"),
            ["zip64 field"] = (RawZip.Of(Good, new("skill/a.py", Code) { Extra = [1, 0, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8] }), HttpStatusCode.BadRequest, "skill/a.py", "ZIP64"),
            ["zip64 count"] = (RawZip.Write([Good], count: 0xFFFF), HttpStatusCode.BadRequest, null, "ZIP64"),
            ["zip64 directory"] = (RawZip.Write([Good], beforeEnd: [0x50, 0x4b, 0x06, 0x07, .. new byte[16]]), HttpStatusCode.BadRequest, null, "ZIP64"),
            ["a second name"] = (RawZip.Of(Good, new("skill/a.py", Code) { Extra = [0x75, 0x70, 1, 0, 1] }), HttpStatusCode.BadRequest, "skill/a.py", "second name"),
            ["damaged extra"] = (RawZip.Of(Good, new("skill/a.py", Code) { Extra = [0x75, 0x71, 200, 0, 1] }), HttpStatusCode.BadRequest, "skill/a.py", "extra fields"),
            ["no skill"] = (RawZip.Of(new RawEntry("notes/readme.txt", "hello")), HttpStatusCode.UnprocessableEntity, null, "no skill in it"),
            ["no function"] = (RawZip.Of(Good, new("skill/src/a.py", "def _inner():\n    pass\nX = 'def no(): pass'\n")), HttpStatusCode.UnprocessableEntity, "skill/", "No public function"),
            ["two functions"] = (RawZip.Of(Good, new("skill/src/a.py", Code + "def whisper(text): return text\n")), HttpStatusCode.UnprocessableEntity, "skill/", "shout in src/a.py, whisper"),
            ["functions in the tests only"] = (RawZip.Of(Good, new("skill/tests/a.py", Code), new("skill/test_b.py", Code)), HttpStatusCode.UnprocessableEntity, "skill/", "No public function"),
            ["long source"] = (RawZip.Of(Good, new("skill/src/a.py", Code + "# " + new string('x', 256 * 1024))), HttpStatusCode.RequestEntityTooLarge, "skill/src/a.py", "longer than 256 KiB"),
            ["source that is not UTF-8"] = (RawZip.Of(Good, new("skill/src/a.py", [.. Encoding.UTF8.GetBytes(Code), (byte)'#', 0xFF])), HttpStatusCode.UnprocessableEntity, "skill/src/a.py", "not UTF-8"),
            ["source with NUL"] = (RawZip.Of(Good, new("skill/src/a.py", Code + "\0")), HttpStatusCode.UnprocessableEntity, "skill/src/a.py", "NUL"),
            ["taken name"] = (RawZip.Of(Good, new("skill/src/a.py", "def export(text): return text\n")), HttpStatusCode.UnprocessableEntity, "skill/src/a.py", "cannot be called export"),
            ["no head"] = (RawZip.Of(new RawEntry("skill/SKILL.md", "# Hello"), new("skill/a.py", Code)), HttpStatusCode.UnprocessableEntity, "skill/SKILL.md", "three hyphens"),
            ["a head that is no YAML"] = (RawZip.Of(new RawEntry("skill/SKILL.md", "---\nname: [\n---\n"), new("skill/a.py", Code)), HttpStatusCode.UnprocessableEntity, "skill/SKILL.md", "no YAML"),
            ["a head that is nested deeply"] = (RawZip.Of(new RawEntry("skill/SKILL.md", $"---\nx: {new string('[', 15_000)}\n---\n"), new("skill/a.py", Code)), HttpStatusCode.UnprocessableEntity, "skill/SKILL.md", "no YAML"),
            ["a name against the standard"] = (RawZip.Of(new RawEntry("skill/SKILL.md", "---\nname: Loud--Voice\ndescription: x\n---\n"), new("skill/a.py", Code)), HttpStatusCode.UnprocessableEntity, "skill/SKILL.md", "lower case"),
            ["no description"] = (RawZip.Of(new RawEntry("skill/SKILL.md", "---\nname: loud-voice\n---\n"), new("skill/a.py", Code)), HttpStatusCode.UnprocessableEntity, "skill/SKILL.md", "description"),
            ["examples that are no array"] = (WithExamples("{}"), HttpStatusCode.UnprocessableEntity, "skill/examples.json", "no JSON array"),
            ["examples that are no JSON"] = (WithExamples("[1,"), HttpStatusCode.UnprocessableEntity, "skill/examples.json", "not JSON"),
            ["an example without an answer"] = (WithExamples("""[{"input": {}}]"""), HttpStatusCode.UnprocessableEntity, "skill/examples.json", "example 1 is no object with input and expected"),
            ["an input that is no object"] = (WithExamples("""[{"input": [1], "expected": 1}]"""), HttpStatusCode.UnprocessableEntity, "skill/examples.json", "input of example 1"),
            ["an input that says a name twice"] = (WithExamples("""[{"input": {"a": 1, "a": 2}, "expected": 1}]"""), HttpStatusCode.UnprocessableEntity, "skill/examples.json", "input of example 1"),
            ["an answer with half a character"] = (WithExamples("""[{"input": {}, "expected": "\ud800"}]"""), HttpStatusCode.UnprocessableEntity, "skill/examples.json", "expected answer of example 1"),
            ["examples that contradict each other"] = (WithExamples("""[{"input": {"text": "a"}, "expected": "A"}, {"input": {"text": "a"}, "expected": "B"}]"""), HttpStatusCode.UnprocessableEntity, "skill/examples.json", "example 1 and example 2"),
            ["too many examples"] = (WithExamples($"[{string.Join(',', Enumerable.Range(0, 201).Select(i => $$"""{"input": {"text": "{{i}}"}, "expected": "{{i}}"}"""))}]"), HttpStatusCode.UnprocessableEntity, "skill/examples.json", "201 examples"),
        };

    static byte[] WithExamples(string json) => RawZip.Of(Good, new("skill/src/a.py", Code), new("skill/examples.json", json));

    // The first one's stored bytes are themselves a header with data.
    static byte[] Within()
    {
        var inner = RawZip.Of(new RawEntry("b.py", "x = 1") { Method = 0 })[..(30 + 4 + 5)];
        return RawZip.Of(new RawEntry("a.bin", inner) { Method = 0 }, new RawEntry("b.py", "x = 1") { Method = 0, Offset = 30 + 5 });
    }
}
