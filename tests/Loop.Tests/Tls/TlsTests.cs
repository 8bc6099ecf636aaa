using System.Net.Http.Headers;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.Loop.Tests.Tls;

/// <summary>TLS to the broker, to the database, between services and at the origin: with the right authority it works, with another one nothing does, and says why.</summary>
public sealed class TlsTests(SecureParts parts) : IClassFixture<SecureParts>
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Services_whose_parts_show_what_the_authority_signed_work_and_the_origin_reaches_them()
    {
        await using var fitness = parts.Service("fitness", parts.Ours);
        await using var console = parts.Service("console", parts.Ours);
        fitness.Start();
        console.Start();
        await fitness.ReadyAsync(); // the bus, the queue that is read by the broker's own client, and the database
        await console.ReadyAsync();

        using var http = new HttpClient(parts.Ours.Trusting()) { BaseAddress = console.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestInstallation.AdminKey);
        using var answer = await http.GetAsync(new Uri("api/fitness/dead-letters", UriKind.Relative), Cancellation);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task A_broker_that_another_authority_signed_is_not_spoken_to_and_the_service_says_so()
    {
        await using var fitness = parts.Service("fitness", parts.Ours, ("Messaging:CertificateAuthority", parts.Others.Authority));
        fitness.Start();
        await Eventually.IsTrueAsync("the reason", async () => await fitness.SaysAsync() is var says && says.Contains("certificate (CN=broker) is not accepted", StringComparison.Ordinal) && says.Contains("\"store\":{\"status\":\"Healthy\"", StringComparison.Ordinal));
        Assert.NotEqual(System.Net.HttpStatusCode.OK, await fitness.HealthAsync());
    }

    [Fact]
    public async Task A_database_that_another_authority_signed_is_not_spoken_to_and_the_service_says_so()
    {
        await using var fitness = parts.Service("fitness", parts.Others, ("Messaging:CertificateAuthority", parts.Ours.Authority));
        fitness.Start();
        await Eventually.IsTrueAsync("the reason", async () => (await fitness.SaysAsync()).Contains("The database does not answer: Exception while performing SSL handshake", StringComparison.Ordinal));
        Assert.NotEqual(System.Net.HttpStatusCode.OK, await fitness.HealthAsync());
    }

    [Fact]
    public async Task An_authority_for_a_broker_without_tls_is_a_mistake_that_ends_the_start()
    {
        await using var fitness = parts.Service("fitness", parts.Ours, ("ConnectionStrings:rabbitmq", "amqp://autodev:autodev@127.0.0.1:5672/autodev"));
        fitness.Start();
        await Eventually.IsTrueAsync("its end", () => Task.FromResult(fitness.HasEnded));
        Assert.Contains("Messaging:CertificateAuthority is set, but ConnectionStrings:rabbitmq begins with amqp://", fitness.LastLines(), StringComparison.Ordinal);
    }
}
