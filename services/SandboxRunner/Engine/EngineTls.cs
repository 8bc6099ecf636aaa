using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AutoDev.ServiceDefaults.Security;
using Docker.DotNet.Handler.Abstractions;
using Docker.DotNet.X509;

namespace AutoDev.SandboxRunner.Engine;

/// <summary>How an engine on another host is spoken to: whoever may speak to one may do anything on its host, so both sides show who they are.</summary>
static class EngineTls
{
    /// <summary><c>null</c> where the engine's socket is this machine's, or no certificates are named.</summary>
    /// <exception cref="InvalidOperationException">A file is missing or unreadable.</exception>
    public static IAuthProvider? Read(Uri engine, string? folder)
    {
        if (folder is not { Length: > 0 } || engine.Scheme is not ("tcp" or "https")) return null;
        var authority = CertificateAuthority.Read("The engine", "Sandbox:Certificates", Path.Combine(folder, "ca.pem"));
        try
        {
            return new CertificateCredentials(X509Certificate2.CreateFromPemFile(Path.Combine(folder, "cert.pem"), Path.Combine(folder, "key.pem")))
            {
                ServerCertificateValidationCallback = authority.Accepts,
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new InvalidOperationException($"Sandbox:Certificates is '{folder}', where cert.pem and key.pem cannot be read: {e.Message}", e);
        }
    }
}
