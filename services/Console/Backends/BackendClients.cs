using AutoDev.OperatorConsole.Origin;
using AutoDev.OperatorConsole.SignIn;

namespace AutoDev.OperatorConsole.Backends;

/// <summary>The services' APIs as the pages use them.</summary>
static class BackendClients
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    static readonly TimeSpan PatienceWithModels = TimeSpan.FromMinutes(10);

    public static void AddBackends(this WebApplicationBuilder builder)
    {
        Add<MementoClient>("memento");
        Add<SkillsClient>("memento");
        Add<ModelClient>("memento").ConfigureHttpClient(http => http.Timeout = PatienceWithModels);
        Add<SandboxClient>("sandboxrunner");
        Add<EvolverClient>("evolver");
        Add<GovernanceClient>("governance");
        Add<ReflectionClient>("reflection");
        Add<FitnessClient>("fitness");
        Add<DeadLettersClient>();

        // Without a word it calls several services, by whole addresses.
        IHttpClientBuilder Add<TClient>(string? word = null)
            where TClient : class
        {
            var address = word is null ? null : BackendService.All.First(s => s.Word == word).Address(builder.Configuration);
            return builder.Services.AddHttpClient<TClient>(http => (http.BaseAddress, http.Timeout) = (address, Patience)).AddHttpMessageHandler<PersonCalls>();
        }
    }
}
