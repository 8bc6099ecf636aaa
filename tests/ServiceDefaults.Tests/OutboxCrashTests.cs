using System.Text;
using AutoDev.OutboxProbe;
using AutoDev.Testing;
using MassTransit;
using Xunit;

namespace AutoDev.ServiceDefaults.Tests;

/// <summary>Real processes, killed between every two steps of a message's way; after a restart its effects are there once.</summary>
public sealed class OutboxCrashTests
{
    const string BetweenSendingAndConfirm = "sent";

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // All at once: most of the time goes by while processes start.
    [Fact]
    public async Task Killed_at_any_step_a_message_has_its_effects_exactly_once() =>
        await Task.WhenAll(((string[])["received", "stored", "committed", BetweenSendingAndConfirm, "confirmed", "deleted"]).Select(async step =>
        {
            await using var installation = await TestInstallation.CreateAsync();
            Assert.Equal($"{step}: x y", $"{step}: {await EffectsAfterKillAsync(installation, step)}");
        }));

    /// <returns>What was done, and what was done downstream: one letter each time.</returns>
    static async Task<string> EffectsAfterKillAsync(TestInstallation installation, string step)
    {
        var bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(rabbit => rabbit.Host(installation.Broker));
        await bus.StartAsync(Cancellation);
        try
        {
            await using (var network = new TcpProxy(installation.Broker.Host, installation.Broker.Port))
            await using (var victim = await ProbeProcess.StartAsync(installation, "crash", step, new UriBuilder(installation.Broker) { Host = "127.0.0.1", Port = network.Port }.Uri))
            {
                var heard = new Heard<ProbeDone>();
                if (step == BetweenSendingAndConfirm)
                {
                    network.MuteServerAfter(Encoding.UTF8.GetBytes("\"workId\":\"first\""));
                    await bus.ConnectReceiveEndpoint("test-heard", e => e.Handler<ProbeDone>(context =>
                    {
                        heard.Add(context);
                        return Task.CompletedTask;
                    })).Ready;
                }

                await bus.Publish(new ProbeWork("w", "first"), Cancellation);
                if (step == BetweenSendingAndConfirm) await heard.WaitAsync(d => d.WorkId == "first"); // the broker has it; leaving this block kills the process
                else await victim.DiedAsync();
            }

            await using var restarted = await ProbeProcess.StartAsync(installation, "crash");
            await Eventually.IsTrueAsync("the effect downstream", async () => await LettersAsync("first/heard") is not null);
            await Eventually.IsTrueAsync("the outbox to be empty", async () => (long)(await ScalarAsync("select count(*) from outbox"))! == 0);

            // Queues are first in, first out: what follows has overtaken nothing.
            await bus.Publish(new ProbeWork("w", "second"), Cancellation);
            await Eventually.IsTrueAsync("what follows", async () => await LettersAsync("second/heard") is not null);
            foreach (var queue in (string[])["crash-do-work", "crash-hear-done"]) Assert.Null(await installation.TakeDeadLetterAsync(queue));
            return $"{await LettersAsync("first")} {await LettersAsync("first/heard")}";
        }
        finally
        {
            await bus.StopAsync(CancellationToken.None);
        }

        Task<object?> ScalarAsync(string sql, params object[] parameters) => ProbeDatabase.ScalarAsync(installation, "crash", sql, parameters);

        async Task<string?> LettersAsync(string id) => (string?)await ScalarAsync("select data->>'Letters' from mt_doc_effect where id = $1", id);
    }
}
