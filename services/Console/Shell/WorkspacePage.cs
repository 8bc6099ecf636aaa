using AutoDev.Contracts.Governance;
using AutoDev.Gating;
using AutoDev.OperatorConsole.SignIn;
using Marten;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;

namespace AutoDev.OperatorConsole.Shell;

/// <summary>
/// A page of one workspace. It reads through sessions that see this workspace only, and reads again whenever its address changes or, where it says so,
/// every few seconds.
/// </summary>
[Authorize(Policy = People.Policy)]
public abstract class WorkspacePage : ComponentBase, IAsyncDisposable
{
    readonly CancellationTokenSource _gone = new();
    PeriodicTimer? _timer;
    Task _ticking = Task.CompletedTask;

    /// <summary>The workspace of the route.</summary>
    [Parameter] public string Workspace { get; set; } = "";

    [Inject] private protected IDocumentStore Store { get; set; } = null!;

    [Inject] private protected NavigationManager Navigation { get; set; } = null!;

    [CascadingParameter] private protected Task<AuthenticationState> Authentication { get; set; } = null!;

    /// <summary>The workspace's settings as the Console heard them; <c>null</c> for a workspace it has not heard of.</summary>
    private protected WorkspaceSettings? Settings { get; private set; }

    private protected bool Loaded { get; private set; }

    /// <summary>How often the page reads again by itself; <c>null</c>: never.</summary>
    private protected virtual TimeSpan? Refresh => null;

    private protected CancellationToken Gone => _gone.Token;

    /// <summary>Reads what the page shows.</summary>
    private protected abstract Task LoadAsync(IQuerySession session);

    /// <summary>An address within this workspace.</summary>
    private protected string Link(string path) => $"/w/{Uri.EscapeDataString(Workspace)}{path}";

    /// <summary>The same with what is asked for; what is empty is left out.</summary>
    private protected string Address(string path, params IEnumerable<(string Name, string? Value)> asked) => Navigation.GetUriWithQueryParameters(
        Link(path), asked.ToDictionary(a => a.Name, a => string.IsNullOrWhiteSpace(a.Value) ? null : (object?)a.Value.Trim(), StringComparer.Ordinal));

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        await ReadAsync();
        if (Refresh is { } interval && _timer is null)
        {
            _timer = new PeriodicTimer(interval);
            _ticking = TickAsync(_timer);
        }
    }

    private protected async Task ReadAsync()
    {
        // The page's policy has said yes to the route; this holds it for every later reading too, when a parameter or the key has changed.
        if (!(await Authentication).User.Opens(Workspace)) throw new UnauthorizedAccessException("This workspace is not open to you.");
        await using var session = Store.QuerySession(Workspace);
        Settings = await session.SettingsAsync(Gone);
        await LoadAsync(session);
        Loaded = true;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _gone.CancelAsync();
        _timer?.Dispose();
        await _ticking;
        _gone.Dispose();
        GC.SuppressFinalize(this);
    }

    async Task TickAsync(PeriodicTimer timer)
    {
        try
        {
            while (await timer.WaitForNextTickAsync(Gone))
            {
                await InvokeAsync(async () =>
                {
                    await ReadAsync();
                    StateHasChanged();
                });
            }
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
        catch (Exception e) when (!Gone.IsCancellationRequested)
        {
            await DispatchExceptionAsync(e);
        }
    }
}
