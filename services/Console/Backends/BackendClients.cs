using AutoDev.OperatorConsole.Origin;

namespace AutoDev.OperatorConsole.Backends;

/// <summary>The services' APIs as the pages use them.</summary>
static class BackendClients
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    static readonly TimeSpan PatienceWithModels = TimeSpan.FromMinutes(10);

    public static void AddBackends(this WebApplicationBuilder builder)
    {
        builder.Services.AddHttpClient<MementoClient>(At("memento"));
        builder.Services.AddHttpClient<SkillsClient>(At("memento"));
        builder.Services.AddHttpClient<ModelClient>(At("memento")).ConfigureHttpClient(http => http.Timeout = PatienceWithModels);
        builder.Services.AddHttpClient<SandboxClient>(At("sandboxrunner"));
        builder.Services.AddHttpClient<EvolverClient>(At("evolver"));
        builder.Services.AddHttpClient<GovernanceClient>(At("governance"));
        builder.Services.AddHttpClient<ReflectionClient>(At("reflection"));
        builder.Services.AddHttpClient<FitnessClient>(At("fitness"));
        builder.Services.AddHttpClient<DeadLettersClient>(http => http.Timeout = Patience);

        Action<HttpClient> At(string word)
        {
            var address = BackendService.All.First(s => s.Word == word).Address(builder.Configuration);
            return http =>
            {
                http.BaseAddress = address;
                http.Timeout = Patience;
            };
        }
    }
}
