using AutoDev.ServiceDefaults.Security;
using MassTransit;
using Microsoft.Extensions.Configuration;
using RabbitMQ.Client;

namespace AutoDev.ServiceDefaults.Messaging;

/// <summary>The broker of <c>ConnectionStrings:rabbitmq</c>, for the bus and for the connections of the broker's own client beside it.</summary>
sealed class Broker
{
    /// <summary>A PEM file: who signs the broker's certificate, where this machine does not trust them anyway.</summary>
    public const string AuthoritySetting = "Messaging:CertificateAuthority";

    const string Secure = "amqps";

    readonly Uri _address;
    readonly CertificateAuthority _authority;

    Broker(Uri address, CertificateAuthority authority) => (_address, _authority) = (address, authority);

    /// <summary>Why its certificate was not accepted, where that is what keeps it away.</summary>
    public string? Refusal => _authority.Refusal;

    bool IsSecure => _address.Scheme == Secure;

    /// <summary>Who is to be let in where, without the password.</summary>
    public override string ToString() => $"{Uri.UnescapeDataString(_address.UserInfo.Split(':')[0])}@{_address.Authority}{_address.AbsolutePath}";

    /// <exception cref="InvalidOperationException">The address is missing or none of a broker, or names an authority that could not count.</exception>
    public static Broker Of(IConfiguration configuration)
    {
        var configured = configuration.GetConnectionString("rabbitmq")
            ?? throw new InvalidOperationException("ConnectionStrings:rabbitmq is not set: name the broker, for example amqp://guest:guest@127.0.0.1:5672/");
        if (!Uri.TryCreate(configured, UriKind.Absolute, out var address) || address.Scheme is not ("amqp" or Secure))
            throw new InvalidOperationException("ConnectionStrings:rabbitmq is no address that begins with amqp:// or amqps://"); // it is not shown: a password is in it
        var authority = configuration[AuthoritySetting];
        if (authority is { Length: > 0 } && address.Scheme != Secure)
            throw new InvalidOperationException($"{AuthoritySetting} is set, but ConnectionStrings:rabbitmq begins with amqp://, without TLS: write amqps://");
        return new(address, CertificateAuthority.Read("The broker", AuthoritySetting, authority));
    }

    /// <summary>For a connection of the broker's own client.</summary>
    public ConnectionFactory Factory(string client)
    {
        var factory = new ConnectionFactory { Uri = _address, AutomaticRecoveryEnabled = false, ClientProvidedName = client };
        if (IsSecure) factory.Ssl = new SslOption { Enabled = true, ServerName = _address.Host, CertificateValidationCallback = _authority.Accepts };
        return factory;
    }

    /// <summary>For the bus, which would otherwise accept a certificate whoever signed it.</summary>
    public void Connect(IRabbitMqBusFactoryConfigurator rabbit) => rabbit.Host(_address, host =>
    {
        if (IsSecure)
            host.UseSsl(ssl =>
            {
                ssl.Protocol = System.Security.Authentication.SslProtocols.None; // the system's choice
                ssl.ServerName = _address.Host;
                ssl.CertificateValidationCallback = _authority.Accepts;
            });
    });
}
