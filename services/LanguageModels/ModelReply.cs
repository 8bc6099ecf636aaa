using Microsoft.Extensions.AI;

namespace AutoDev.LanguageModels;

/// <summary>What a model said, or why there is nothing to use.</summary>
/// <param name="Text">Its words, not trusted; <c>null</c> where there are none.</param>
/// <param name="Reason">Why there are none, fit to be shown; <c>null</c> where there are.</param>
/// <param name="IsWorthAnotherTry">Whether the model may do better when it is told the reason.</param>
public sealed record ModelReply(string? Text, string? Reason, bool IsWorthAnotherTry)
{
    /// <summary>Tokens that the last request took, as the provider says; 0 where it does not say.</summary>
    public long Tokens { get; init; }

    /// <summary>Words.</summary>
    public static ModelReply Said(string text) => new(text, null, false);

    /// <summary>Nothing to use.</summary>
    public static ModelReply Nothing(string reason, bool isWorthAnotherTry = false) => new(null, reason, isWorthAnotherTry);

    /// <summary>Pure: a whole answer's words, and only those of one that ended as it should.</summary>
    internal static ModelReply Of(ChatResponse response, int maxOutputTokens)
    {
        var contents = response.Messages.SelectMany(m => m.Contents).ToList();
        if (response.FinishReason == ChatFinishReason.ContentFilter || contents.OfType<ErrorContent>().Any()) return Nothing("The model refused the task.");
        if (response.FinishReason == ChatFinishReason.Length)
            return Nothing($"The answer was cut off after {maxOutputTokens:N0} tokens: it must be shorter.", isWorthAnotherTry: true);
        var text = response.Text.Trim();
        return text.Length == 0 ? Nothing("The answer was empty.", isWorthAnotherTry: true) : Said(text);
    }
}
