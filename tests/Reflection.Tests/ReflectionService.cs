using AutoDev.Contracts.Governance;
using AutoDev.Gating;
using AutoDev.Testing;

namespace AutoDev.Reflection.Tests;

/// <summary>Reflection on real parts, with workspaces as Governance would have announced them.</summary>
public sealed class ReflectionService : ServiceFixture<Program>
{
    /// <summary>A workspace of a test's own, with an INTERN agent named <c>ada</c>.</summary>
    public async Task<string> WorkspaceAsync(bool isEnabled = true, int threshold = 2, Maturity maturity = Maturity.Intern)
    {
        var workspace = $"w-{Guid.NewGuid():N}";
        await SettingsAsync(workspace, version: 1, isEnabled, threshold);
        await MaturityAsync(workspace, "ada", version: 1, maturity);
        await Eventually.IsTrueAsync("the replicas", () => InStoreAsync(workspace, async session =>
            await session.SettingsAsync(default) is not null && (await session.GateFactsAsync("ada", default)).Maturity == maturity));
        return workspace;
    }

    public Task SettingsAsync(string workspace, int version, bool isEnabled, int threshold = 2) => PublishAsync(new WorkspaceSettingsChanged
    {
        WorkspaceId = workspace,
        Version = version,
        Settings = new() { Enabled = isEnabled, FailureThreshold = threshold },
        ChangedBy = "test",
        ChangedAt = DateTimeOffset.UtcNow,
    });

    public Task MaturityAsync(string workspace, string agent, int version, Maturity maturity) => PublishAsync(new AgentMaturityChanged
    {
        WorkspaceId = workspace,
        AgentId = agent,
        Version = version,
        Maturity = maturity,
        Reason = "test",
        ChangedBy = "test",
        ChangedAt = DateTimeOffset.UtcNow,
    });

    public static string Failure(string workspace, string episode, string task = "Extract the invoice ID from customer e-mails", string agent = "ada") =>
        $$"""
          {"episode_id":"{{episode}}","workspace_id":"{{workspace}}","agent_id":"{{agent}}","task_description":"{{task}}","outcome":"failure",
           "error_trace":"ValueError: no invoice id found","input":{"email":"about INV-{{episode}}"},"expected_output":"{{episode}}"}
          """;
}
