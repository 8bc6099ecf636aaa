using System.Collections.Concurrent;
using AutoDev.ServiceDefaults.Messaging;
using RabbitMQ.Client;

namespace AutoDev.ServiceDefaults.Outbox;

/// <summary>
/// A channel of the broker's own client beside the bus, for messages that lie serialized in the table: the bus's way to the broker, with pipes and contexts for each
/// message, costs more than all that is left to do. Writes in order, and knows each message's confirm. Once lost, it stays lost.
/// </summary>
sealed class BrokerChannel : IAsyncDisposable
{
    readonly IConnection _connection;
    readonly IChannel _channel;
    readonly SemaphoreSlim _writing = new(1); // confirms name the messages by their number on the channel
    readonly ConcurrentDictionary<ulong, TaskCompletionSource> _unconfirmed = new();
    ulong _written, _confirmed;

    BrokerChannel(IConnection connection, IChannel channel)
    {
        (_connection, _channel) = (connection, channel);
        channel.BasicAcksAsync += (_, ack) => Settle(ack.DeliveryTag, ack.Multiple, static confirm => confirm.TrySetResult());
        channel.BasicNacksAsync += (_, nack) => Settle(nack.DeliveryTag, nack.Multiple, static confirm => confirm.TrySetException(new IOException("The broker refused the message.")));
        channel.ChannelShutdownAsync += (_, reason) => Lose(reason.ReplyText);
    }

    public bool IsOpen => _channel.IsOpen;

    /// <exception cref="RabbitMQ.Client.Exceptions.BrokerUnreachableException">The broker is not there.</exception>
    public static async Task<BrokerChannel> OpenAsync(Broker broker, string name, CancellationToken cancellation)
    {
        var connection = await broker.Factory(name).CreateConnectionAsync(cancellation);
        return new(connection, await connection.CreateChannelAsync(new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false), cancellation));
    }

    /// <summary>Returns when the message is written; the task that it returns ends with the broker's confirm.</summary>
    /// <exception cref="Exception">It could not be written; of the task: the channel was lost before the confirm, or the broker refused the message.</exception>
    public async Task<Task> WriteAsync(string exchange, BasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation);
        try
        {
            var confirm = _unconfirmed[++_written] = new(TaskCreationOptions.RunContinuationsAsynchronously);
            await _channel.BasicPublishAsync(exchange, "", mandatory: false, properties, body, CancellationToken.None); // whole, or not at all
            if (!_channel.IsOpen) await Lose("it was closed"); // after its last news
            return confirm.Task;
        }
        catch (Exception)
        {
            await Lose("a message could not be written");
            throw;
        }
        finally
        {
            _writing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
        await Lose("it was closed");
        _writing.Dispose();
    }

    Task Settle(ulong number, bool allBefore, Action<TaskCompletionSource> settle)
    {
        for (var each = allBefore ? _confirmed + 1 : number; each <= number; each++)
            if (_unconfirmed.TryRemove(each, out var confirm)) settle(confirm);
        if (allBefore) _confirmed = number;
        return Task.CompletedTask;
    }

    Task Lose(string reason)
    {
        foreach (var number in _unconfirmed.Keys)
            if (_unconfirmed.TryRemove(number, out var confirm)) confirm.TrySetException(new IOException($"The channel was lost before the broker had confirmed the message: {reason}"));
        return Task.CompletedTask;
    }
}
