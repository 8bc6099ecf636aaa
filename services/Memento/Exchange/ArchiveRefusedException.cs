using System.Text;
using AutoDev.ServiceDefaults.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AutoDev.Memento.Exchange;

/// <summary>Why an archive is not taken: what is wrong, and at which of its entries.</summary>
sealed class ArchiveRefusedException(int status, string? entry, string reason) : Exception(reason)
{
    const int LongestName = 200;

    /// <summary>400: it is no sound ZIP archive.</summary>
    public static ArchiveRefusedException Broken(string? entry, string reason) => new(StatusCodes.Status400BadRequest, entry, reason);

    /// <summary>413: there is more of it than is taken.</summary>
    public static ArchiveRefusedException TooLarge(string? entry, string reason) => new(StatusCodes.Status413PayloadTooLarge, entry, reason);

    /// <summary>422: what is in it is no skill that could be taken.</summary>
    public static ArchiveRefusedException Unfit(string? entry, string reason) => new(StatusCodes.Status422UnprocessableEntity, entry, reason);

    /// <summary>As it is answered.</summary>
    public ProblemHttpResult Answer()
    {
        var shown = entry is null ? null : string.Concat(entry.EnumerateRunes().Take(LongestName).Select(r => Rune.IsControl(r) ? "?" : r.ToString()));
        return Problem.Of(
            status, status == StatusCodes.Status413PayloadTooLarge ? "archive-too-large" : "archive-refused", "The archive is not taken",
            shown is null ? Message : $"{shown}: {Message}", shown is null ? null : new() { ["entry"] = shown });
    }
}
