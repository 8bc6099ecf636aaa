using AutoDev.Contracts.Governance;

namespace AutoDev.LanguageModels;

/// <summary>Where a workspace's model is asked, and with which key.</summary>
/// <param name="Provider">What is particular about it.</param>
/// <param name="Endpoint">Its address.</param>
/// <param name="Secret">The key; <c>null</c> for none.</param>
sealed record ModelAccess(Provider Provider, Uri Endpoint, SecretOptions? Secret)
{
    /// <summary>Pure: the access, or the reason in words why there is none. No key is read.</summary>
    public static (ModelAccess? Access, string? Problem) Of(string workspace, ModelProvider model, LanguageModelOptions options)
    {
        if (Provider.Of(model) is not { } provider) return (null, $"{model.Provider} is no provider that is known.");
        var endpoint = model.Endpoint is not { } named ? provider.Address : Uri.TryCreate(named.TrimEnd('/'), UriKind.Absolute, out var address) ? address : null;
        if (endpoint is null) return (null, $"{model.Provider} needs an endpoint.");
        if (endpoint.Scheme != Uri.UriSchemeHttps && !options.AllowPrivate)
            return (null, $"{endpoint.Authority} is not asked over {endpoint.Scheme}: that is for models of one's own, which Models:AllowPrivate allows.");

        if (model.Secret is not { } name) return provider.NeedsKey ? (null, $"{model.Provider} needs a secret: the name of a key.") : (new(provider, endpoint, null), null);

        // One workspace must neither use another's key nor learn by the answer that there is one.
        if (!options.Secrets.TryGetValue(name, out var secret) || (secret.Workspaces.Count > 0 && !secret.Workspaces.Contains(workspace, StringComparer.Ordinal)))
            return (null, $"There is no secret {name} for this workspace: whoever runs the installation names it in Models:Secrets.");
        return secret.Hosts.Contains(endpoint.Host, StringComparer.OrdinalIgnoreCase)
            ? (new(provider, endpoint, secret), null)
            : (null, $"The secret {name} is not sent to {endpoint.Host}: whoever runs the installation names its hosts in Models:Secrets:{name}:Hosts.");
    }

    /// <summary>Reads the key.</summary>
    /// <exception cref="NoKeyException">It is not where it should be.</exception>
    public async Task<string?> KeyAsync(string name, CancellationToken cancellation)
    {
        if (Secret is null) return null;
        string? key;
        try
        {
            key = Secret.File is { } file ? await File.ReadAllTextAsync(file, cancellation) : Environment.GetEnvironmentVariable(Secret.Environment ?? "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NoKeyException($"The file of the secret {name} cannot be read.", e);
        }

        // Half a key in a log is half a key too many: what does not fit into a header is not said, but that it does not.
        return key?.Trim() is { Length: > 0 } found && found.All(c => c is > ' ' and < (char)127)
            ? found
            : throw new NoKeyException($"The secret {name} is empty, or it is no key.");
    }
}

/// <summary>A key is not where it should be.</summary>
sealed class NoKeyException(string message, Exception? inner = null) : Exception(message, inner);
