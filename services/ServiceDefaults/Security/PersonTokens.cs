using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace AutoDev.ServiceDefaults.Security;

/// <summary>
/// A person who signed in at the Console calls the services through it: the Console signs, for two minutes, who it is and what they may, and each service checks that by
/// itself, with the public keys of <c>Security:PersonKeys</c> (PEM; two while one is changed). Without any, no such token opens anything.
/// </summary>
public sealed class PersonTokens
{
    const string Issuer = "autodev-console", Audience = "autodev-services", AccessClaim = "access";
    static readonly TimeSpan Life = TimeSpan.FromMinutes(2), Skew = TimeSpan.FromSeconds(30);
    static readonly JsonWebTokenHandler Tokens = new() { MapInboundClaims = false, SetDefaultTimesOnTokenCreation = false };

    readonly TokenValidationParameters? _rules;

    /// <summary>Reads the settings.</summary>
    /// <exception cref="InvalidOperationException">One of them is no public key on the curve P-256.</exception>
    public PersonTokens(IConfiguration configuration, TimeProvider clock)
    {
        var keys = configuration.GetSection("Security:PersonKeys").GetChildren().Where(k => !string.IsNullOrWhiteSpace(k.Value)).Select(k => KeyOf(k.Value!, k.Path)).ToList();
        if (keys.Count == 0) return;
        _rules = new()
        {
            ValidIssuer = Issuer, ValidAudience = Audience, IssuerSigningKeys = keys, ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256], RequireExpirationTime = true,
            LifetimeValidator = (from, until, _, _) => from <= clock.GetUtcNow().UtcDateTime + Skew && until > clock.GetUtcNow().UtcDateTime - Skew && until - from <= Life,
        };
    }

    /// <summary>Pure: whether it has a token's form, which no API key has.</summary>
    public static bool IsLikeOne(string text) => text.Count(c => c == '.') == 2;

    /// <summary>Whom it stands for; <c>null</c> if it was not signed by a Console of this installation, is too old, or says nothing.</summary>
    public async Task<ClaimsPrincipal?> ReadAsync(string token, string scheme)
    {
        if (_rules is null || await Tokens.ValidateTokenAsync(token, _rules) is not { IsValid: true, ClaimsIdentity: var said }) return null;
        var access = said.FindAll(AccessClaim).Select(c => c.Value.Split(' ')).Select(part => new Access(part[0], part.ElementAtOrDefault(1))).ToList();
        return said.FindFirst("sub") is { } id && said.FindFirst("name") is { } name && access.Count > 0 ? Access.ToCaller(id.Value, name.Value, access, scheme) : null;
    }

    /// <summary>A token in the name of this person.</summary>
    /// <param name="person">With a name, an id and roles.</param>
    /// <param name="key">See <see cref="KeyOf"/>, the private one.</param>
    /// <param name="now">From when on it counts.</param>
    public static string Make(ClaimsPrincipal person, SecurityKey key, DateTimeOffset now) => Tokens.CreateToken(new SecurityTokenDescriptor
    {
        Issuer = Issuer, Audience = Audience, IssuedAt = now.UtcDateTime, NotBefore = now.UtcDateTime, Expires = (now + Life).UtcDateTime,
        Claims = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["sub"] = person.FindFirstValue(ClaimTypes.NameIdentifier)!, ["name"] = person.Actor(),
            [AccessClaim] = Access.Of(person).Select(a => a.Workspace is null ? a.Role : $"{a.Role} {a.Workspace}").ToArray(),
        },
        SigningCredentials = new(key, SecurityAlgorithms.EcdsaSha256),
    });

    /// <summary>Reads a key, private or public.</summary>
    /// <param name="pem">PEM.</param>
    /// <param name="setting">Where it stands, for the error.</param>
    /// <exception cref="InvalidOperationException">It is none.</exception>
    public static SecurityKey KeyOf(string pem, string setting)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw new InvalidOperationException($"{setting} is no key in PEM.", e);
        }

        return key.KeySize == 256 ? new ECDsaSecurityKey(key) : throw new InvalidOperationException($"{setting} is a key of another curve than P-256 (prime256v1).");
    }
}
