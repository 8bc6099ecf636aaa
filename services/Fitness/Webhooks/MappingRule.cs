using System.Text.Json;

namespace AutoDev.Fitness.Webhooks;

/// <summary>
/// What makes a signal of a sender's JSON. Texts are templates: <c>{/data/id}</c> stands for what lies at that JSON Pointer (RFC 6901), which must be a text,
/// a number or true or false.
/// </summary>
/// <param name="Name">Of the rule, unique within its source; lower-case letters, digits, _ and -.</param>
/// <param name="Subject">Such as <c>skill:{/metadata/skill}@{/metadata/version}</c>.</param>
/// <param name="Signal">Such as <c>invoice_created</c>, or <c>{/type}</c>; absent where <paramref name="Retracts"/> is given.</param>
/// <param name="When">The rule fits where all of them hold; without any it always does.</param>
/// <param name="Value">The amount, such as <c>{/data/amount}</c>.</param>
/// <param name="OccurredAt">When it happened: RFC 3339, or seconds or milliseconds since 1970; without it, when it came.</param>
/// <param name="SignalId">
/// What tells facts apart, such as <c>{/data/id}/paid</c>; without it <c>{webhook-id}/{name}</c>. The source's name is put before it.
/// </param>
/// <param name="Replaces">The <c>signal_id</c> of a signal of this source that is corrected, as <paramref name="SignalId"/> made it.</param>
/// <param name="Retracts">The <c>signal_id</c> of a signal of this source that is taken back.</param>
public sealed record MappingRule(
    string? Name, string? Subject, string? Signal = null, IReadOnlyList<MappingCondition>? When = null, string? Value = null, string? OccurredAt = null,
    string? SignalId = null, string? Replaces = null, string? Retracts = null);

/// <summary>What must hold of a sender's JSON.</summary>
/// <param name="Path">JSON Pointer, such as <c>/type</c>.</param>
/// <param name="Is">What lies there: any JSON but null.</param>
/// <param name="Exists">Whether anything lies there; null is nothing.</param>
public sealed record MappingCondition(string? Path, JsonElement? Is = null, bool? Exists = null)
{
    /// <summary>Whether it holds of this.</summary>
    internal bool HoldsOf(JsonElement body)
    {
        var found = JsonPointer.Find(body, Path!);
        return HasIs ? found is { } there && JsonElement.DeepEquals(there, Is!.Value) : found is not null == Exists;
    }

    // Where null was written, and in what was stored, it is a JSON null and not absent.
    internal bool HasIs => Is is { ValueKind: not JsonValueKind.Null };
}
