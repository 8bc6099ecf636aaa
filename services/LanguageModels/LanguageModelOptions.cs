namespace AutoDev.LanguageModels;

/// <summary>Settings of the installation, section <c>Models</c>. Which model a workspace uses is among its own settings.</summary>
public sealed class LanguageModelOptions
{
    /// <summary>How long one request may take.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long one question may take with all that is repeated for it. A broker waits for half an hour for a message to be handled.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How often a request is repeated that a provider could not serve.</summary>
    public int Retries { get; set; } = 3;

    /// <summary>The pause before the first repetition; each further one is twice as long, where the provider does not say how long.</summary>
    public TimeSpan Pause { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>A provider that asks to wait for longer is not asked again.</summary>
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The most that a model may write for one answer, its thinking included, in tokens.</summary>
    public int MaxOutputTokens { get; set; } = 8192;

    /// <summary>
    /// Whether models in private networks and on this machine are asked, over http too. A tenant's administrator names the address: off, where tenants are not trusted.
    /// </summary>
    public bool AllowPrivate { get; set; }

    /// <summary>The keys, by the names that workspaces know them by.</summary>
    public IDictionary<string, SecretOptions> Secrets { get; } = new Dictionary<string, SecretOptions>(StringComparer.Ordinal);
}

/// <summary>Where a key is, and who may have it sent where.</summary>
public sealed class SecretOptions
{
    /// <summary>The file that holds it, and nothing else; read at every request.</summary>
    public string? File { get; set; }

    /// <summary>The environment variable that holds it, where there is no file.</summary>
    public string? Environment { get; set; }

    /// <summary>The only hosts that it is sent to: who may choose an address must not be able to have a key sent there. One at least.</summary>
    public IList<string> Hosts { get; } = [];

    /// <summary>The only workspaces that may use it; where none are named, all.</summary>
    public IList<string> Workspaces { get; } = [];
}
