using System.Security.Claims;
using System.Security.Cryptography;
using AutoDev.ServiceDefaults.Security;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace AutoDev.ServiceDefaults.Tests;

public sealed class PersonTokenTests
{
    static readonly ClaimsPrincipal Ada = Access.ToCaller("subject-of-ada", "ada", [new(Roles.Admin, "one"), new(Roles.Viewer, "two")], "test");

    readonly FakeTimeProvider _clock = new(new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256), _next = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    [Fact]
    public async Task A_service_reads_what_the_Console_signed_with_either_of_two_keys()
    {
        foreach (var key in new[] { _key, _next })
        {
            var person = await Service(_key, _next).ReadAsync(Token(key), "test");
            Assert.Equal([new(Roles.Admin, "one"), new(Roles.Viewer, "two")], Access.Of(person!));
            Assert.Equal(("ada", "subject-of-ada"), (person!.Actor(), person!.FindFirstValue(ClaimTypes.NameIdentifier)));
        }
    }

    [Fact]
    public async Task What_is_old_or_signed_otherwise_is_nobodys()
    {
        var token = Token(_key);
        Assert.Null(await Service(_next).ReadAsync(token, "test"));
        Assert.Null(await Service().ReadAsync(token, "test"));
        var parts = token.Split('.');
        var unsigned = Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""") + $".{parts[1]}.";
        var byPublicKey = new JsonWebTokenHandler().CreateToken(
            Base64UrlEncoder.Decode(parts[1]), new SigningCredentials(new SymmetricSecurityKey(System.Text.Encoding.UTF8.GetBytes(_key.ExportSubjectPublicKeyInfoPem())), SecurityAlgorithms.HmacSha256));
        var changed = $"{parts[0]}.{Base64UrlEncoder.Encode(Base64UrlEncoder.Decode(parts[1]).Replace("viewer", "admin", StringComparison.Ordinal))}.{parts[2]}";
        foreach (var forged in new[] { unsigned, byPublicKey, changed, "a.b.c", ".." }) Assert.Null(await Service(_key).ReadAsync(forged, "test"));

        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.NotNull(await Service(_key).ReadAsync(token, "test")); // clocks differ a little
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await Service(_key).ReadAsync(token, "test"));
    }

    [Fact]
    public void A_key_that_is_none_ends_the_start_and_is_not_quoted()
    {
        var text = _key.ExportECPrivateKeyPem().Replace("BEGIN", "BEGIN SOME", StringComparison.Ordinal);
        var error = Assert.Throws<InvalidOperationException>(() => PersonTokens.KeyOf(text, "SignIn:PersonKey"));
        Assert.DoesNotContain(text[40..60], error.ToString(), StringComparison.Ordinal);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.Contains("P-256", Assert.Throws<InvalidOperationException>(() => PersonTokens.KeyOf(other.ExportECPrivateKeyPem(), "x")).Message, StringComparison.Ordinal);
    }

    string Token(ECDsa key) => PersonTokens.Make(Ada, new ECDsaSecurityKey(key), _clock.GetUtcNow());

    PersonTokens Service(params ECDsa[] keys) => new(
        new ConfigurationBuilder().AddInMemoryCollection(keys.Select((k, i) => KeyValuePair.Create($"Security:PersonKeys:{i}", (string?)k.ExportSubjectPublicKeyInfoPem()))).Build(), _clock);
}
