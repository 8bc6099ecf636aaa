using AutoDev.Memento;
using AutoDev.Memento.Mcp;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.DeadLetters;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults(MementoModule.Service);
builder.AddStore(MementoModule.Documents);
builder.AddMessaging(MementoModule.Consumers);
builder.AddGeneration();
builder.AddMcp();
builder.AddSearch();

var app = builder.Build();
app.MapServiceDefaults();
app.MapMemento();
app.MapDeadLetters();
await app.RunAsync();
