using AutoDev.ServiceDefaults;

namespace AutoDev.OperatorConsole.Origin;

/// <summary>The services behind this origin. Base addresses come from <c>Services:{word}</c>.</summary>
/// <param name="Word">The service's one name: route, queue prefix, database.</param>
/// <param name="Title">As a person reads it.</param>
/// <param name="Does">What it is there for.</param>
/// <param name="Port">The default port on this machine.</param>
sealed record BackendService(string Word, string Title, string Does, int Port)
{
    public static IReadOnlyList<BackendService> All { get; } =
    [
        new("reflection", "Reflection", "Episodes and failure patterns.", 5081),
        new("memento", "Memento", "Skill candidates and the skill catalog.", 5082),
        new("evolver", "Evolver", "Mutations of skills and experiments.", 5083),
        new("sandboxrunner", "Sandbox-Runner", "Executions of untrusted code.", 5084),
        new("fitness", "Fitness", "Signals and scores.", 5085),
        new("governance", "Governance", "Settings, maturity, gates and API keys.", 5086),
    ];

    /// <summary>Where the service listens.</summary>
    /// <exception cref="InvalidOperationException"><c>Services:{word}</c> is set and is not an absolute http(s) address.</exception>
    public Uri Address(IConfiguration configuration) => ServiceAddress.Of(configuration, Word, Port);
}
