// Fitness: hears the facts about candidates, mutations and skills, and says what they are worth.
using AutoDev.Fitness;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.DeadLetters;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("fitness");
builder.AddStore(FitnessModule.Documents);
builder.AddMessaging(FitnessModule.Consumers, FitnessModule.Endpoints);

var app = builder.Build();
app.MapServiceDefaults();
app.MapFitness();
app.MapDeadLetters();
await app.RunAsync();
