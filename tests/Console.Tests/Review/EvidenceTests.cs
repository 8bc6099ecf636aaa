using System.Text.Json;
using AutoDev.OperatorConsole.Backends;
using AutoDev.OperatorConsole.Review;
using AutoDev.OperatorConsole.Settings;
using AutoDev.OperatorConsole.Shell;
using CsCheck;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Review;

public sealed class EvidenceTests
{
    [Fact]
    public void What_a_check_says_of_a_line_stands_at_that_line()
    {
        CheckShown[] checks =
        [
            new("security", "failed", "line 3: imports os (dangerous-import); line 7: calls eval (dangerous-call)"),
            new("red_flags", "warning", "line 3: reads a file (file-import)"),
            new("syntax", "passed", "line 9: is fine"),
        ];
        var found = Evidence.ByLine(checks);
        Assert.Equal([3, 7], found.Keys.Order());
        Assert.Equal("imports os (dangerous-import); reads a file (file-import)", found[3]);
    }

    [Fact]
    public void What_an_archive_claims_is_shown_where_it_is_short_and_plain()
    {
        var claimed = JsonElement.Parse($$"""{"workspace":"acme","examples":6,"parameters":["a"],"agent_id":null,"description":"{{new string('x', 5000)}}","version":""}""");
        Assert.Equal([("workspace", "acme"), ("examples", "6")], Evidence.Claims(claimed));
        Assert.Empty(Evidence.Claims(null));
        Assert.Empty(Evidence.Claims(JsonElement.Parse("[1]")));
    }

    [Theory]
    [InlineData("{\"email\":\"x\"}", null)]
    [InlineData("[1]", "JSON object")]
    [InlineData("{oops", "not JSON")]
    public void A_test_input_is_a_json_object_or_what_is_wrong_is_said(string text, string? wrong)
    {
        var (input, said) = Evidence.ReadInput(text);
        Assert.Equal(wrong is null, input is not null);
        if (wrong is not null) Assert.Contains(wrong, said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_value_is_cut_with_its_length_and_a_missing_one_is_null()
    {
        Assert.Equal("null", Evidence.Short(null));
        Assert.Equal("\"ü\"", Evidence.Short(JsonSerializer.SerializeToElement("ü")));
        Assert.EndsWith("… (5,002 characters)", Evidence.Short(JsonSerializer.SerializeToElement(new string('x', 5000))), StringComparison.Ordinal);
    }

    [Fact]
    public void Colouring_never_changes_the_text() =>
        Gen.OneOf<string>(Gen.String, Gen.OneOf("def f(x):", "\"\"\"", "'", "# a", "\n", "f\"{x}\"", "1_000", "\\").Array[0, 30].Select(string.Concat))
        .Sample(source => string.Join('\n', PythonText.Lines(source).Select(l => string.Concat(l.Select(p => p.Text)))) == Normal(source));

    [Fact]
    public void A_comment_in_a_string_is_a_string_and_a_string_in_a_comment_is_a_comment()
    {
        Assert.Equal("string", PythonText.Lines("x = '# no'")[0][^1].Kind);
        Assert.Equal("comment", PythonText.Lines("x = 1  # say 'hi'")[0][^1].Kind);
        Assert.All(PythonText.Lines("\"\"\"a\n# b\n\"\"\""), line => Assert.All(line, piece => Assert.Equal("string", piece.Kind)));
        Assert.Equal("name", PythonText.Lines("def extract(email: str) -> str:")[0].Single(p => p.Text == "extract").Kind);
    }

    [Fact]
    public void Only_the_settings_that_differ_are_sent()
    {
        var seen = new Contracts.Governance.WorkspaceSettings();
        Assert.Empty(SettingsForm.Changes(seen, seen));
        Assert.Equal(
            new Dictionary<string, object?> { ["auto_dev.enabled"] = true, ["failure_threshold"] = 3 },
            SettingsForm.Changes(seen, seen with { Enabled = true, FailureThreshold = 3 }));
    }

    [Theory]
    [InlineData(3, "just now")]
    [InlineData(45, "45 s ago")]
    [InlineData(3600 * 5, "5 h ago")]
    [InlineData(3600 * 24 * 30, "2026-01-30")]
    public void An_age_is_told_in_the_unit_that_matters(int seconds, string words) => Assert.Equal(words, When.Ago(Said.Noon.AddSeconds(-seconds), Said.Noon));

    // Line ends are shown as lines; a last empty one is not a line.
    static string Normal(string source)
    {
        var text = source.ReplaceLineEndings("\n");
        return text.EndsWith('\n') ? text[..^1] : text;
    }
}
