using AutoDev.Governance;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.DeadLetters;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;

// Governance decides who may learn: workspaces with their settings, agents with their maturity, API keys. It says every change to all services, which
// keep copies and decide by themselves; it hears what agents achieved (graduation) and what was refused ("why did nothing happen?").
var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("governance");
builder.AddStore(GovernanceModule.Documents);
builder.AddMessaging(GovernanceModule.Consumers);
builder.Services.AddDiagnosis();
builder.AddWebhooks();

var app = builder.Build();
app.MapServiceDefaults();
app.MapGovernance();
app.MapDeadLetters();
await app.RunAsync();
