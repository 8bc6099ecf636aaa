using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace AutoDev.Browsing;

/// <summary>
/// A real browser in front of a Console. Every person has a context of their own, with their own cookie; script errors, broken circuits and requests to elsewhere
/// become <see cref="Complaints"/>.
/// </summary>
public sealed class OperatorBrowser : IAsyncDisposable
{
    // Milliseconds. Playwright's own five seconds are too few for pages that show what a busy broker brings them.
    const float Patience = 120_000;

    readonly ConcurrentQueue<string> _complaints = new();
    readonly Uri _address;
    readonly Uri? _provider;
    readonly IPlaywright _playwright;
    readonly IBrowser _browser;

    OperatorBrowser(Uri address, Uri? provider, IPlaywright playwright, IBrowser browser) => (_address, _provider, _playwright, _browser) = (address, provider, playwright, browser);

    /// <summary>What went wrong in the browsers, unseen by a person.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>Where pictures of pages are kept: <c>artifacts/screenshots</c>, wherever a project of the solution is built.</summary>
    public static string Pictures { get; } =
        Directory.CreateDirectory(Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../screenshots"))).FullName;

    /// <summary>Starts Chromium: <c>AUTODEV_CHROMIUM</c>, else Debian's. Beside the Console it may go to where people sign in, if that is elsewhere.</summary>
    public static async Task<OperatorBrowser> StartAsync(Uri address, Uri? provider = null)
    {
        Assertions.SetDefaultExpectTimeout(Patience);
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new()
        {
            Timeout = Patience,
            ExecutablePath = Environment.GetEnvironmentVariable("AUTODEV_CHROMIUM") ?? "/usr/bin/chromium",
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
                "--disable-sync",
            ],
        });
        return new(address, provider, playwright, browser);
    }

    /// <summary>A person who has just opened the address, and is asked for a key.</summary>
    public async Task<IPage> OpenAsync(string path, int width = 1280, bool dark = false)
    {
        var context = await _browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light, ReducedMotion = ReducedMotion.Reduce,
        });
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(Patience);
        page.PageError += (_, error) => _complaints.Enqueue($"The page's script failed: {error}");
        page.Console += (_, said) =>
        {
            if (said.Text.Contains("unhandled exception", StringComparison.OrdinalIgnoreCase)) _complaints.Enqueue($"The circuit broke: {said.Text}");
        };
        await page.RouteAsync(url => new Uri(url).Authority is var asked && asked != _address.Authority && asked != _provider?.Authority, async route =>
        {
            _complaints.Enqueue($"The page asked for {route.Request.Url}");
            await route.AbortAsync();
        });
        await page.GotoAsync(new Uri(_address, path).ToString());
        return page;
    }

    /// <summary>A person who has signed in.</summary>
    public async Task<IPage> SignInAsync(string path, string key, int width = 1280, bool dark = false)
    {
        var page = await OpenAsync(path, width, dark);
        await page.GetByLabel("API key").FillAsync(key);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.Locator("main h1").WaitForAsync();
        return page;
    }

    /// <summary>Keeps a picture of the whole page.</summary>
    public static Task<byte[]> PictureAsync(IPage page, string name) =>
        page.ScreenshotAsync(new() { Path = Path.Combine(Pictures, name + ".png"), FullPage = true });

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var context in _browser.Contexts) await context.CloseAsync();
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
