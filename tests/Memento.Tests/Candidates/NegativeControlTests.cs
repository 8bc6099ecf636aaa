using System.Text.Json;
using AutoDev.Contracts.Reflection;
using AutoDev.Memento.Candidates;
using AutoDev.Memento.Tests.Generation;
using Xunit;

namespace AutoDev.Memento.Tests.Candidates;

/// <summary>
/// What looks like a skill and is none, in the real sandbox: each is refused, by the check that is there for it. And one that is right, so that refusing everything would
/// be noticed.
/// </summary>
public sealed class NegativeControlTests(ModelLoop loop) : IClassFixture<ModelLoop>
{
    const string Body =
        """
            if not isinstance(email, str):
                raise TypeError("email must be a str")
            found = re.search(r"INV-[0-9]+", email)
            if found is None:
                raise ValueError("there is no invoice ID in it")
            return found.group(0)
        """;

    internal const string Right = "import re\n\n\ndef extract_invoice_id(email: str) -> str:\n    \"\"\"Find the invoice ID; TypeError or ValueError where there is none.\"\"\"\n" + Body + "\n";

    static readonly JsonSerializerOptions Plain = new();

    /// <summary>What it is, its source, the check that refuses it and words of the evidence.</summary>
    public static TheoryData<string, string, string, string> Controls => new()
    {
        { "an empty module", "", "execution", "does not define the function extract_invoice_id" },
        { "a comment", "# def extract_invoice_id(email: str) -> str: return email\n", "execution", "does not define the function" },
        { "no Python", "def extract_invoice_id(email):\n    return (\n", "syntax", "no valid Python" },
        {
            "another function's name",
            Right.Replace("extract_invoice_id", "find_invoice_id", StringComparison.Ordinal),
            "execution", "does not define the function"
        },
        { "a constant", Function("return \"INV-1001\""), "expected_outputs", "whatever it is given" },
        { "always raises", Function("raise ValueError(\"there is no invoice ID in it\")"), "execution", "never returns" },
        { "ends the process while it is loaded", "import sys\nsys.exit(0)\n" + Right, "execution", "SystemExit" },
        { "ends the process when it is called", "import sys\n" + Function("sys.exit(0)"), "execution", "SystemExit" },
        { "ends the process at once", "import os\n" + Function("os._exit(0)"), "execution", "killed" },
        { "a table of what it was shown", Function($"return {Table}[email]"), "held_out", "KeyError" },
        { "a table with a way out", Function($"return {Table}.get(email, \"INV-0\")"), "held_out", "INV-0" },
        {
            "another number of parameters",
            Right.Replace("(email: str)", "(email: str, limit: int)", StringComparison.Ordinal),
            "execution", "takes (email, limit) and is called with (email)"
        },
        { "prints instead of returning", Right.Replace("return found.group(0)", "print(found.group(0))", StringComparison.Ordinal), "output_format", "null" },
        {
            "the right answer in a list",
            Right.Replace("return found.group(0)", "return [found.group(0)]", StringComparison.Ordinal),
            "output_format", "not of the expected kind"
        },
        { "no end", Function("while True: pass"), "execution", "timeout" },
        { "all memory", Function("return \"x\" * len([0] * (1 << 31))"), "execution", "emory" },
        { "calls itself for ever", Function("return extract_invoice_id(email)"), "execution", "RecursionError" },
        { "the network", "import socket\n" + Right, "security", "socket" },
        {
            "a file",
            Right.Replace("return found.group(0)", "return open('/etc/hostname').read() and found.group(0)", StringComparison.Ordinal),
            "security", "open()"
        },
        { "a file while it is loaded", "NOTE = open('/tmp/note', 'w')\n" + Right, "security", "open()" },
        { "prints while it is loaded", "print('loaded')\n" + Right, "security", "runs-when-loaded" },
        {
            "too large an answer",
            Right.Replace("return found.group(0)", "return found.group(0) * 1_000_000", StringComparison.Ordinal),
            "output_format", "output_too_large"
        },
        { "what is no JSON", Right.Replace("return found.group(0)", "return {found.group(0)}", StringComparison.Ordinal), "output_format", "result_not_json" },
        {
            "chance",
            "import random\n" + Right.Replace("return found.group(0)", "return found.group(0) if found.group(0) != 'INV-1223' else random.random().hex()", StringComparison.Ordinal),
            "determinism", "then"
        },
        {
            "the calls before it",
            "CALLS = []\n" + Right.Replace("return found.group(0)", "CALLS.append(email)\n    return found.group(0) if len(CALLS) < 8 else found.group(0).lower()", StringComparison.Ordinal),
            "determinism", "\"INV-1223\", then \"inv-1223\""
        },
        {
            "swallows whatever goes wrong",
            Right.Replace(Body, "    try:\n    " + Body.Replace("\n", "\n    ", StringComparison.Ordinal) + "\n    except Exception:\n        return None", StringComparison.Ordinal),
            "error_handling", "hides errors"
        },
        { "another json for the harness", "import json\njson.dumps = lambda *a, **k: '\"INV-1001\"'\n" + Right, "expected_outputs", "instead of" },
        { "other builtins for the harness", "import builtins\nbuiltins.isinstance = lambda *a: True\n" + Right, "security", "builtins" },
    };

