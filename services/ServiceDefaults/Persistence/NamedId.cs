using System.Security.Cryptography;
using System.Text;

namespace AutoDev.ServiceDefaults.Persistence;

/// <summary>Ids that follow from what they stand for, so that a repeated message or click finds what the first one made.</summary>
public static class NamedId
{
    /// <summary>The id of this name; the same on every machine.</summary>
    public static Guid Of(string name)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16);
        bytes[6] = (byte)(bytes[6] & 0x0F | 0x80); // RFC 9562 version 8, variant 10
        bytes[8] = (byte)(bytes[8] & 0x3F | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
