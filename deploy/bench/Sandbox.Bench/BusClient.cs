using System.Collections.Concurrent;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Testing;
using MassTransit;

namespace AutoDev.Sandbox.Bench;

/// <summary>Asks a service process for runs over RabbitMQ, as Memento does, and hears its answers.</summary>
sealed class BusClient : IAsyncDisposable
{
    readonly ConcurrentDictionary<Guid, TaskCompletionSource<SandboxRunCompleted>> _asked = new();
    readonly IBusControl _bus;

    BusClient(TestInstallation installation) => _bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
    {
        rabbit.Host(installation.Broker);
        rabbit.ReceiveEndpoint("bench-sandbox", endpoint =>
        {
            endpoint.SetQuorumQueue(1);
            endpoint.Handler<SandboxRunCompleted>(context =>
            {
                if (_asked.TryRemove(context.Message.RunId, out var asked)) asked.TrySetResult(context.Message);
                return Task.CompletedTask;
            });
        });
    });

    public static async Task<BusClient> StartAsync(TestInstallation installation)
    {
        var client = new BusClient(installation);
        await client._bus.StartAsync();
        return client;
    }

    public async Task<SandboxRunCompleted> CallAsync(string workspace, int n)
    {
        var id = Guid.CreateVersion7();
        var asked = _asked[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await _bus.Publish(new RunInSandbox
        {
            RunId = id, WorkspaceId = workspace, RequestedBy = "bench", SubjectId = id, Source = Workload.Source, FunctionName = Workload.Function,
            Inputs = [Workload.Input(n)],
        });
        var answer = await asked.Task.WaitAsync(TimeSpan.FromMinutes(1));
        Workload.Check(answer.Results is [var only] ? only.ValueJson : answer.Reason, n, "the bus");
        return answer;
    }

    public async ValueTask DisposeAsync() => await _bus.StopAsync();
}
