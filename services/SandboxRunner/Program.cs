// SandboxRunner runs untrusted Python in Docker containers: it hears RunInSandbox, runs, and says SandboxRunCompleted.
// Nothing it is sent ever runs on this machine itself; without an engine it says so.
using AutoDev.SandboxRunner;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.DeadLetters;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;

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
