using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AutoDev.Testing;

/// <summary>A certificate authority of a test's own, and what it signs, as PEM files that every user may read.</summary>
public sealed class TestAuthority
{
    readonly X509Certificate2 _authority;

    /// <summary>Makes one, in a folder of its name.</summary>
    public TestAuthority(string folder, string name)
    {
        Folder = Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        Authority = Write("ca.pem", _authority.ExportCertificatePem());
    }

    /// <summary>Where its files are.</summary>
    public string Folder { get; }

    /// <summary>The file with the authority's certificate.</summary>
    public string Authority { get; }

    /// <summary>For a client that trusts this authority and no other.</summary>
    public SocketsHttpHandler Trusting() => new()
    {
        SslOptions = { CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { _authority }, RevocationMode = X509RevocationMode.NoCheck } },
    };

    /// <summary>Signs a certificate for 127.0.0.1 and localhost.</summary>
    /// <returns>The files of the certificate and of its key.</returns>
    public (string Certificate, string Key) Sign(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(_authority, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(20), RandomNumberGenerator.GetBytes(16));
        return (Write(name + ".crt", signed.ExportCertificatePem()), Write(name + ".key", key.ExportPkcs8PrivateKeyPem()));
    }

    string Write(string file, string pem)
    {
        var path = Path.Combine(Folder, file);
        File.WriteAllText(path, pem);
        return path;
    }
}
