// Reflection: records what happened to agents, and sees when the same task fails again.
using AutoDev.Reflection;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.DeadLetters;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("reflection");
builder.AddStore(ReflectionModule.Documents);
builder.AddMessaging(ReflectionModule.Consumers);
builder.AddIngest();
builder.Services.AddHostedService<AutoDev.Reflection.Patterns.RetryRefusedPatterns>();

var app = builder.Build();
app.MapServiceDefaults();
app.MapReflection();
app.MapDeadLetters();
await app.RunAsync();
