using AutoDev.OperatorConsole;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.DeadLetters;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;

// The UI's files lie beside the assembly, from wherever it is started.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.WebHost.UseStaticWebAssets();
builder.AddServiceDefaults("console");
builder.AddStore(ConsoleModule.Documents);
builder.AddMessaging(ConsoleModule.Consumers);
builder.AddConsole();
var app = builder.Build();
app.UseConsole();
app.MapServiceDefaults();
app.MapConsole();
app.MapDeadLetters("/api/console");
await app.RunAsync();
