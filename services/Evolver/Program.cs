// Evolver: measures the published skills where they are used, and looks for better forms of those that need to become better.
using AutoDev.Evolver;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.DeadLetters;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults(EvolverModule.Service);
builder.AddStore(EvolverModule.Documents);
builder.AddMessaging(EvolverModule.Consumers);
builder.AddEvolution();

var app = builder.Build();
app.MapServiceDefaults();
app.MapEvolver();
app.MapDeadLetters();
await app.RunAsync();
