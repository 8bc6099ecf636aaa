using System.Security.Claims;
using AutoDev.ServiceDefaults.Security;
using Xunit;

namespace AutoDev.ServiceDefaults.Tests;

public sealed class RolesTests
{
    [Theory]
    [InlineData("viewer", "operator", true, true)]
    [InlineData("viewer", "agent", true, true)]
    [InlineData("viewer", "operator", false, false)]
    [InlineData("viewer", "agent", false, false)]
    [InlineData("viewer", "admin", true, false)]
    [InlineData("agent", "operator", true, false)]
    [InlineData("operator", "agent", false, true)]
    [InlineData("admin", "operator", false, true)]
    public void A_viewer_reads_what_an_operator_reads_and_changes_nothing(string role, string needed, bool isReading, bool opens) =>
        Assert.Equal(opens, Roles.Opens(Caller((role, "acme")), needed, "acme", isReading));

    [Fact]
    public void A_role_counts_only_together_with_its_workspace()
    {
        var caller = Caller((Roles.Admin, "mine"), (Roles.Viewer, "theirs"));
        Assert.True(Roles.Opens(caller, Roles.Admin, "mine", isReading: false));
        Assert.False(Roles.Opens(caller, Roles.Operator, "theirs", isReading: false));
        Assert.False(Roles.Opens(caller, Roles.Operator, workspace: null, isReading: false));
    }

    static ClaimsPrincipal Caller(params (string Role, string Workspace)[] parts) =>
        Access.ToCaller("id", "name", parts.Select(p => new Access(p.Role, p.Workspace)), "test");
}
