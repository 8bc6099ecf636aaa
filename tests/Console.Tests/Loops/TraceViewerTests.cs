using AutoDev.OperatorConsole.Loops;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Loops;

public sealed class TraceViewerTests
{
    [Fact]
    public void A_trace_has_a_page_where_a_viewer_is_configured_and_none_where_not()
    {
        Assert.Equal("https://traces.example.org/t/0af7?a=1", Viewer("https://traces.example.org/t/{trace_id}?a=1").Address("0af7"));
        Assert.Equal("https://traces.example.org/t/%22%3E", Viewer("https://traces.example.org/t/{trace_id}").Address("\">"));
        Assert.Null(Viewer(null).Address("0af7"));
        Assert.Null(Viewer("").Address("0af7"));
    }

    [Theory]
    [InlineData("https://traces.example.org/")]
    [InlineData("javascript:alert('{trace_id}')")]
    [InlineData("/t/{trace_id}")]
    public void An_address_that_leads_nowhere_ends_the_start(string url) =>
        Assert.Contains("Traces:Url", Assert.Throws<InvalidOperationException>(() => Viewer(url)).Message, StringComparison.Ordinal);

    static TraceViewer Viewer(string? url) => new(new ConfigurationBuilder().AddInMemoryCollection([new("Traces:Url", url)]).Build());
}
