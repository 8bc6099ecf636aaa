using System.Text.Json.Serialization;

namespace AutoDev.Contracts.Governance;

/// <summary>How far an agent has earned autonomy, in ascending order. On the wire the upper-case word.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Maturity>))]
public enum Maturity
{
    /// <summary>May learn nothing by itself.</summary>
    [JsonStringEnumMemberName("STUDENT")] Student,

    /// <summary>New skills.</summary>
    [JsonStringEnumMemberName("INTERN")] Intern,

    /// <summary>New and better skills.</summary>
    [JsonStringEnumMemberName("SUPERVISED")] Supervised,

    /// <summary>All, and in the background.</summary>
    [JsonStringEnumMemberName("AUTONOMOUS")] Autonomous,
}
