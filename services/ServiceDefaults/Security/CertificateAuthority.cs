using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AutoDev.ServiceDefaults.Security;

/// <summary>
/// Who must have signed the certificate of whoever is connected to: the authorities of a PEM file and nobody else, or, without a file, those that this machine
/// trusts (<c>SSL_CERT_FILE</c>, <c>SSL_CERT_DIR</c>). Either way the certificate must be for the name that was called, and within its time.
/// </summary>
public sealed class CertificateAuthority
{
    readonly X509Certificate2Collection? _own;
    readonly string _whom;
    volatile string? _refusal;

    CertificateAuthority(string whom, X509Certificate2Collection? own) => (_whom, _own) = (whom, own);

    /// <summary>Why the certificate that was shown last was not accepted; <c>null</c> if it was, or none was shown.</summary>
    public string? Refusal => _refusal;

    /// <summary>Reads the file.</summary>
    /// <param name="whom">Who shows the certificate, for the error, such as "The broker".</param>
    /// <param name="setting">What named the file, for the error.</param>
    /// <param name="file">PEM, with one certificate or more; <c>null</c> for those that the machine trusts.</param>
    /// <exception cref="InvalidOperationException">The file is not there, or holds no certificate.</exception>
    public static CertificateAuthority Read(string whom, string setting, string? file)
    {
        if (file is not { Length: > 0 }) return new(whom, null);
        try
        {
            var own = new X509Certificate2Collection();
            own.ImportFromPemFile(file);
            return own.Count > 0 ? new(whom, own) : throw new InvalidOperationException($"{setting} is '{file}', in which there is no certificate.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new InvalidOperationException($"{setting} is '{file}', which cannot be read as certificates in PEM: {e.Message}", e);
        }
    }

    /// <summary>For whatever connects: <c>false</c> ends the connection before a password is sent.</summary>
    public bool Accepts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        _refusal = Reason(certificate, chain, errors) is { } reason ? $"{_whom}'s certificate ({certificate?.Subject ?? "none"}) is not accepted: {reason}" : null;
        return _refusal is null;
    }

    string? Reason(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable)) return "it showed none";
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)) return "it is for another name than the one that was called";
        if (_own is null) return errors == SslPolicyErrors.None ? null : Told(chain);

        using var by = new X509Chain();
        by.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        by.ChainPolicy.CustomTrustStore.AddRange(_own);
        by.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // an installation's own authority publishes no list
        foreach (var sent in chain?.ChainElements.Skip(1) ?? []) by.ChainPolicy.ExtraStore.Add(sent.Certificate);
        using var shown = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return by.Build(shown) ? null : Told(by);
    }

    static string Told(X509Chain? chain) => string.Join(", ", chain?.ChainStatus.Select(s => s.StatusInformation.Trim()).Distinct(StringComparer.Ordinal) ?? []) is { Length: > 0 } told
        ? told : "nobody who is trusted signed it";
}
