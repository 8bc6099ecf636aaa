using AutoDev.ServiceDefaults.Persistence;
using Marten;
using Microsoft.Extensions.DependencyInjection;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>One transaction outside of MassTransit's consumers: work in a scope of its own, then its commit, again where that can help.</summary>
public static class CommitScope
{
    // A database that is away for longer is not what is wrong, or other patience is asked for.
    const int Outages = 20;
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Runs the work in a new scope and commits the scope's session, with what was published in the scope. Tried again at once where somebody else was faster,
    /// and , where there is time, for about a minute and a half while the database does not answer.
    /// </summary>
    /// <param name="services">Scopes are made of these.</param>
    /// <param name="work">Stores and publishes; may run several times. Its session sees no workspace's documents, but those of any by <c>ForTenant</c>.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="isPatient">Whether to wait for a database that does not answer; nobody waits for the outcome.</param>
    public static async Task CommitAsync(this IServiceProvider services, Func<IServiceProvider, CancellationToken, Task> work, CancellationToken cancellation, bool isPatient = true)
    {
        var policy = services.GetRequiredService<FailurePolicy>();
        for (int conflicts = 0, outages = 0; ;)
        {
            try
            {
                await using var scope = services.CreateAsyncScope();
                scope.ServiceProvider.GetRequiredService<Workspace>().Id = Workspace.None;
                await work(scope.ServiceProvider, cancellation);
                await scope.ServiceProvider.GetRequiredService<IDocumentSession>().SaveChangesAsync(cancellation);
                return;
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested && Failure.KindOf(e) == FailureKind.Conflict && conflicts < policy.Conflicts)
            {
                conflicts++;
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested && Failure.KindOf(e) == FailureKind.Outage && isPatient && outages < Outages)
            {
                var pause = policy.PauseAfter(FailureKind.Outage, conflicts, outages++) ?? LongestPause;
                await Task.Delay(pause < LongestPause ? pause : LongestPause, cancellation);
            }
        }
    }
}
