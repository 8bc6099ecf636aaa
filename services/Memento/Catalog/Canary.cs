using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace AutoDev.Memento.Catalog;

/// <summary>The current version is on trial: a share of the agents gets it, the others what they had before, until it is confirmed or taken back.</summary>
/// <param name="InsteadVersion">What the others get.</param>
/// <param name="Share">The share of the agents that get the current version, above 0 and below 1.</param>
/// <param name="Since">When it began.</param>
public sealed record Canary(string InsteadVersion, double Share, DateTimeOffset Since)
{
    /// <summary>
    /// Whether an agent gets the version on trial: always the same answer for the same agent, another draw for each version. Whoever names no agent could not be
    /// told from others, and does not get it.
    /// </summary>
    public bool Includes(string? agent, string skill, string version) =>
        !string.IsNullOrEmpty(agent) && Lot($"{skill}@{version}/{agent}") < Share;

    /// <summary>From 0 up to 1, evenly spread: the first 53 bits of the text's SHA-256.</summary>
    static double Lot(string text) => (BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text))) >> 11) / (double)(1L << 53);
}
