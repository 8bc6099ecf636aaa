using System.Text.Json.Nodes;

namespace AutoDev.Testing;

/// <summary>One of <c>contracts/schemas/examples</c>: a report with what is said of it.</summary>
/// <param name="Why">What is special about it.</param>
/// <param name="IsAccepted">Whether the services take it.</param>
/// <param name="Report">As an agent writes it.</param>
public sealed record Example(string Why, bool IsAccepted, JsonObject Report)
{
    const string Workspace = "workspace_id";

    /// <summary>Whether it lacks nothing but the workspace, which HTTP takes from the path.</summary>
    public bool IsGoodOverHttp => IsAccepted || Report[Workspace] is null;

    /// <summary>All of <c>episode</c>, <c>skill-execution</c> or <c>fitness-signal</c>.</summary>
    public static IReadOnlyList<Example> Of(string name)
    {
        var table = JsonNode.Parse(File.ReadAllText(Path.Combine(Schemas(), "examples", name + ".json")))!;
        return [.. Part("accepted"), .. Part("refused")];

        IEnumerable<Example> Part(string part) =>
            table[part]!.AsArray().Select(row => new Example(row!["why"]!.GetValue<string>(), part == "accepted", row["report"]!.AsObject()));
    }

    /// <summary>The schemas' folder.</summary>
    public static string Schemas()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!Directory.Exists(Path.Combine(folder.FullName, "contracts/schemas"))) folder = folder.Parent ?? throw new InvalidOperationException("contracts/schemas is above no folder of this test.");
        return Path.Combine(folder.FullName, "contracts/schemas");
    }

    /// <summary>The report as JSON, of this workspace where it names one that could be.</summary>
    public string In(string workspace)
    {
        var report = Report.DeepClone().AsObject();
        if (report[Workspace]?.GetValueKind() == System.Text.Json.JsonValueKind.String && report[Workspace]!.GetValue<string>() == "acme") report[Workspace] = workspace;
        return report.ToJsonString();
    }
}
