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
        builder.Services.AddHttpClient<MementoClient>(At("memento")).AddHttpMessageHandler<PersonCalls>();
        builder.Services.AddHttpClient<SkillsClient>(At("memento")).AddHttpMessageHandler<PersonCalls>();
        builder.Services.AddHttpClient<ModelClient>(At("memento")).ConfigureHttpClient(http => http.Timeout = PatienceWithModels).AddHttpMessageHandler<PersonCalls>();
        builder.Services.AddHttpClient<SandboxClient>(At("sandboxrunner")).AddHttpMessageHandler<PersonCalls>();
        builder.Services.AddHttpClient<EvolverClient>(At("evolver")).AddHttpMessageHandler<PersonCalls>();
        builder.Services.AddHttpClient<GovernanceClient>(At("governance")).AddHttpMessageHandler<PersonCalls>();
        builder.Services.AddHttpClient<ReflectionClient>(At("reflection")).AddHttpMessageHandler<PersonCalls>();
        builder.Services.AddHttpClient<FitnessClient>(At("fitness")).AddHttpMessageHandler<PersonCalls>();
        builder.Services.AddHttpClient<DeadLettersClient>(http => http.Timeout = Patience).AddHttpMessageHandler<PersonCalls>();

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
