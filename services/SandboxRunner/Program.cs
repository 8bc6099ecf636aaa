// SandboxRunner runs untrusted Python in Docker containers: it hears RunInSandbox, runs, and says SandboxRunCompleted.
// Nothing it is sent ever runs on this machine itself; without an engine it says so. Begun as `engine-gate` it is what stands between the service and the engine.
using AutoDev.SandboxRunner;
using AutoDev.SandboxRunner.Gate;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.DeadLetters;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;

if (args is [EngineGate.Mode])
{
    await EngineGate.Build(args[1..]).RunAsync();
    return;
}

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults("sandboxrunner");
builder.AddStore(SandboxRunnerModule.Documents);
builder.AddMessaging(SandboxRunnerModule.Consumers);
builder.Services.AddSandbox();
builder.Services.AddQueue();

var app = builder.Build();

app.MapServiceDefaults();
app.MapSandboxRunner();
app.MapDeadLetters();

await app.RunAsync();
