using System.Collections.Concurrent;
using MassTransit;
using MassTransit.Batching;
using MassTransit.Context;

namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>Gives a <c>Batch&lt;X&gt;</c> consumer only those messages that it has not consumed yet.</summary>
abstract class BatchFilter
{
    static readonly ConcurrentDictionary<Type, BatchFilter> Cache = new();

    public static BatchFilter For<T>() => Cache.GetOrAdd(typeof(T), static batch =>
        (BatchFilter)Activator.CreateInstance(typeof(Of<>).MakeGenericType(batch.GetGenericArguments()[0]))!);

    public abstract ConsumeContext<T> Only<T>(ConsumeContext<T> context, Guid[] fresh)
        where T : class;

    sealed class Of<TMessage> : BatchFilter
        where TMessage : class
    {
        public override ConsumeContext<T> Only<T>(ConsumeContext<T> context, Guid[] fresh)
        {
            var all = (MassTransit.Batch<TMessage>)context.Message;
            var wanted = fresh.ToHashSet();
            var rest = all.Where(m => wanted.Remove(ConsumeOnceFactory.MessageIdOf(m))).ToList();
            return (ConsumeContext<T>)(object)new BatchConsumeContext<TMessage>(
                context, new MessageBatch<TMessage>(all.FirstMessageReceived, all.LastMessageReceived, all.Mode, rest));
        }
    }
}