    [Fact]
    public async Task What_is_right_passes_every_check()
    {
        var candidate = await loop.TryAsync(MementoFixture.Pattern(await loop.WorkspaceAsync()), Right);
        Assert.Equal((CandidateStatus.Validated, null), (candidate.Status, candidate.FailureReason));
        Assert.DoesNotContain(candidate.Validation!.Checks, c => c.Verdict != Verdict.Passed);
    }

    [Theory]
    [MemberData(nameof(Controls))]
    public async Task What_is_no_skill_is_refused_by_the_check_that_is_there_for_it(string what, string source, string check, string evidence)
    {
        var workspace = await loop.WorkspaceAsync();

        // Six answers are known; of the seventh input nobody knows it.
        var pattern = MementoFixture.Pattern(workspace, examples: 7, expected: i => i < 6 ? $"\"{MementoFixture.InvoiceId(i)}\"" : null);
        await RefusedAsync(what, pattern, source, check, evidence);
    }

    [Theory]
    [InlineData("a text for a number", "return str(amount * 2)", "output_format", "not of the expected kind (number)")]
    [InlineData("changes its argument and returns nothing", "amount += amount", "output_format", "null")]
    public async Task What_is_of_another_kind_is_refused(string what, string body, string check, string evidence)
    {
        const string Task = "Double the amount";
        var pattern = MementoFixture.Pattern(await loop.WorkspaceAsync(), task: Task) with
        {
            Episodes =
            [
                .. Enumerable.Range(1, 6).Select(i => new PatternEpisode
                {
                    EpisodeId = $"e-{i}", TaskDescription = Task, InputJson = JsonSerializer.Serialize(new { amount = i }, Plain), ExpectedOutputJson = $"{2 * i}",
                }),
            ],
        };
        await RefusedAsync(what, pattern, $"def {SkillName.For(Task)}(amount: int) -> int:\n    \"\"\"Double it.\"\"\"\n    {body}\n", check, evidence);
    }

    async Task RefusedAsync(string what, FailurePatternDetected pattern, string source, string check, string evidence)
    {
        var candidate = await loop.TryAsync(pattern, source);
        Assert.True(candidate.Status == CandidateStatus.ValidationFailed, $"{what} is {candidate.Status}");
        var found = candidate.Validation!.Checks.Single(c => c.Name == check);
        Assert.True(found.Verdict == Verdict.Failed, $"{what}: {check} is {found.Verdict}: {found.Evidence}; but {candidate.FailureReason}");
        Assert.Contains(evidence, found.Evidence, StringComparison.Ordinal);
    }

    // Of the examples that a generator gets: the first, second, fourth and fifth.
    static string Table
    {
        get
        {
            var seen = FailureAnalysis.Of(MementoFixture.Task, MementoFixture.Pattern("w").Episodes).Seen;
            return $"{{{string.Join(", ", seen.Select(e => $"{JsonElement.Parse(e.InputJson).GetProperty("email").GetRawText()}: {e.ExpectedJson}"))}}}";
        }
    }

    static string Function(string body) => $"def extract_invoice_id(email: str) -> str:\n    \"\"\"Find the invoice ID.\"\"\"\n    {body}\n";
}
