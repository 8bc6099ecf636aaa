using AutoDev.OperatorConsole.Tests.Browser;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.SignIn;

/// <summary>The tests that sign in at a provider share one installation, and run one after the other.</summary>
[CollectionDefinition("provider")]
public sealed class WithProvider : ICollectionFixture<ConsoleWithProvider>;

/// <summary>The whole Console with an organisation's provider: ada administers one workspace and watches another, and nothing is mallory's.</summary>
public sealed class ConsoleWithProvider : WholeConsole
{
    public const string Administered = "provider-one", Watched = "provider-two", Closed = "provider-three";

    public TestProvider Organisation { get; private set; } = null!;

    protected override Uri Provider => new(Organisation.Address);

    protected override IReadOnlyDictionary<string, string> More => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["SignIn:Authority"] = Organisation.Address, ["SignIn:ClientId"] = TestProvider.ClientId, ["SignIn:ClientSecret"] = TestProvider.ClientSecret,
        ["SignIn:Title"] = "Example Ltd", ["SignIn:PersonKey"] = TestInstallation.PersonKey,
        ["SignIn:Roles:0:Value"] = "one-admins", ["SignIn:Roles:0:Role"] = "admin", ["SignIn:Roles:0:Workspace"] = Administered,
        ["SignIn:Roles:1:Value"] = "everybody", ["SignIn:Roles:1:Role"] = "viewer", ["SignIn:Roles:1:Workspace"] = Watched,
    };

    public override async ValueTask InitializeAsync()
    {
        Organisation = await TestProvider.StartAsync();
        Organisation.Knows("ada", "one-admins", "everybody");
        Organisation.Knows("grace", "everybody");
        Organisation.Knows("mallory", "strangers");
        await base.InitializeAsync();
        await Organisation.RegisterAsync(Address);
        foreach (var workspace in new[] { Administered, Watched, Closed }) await WorkspaceAsync(workspace);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Organisation.DisposeAsync();
    }
}
