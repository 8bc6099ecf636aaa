using AutoDev.OperatorConsole.Settings;
using AutoDev.ServiceDefaults.Security;
using Bunit;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Settings;

public sealed class KeysSectionTests : IAsyncLifetime
{
    const string Valid = """{"key_id": "k1", "name": "ada", "role": "agent", "created_at": "2026-03-01T12:00:00Z", "created_by": "admin", "revoked": false}""";

    const string Revoked = """
        {"key_id": "k1", "name": "ada", "role": "agent", "created_at": "2026-03-01T12:00:00Z", "created_by": "admin", "revoked": true, "revoked_at": "2026-03-02T12:00:00Z", "revoked_by": "ann"}
        """;

    readonly ToldServices _services = new();

    public async ValueTask InitializeAsync()
    {
        await _services.InitializeAsync();
        _services.Person.SetRoles(Roles.Admin);
        _services.Tell("GET api-keys", """{"items": [], "next": null}""");
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Fact]
    public void A_key_is_shown_when_it_is_issued_and_never_again()
    {
        var keys = Render("No key belongs to this workspace alone yet.");
        _services.Tell("POST api-keys", """{"key_id": "k1", "key": "adk_secret", "name": "ada", "role": "viewer"}""");
        _services.Tell("GET api-keys", $$"""{"items": [{{Valid}}], "next": null}""");
        keys.Find("input").Change(" ada ");
        keys.Find("select").Change("viewer");
        keys.Find("form").Submit();
        keys.WaitForAssertion(() => Assert.Contains("adk_secret", keys.Find(".notice.good").TextContent, StringComparison.Ordinal));
        Assert.Contains("""POST api-keys {"name":"ada","role":"viewer","reason":null}""", _services.Asked);
        keys.WaitForAssertion(() => Assert.Contains("valid", keys.Find("tbody tr").TextContent, StringComparison.Ordinal));
        Assert.DoesNotContain("adk_secret", Render("by admin").Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_is_revoked_with_a_reason_and_has_no_more_to_do()
    {
        _services.Tell("GET api-keys", $$"""{"items": [{{Valid}}], "next": null}""");
        _services.Tell("DELETE api-keys/k1", "null");
        var keys = Render("by admin");
        keys.Find("tbody button.bad").Click();
        Assert.Contains("The key of ada opens nothing any more", keys.Find("[role=alertdialog]").TextContent, StringComparison.Ordinal);
        _services.Tell("GET api-keys", $$"""{"items": [{{Revoked}}], "next": null}""");
        keys.Find("[role=alertdialog] input").Input("lost");
        keys.Find("[role=alertdialog] button.bad").Click();
        keys.WaitForAssertion(() => Assert.Contains("by ann", keys.Find("tbody tr").TextContent, StringComparison.Ordinal));
        Assert.Contains("DELETE api-keys/k1?reason=lost", _services.Asked);
        Assert.Empty(keys.FindAll("tbody button:not(.copy)"));
    }

    [Fact]
    public void What_was_refused_is_told_and_what_was_written_stays()
    {
        var keys = Render("No key belongs");
        _services.Refuse("POST api-keys", 409, "There is such a key");
        keys.Find("input").Change("ada");
        keys.Find("form").Submit();
        keys.WaitForAssertion(() => Assert.Contains("There is such a key", keys.Find(".trouble").TextContent, StringComparison.Ordinal));
        Assert.Equal("ada", keys.Find("input").GetAttribute("value"));
        Assert.Empty(keys.FindAll(".notice.good"));
    }

    IRenderedComponent<KeysSection> Render(string until)
    {
        var keys = _services.Page.Render<KeysSection>(p => p.Add(k => k.Workspace, "w"));
        keys.WaitForAssertion(() => Assert.Contains(until, keys.Markup, StringComparison.Ordinal));
        return keys;
    }
}
