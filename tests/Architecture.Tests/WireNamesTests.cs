using AutoDev.ServiceDefaults.DeadLetters;
using AutoDev.ServiceDefaults.Messaging;
using MassTransit;
using Bus = AutoDev.ServiceDefaults.Messaging.Bus;
using Xunit;

namespace AutoDev.Architecture.Tests;

/// <summary>
/// Queue and exchange names live in brokers, not in this repository. The approved file changes only on purpose:
/// a name that disappears leaves a queue behind that keeps collecting messages (delete it, after it is empty);
/// a name that changes leaves the unconsumed messages of the old queue where they are.
/// </summary>
public sealed class WireNamesTests
{
    static readonly string Approved = Path.Combine(Sources.Root, "tests/Architecture.Tests/Approved/wire-names.txt");

    [Fact]
    public void Queues_and_exchanges_are_the_approved_ones()
    {
        var actual = string.Join("\n", Names().Order(StringComparer.Ordinal)) + "\n";
        var approved = File.Exists(Approved) ? File.ReadAllText(Approved) : "";
        if (actual != approved) File.WriteAllText(Approved + ".received", actual);
        Assert.True(actual == approved, $"The names on the wire changed. If that is meant, and the consequences above are dealt with: mv {Approved}.received {Approved}\n\n{actual}");
    }

    static IEnumerable<string> Names()
    {
        var queues = Sources.Consumers().Select(c => "queue    " + QueueOf(c.Service, c.Consumer)).Concat(Sources.Services.SelectMany(WhereFailedMessagesGo));

        // Plain JSON comes by routing keys, and what a service sends to itself to its queue: neither has an exchange of its type.
        var exchanges = Sources.Consumers().SelectMany(c => c.Messages)
            .Where(m => !m.Namespace!.EndsWith("Ingest", StringComparison.Ordinal) && m.Assembly != typeof(FailurePolicy).Assembly)
            .Select(m => "exchange " + $"{m.Namespace}:{m.Name}");
        return queues.Concat(exchanges).Append("exchange autodev.ingest").Distinct(StringComparer.Ordinal);
    }

    static IEnumerable<string> WhereFailedMessagesGo(string service)
    {
        var word = service.ToLowerInvariant();
        return new FailurePolicy().Delays.Select(delay => DelayQueue.NameOf(word, delay)).Append(ErrorQueue.NameOf(word)).Select(name => "queue    " + name)
            .Append("exchange " + DelayQueue.ReturnOf(word));
    }

    internal static string QueueOf(string service, Type consumer)
    {
        if (consumer.IsAssignableTo(typeof(IBatchConsumer))) return Bus.QueueOf(service.ToLowerInvariant(), consumer);
        var method = typeof(IEndpointNameFormatter).GetMethod(nameof(IEndpointNameFormatter.Consumer))!.MakeGenericMethod(consumer);
        return (string)method.Invoke(new KebabCaseEndpointNameFormatter(service.ToLowerInvariant(), includeNamespace: false), null)!;
    }
}
