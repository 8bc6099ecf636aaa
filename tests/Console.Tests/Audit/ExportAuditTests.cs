using System.Text.Json;
using AutoDev.OperatorConsole.Audit;
using AutoDev.OperatorConsole.Backends;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Audit;

public sealed class ExportAuditTests
{
    [Fact]
    public void A_line_of_the_file_holds_any_words_and_no_formula()
    {
        var entry = new AuditShown("1", Said.Noon, "ann, \"the boss\"", "skill_retired", "skill:sum", "=HYPERLINK(\"http://x\")\nsecond line", null,
            JsonSerializer.SerializeToElement(new { retired = true }));
        Assert.Equal(
            "2026-03-01T12:00:00.0000000Z,\"ann, \"\"the boss\"\"\",skill_retired,skill:sum,\"'=HYPERLINK(\"\"http://x\"\")\nsecond line\",,\"{\"\"retired\"\":true}\"",
            ExportAudit.Row(entry));
    }

    [Fact]
    public void Days_are_asked_for_as_midnights_in_utc() =>
        Assert.Equal("?limit=25&actor=ann&from=2026-03-01T00%3A00%3A00Z", new AuditAsked(Actor: "ann", From: "2026-03-01", Kind: "").Query());

    [Theory]
    [InlineData("http://127.0.0.1:5080", "http://127.0.0.1:5080/api/console/")]
    [InlineData("http://+:8080", "http://127.0.0.1:8080/api/console/")]
    [InlineData("http://[::]:8080", "http://127.0.0.1:8080/api/console/")]
    [InlineData("http://0.0.0.0:8080", "http://127.0.0.1:8080/api/console/")]
    public void The_console_reaches_its_own_dead_letters_wherever_it_listens(string bound, string expected) =>
        Assert.Equal(expected, DeadLettersClient.Own(bound).ToString());
}
