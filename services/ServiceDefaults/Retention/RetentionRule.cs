using System.Globalization;
using Marten;
using Marten.Schema.Indexing.Unique;
using Microsoft.Extensions.Configuration;

namespace AutoDev.ServiceDefaults.Retention;

/// <summary>What a service forgets when it is old, if nothing needs it any more.</summary>
/// <param name="Name">The setting: <c>Retention:{Name}</c> in days, or <c>forever</c>; <c>Retention:Workspaces:{workspace}:{Name}</c> for one workspace.</param>
/// <param name="Table">The rows. Their <c>tenant_id</c> is the workspace.</param>
/// <param name="Days">Where nothing is set; or <see cref="Forever"/>.</param>
/// <param name="Age">The column that tells a row's age; indexed together with <c>tenant_id</c>.</param>
/// <param name="Needed">SQL on a row <c>t</c>: whether it stays, however old.</param>
public sealed record RetentionRule(string Name, string Table, int Days, string Age = "mt_last_modified", string Needed = "false")
{
    /// <summary>Nothing is forgotten unless it is set.</summary>
    public const int Forever = 0;

    const int MostDays = 36_500;

    /// <summary>How long this workspace's rows stay; <c>null</c>: for ever.</summary>
    /// <exception cref="InvalidOperationException">The setting is neither 1 to 36500 nor <c>forever</c>.</exception>
    public TimeSpan? KeptFor(IConfiguration configuration, string? workspace)
    {
        var key = $"Retention:Workspaces:{workspace}:{Name}";
        if (workspace is null || configuration[key] is not { } setting) setting = configuration[key = $"Retention:{Name}"];
        if (setting is null) return Days == Forever ? null : TimeSpan.FromDays(Days);
        if (string.Equals(setting, "forever", StringComparison.OrdinalIgnoreCase)) return null;
        return int.TryParse(setting, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is > 0 and <= MostDays
            ? TimeSpan.FromDays(days)
            : throw new InvalidOperationException($"{key} is '{setting}'; it may be 1 to {MostDays} days, or forever.");
    }
}

/// <summary>The index that finds what is old.</summary>
public static class AgeIndex
{
    /// <summary>Old rows of a workspace are found by their last change, whatever else is in the table.</summary>
    public static MartenRegistry.DocumentMappingExpression<T> IndexAge<T>(this MartenRegistry.DocumentMappingExpression<T> documents)
        where T : class => documents.IndexLastModified(index => index.TenancyScope = TenancyScope.PerTenant);
}
