using System.IO.Compression;
using System.IO.Hashing;
using System.Text;

namespace AutoDev.Memento.Tests.Exchange;

/// <summary>An entry of an archive as somebody with bad intent writes it: whatever is not set is as it should be.</summary>
sealed record RawEntry(string Name, byte[] Content)
{
    public RawEntry(string name, string content)
        : this(name, Encoding.UTF8.GetBytes(content))
    {
    }

    public byte[]? RawName { get; init; }

    public byte[]? LocalName { get; init; }

    public byte[]? Packed { get; init; }

    public ushort Method { get; init; } = 8;

    public ushort Flags { get; init; } = 0x0800;

    public uint? Crc { get; init; }

    public uint? Size { get; init; }

    public uint? PackedSize { get; init; }

    public uint Attributes { get; init; }

    public byte[] Extra { get; init; } = [];

    /// <summary>Points into another entry instead of to its own.</summary>
    public int? Offset { get; init; }
}

/// <summary>Writes ZIP archives byte by byte, right or wrong.</summary>
static class RawZip
{
    public static byte[] Of(params IEnumerable<RawEntry> entries) => Write([.. entries]);

    public static byte[] Write(IReadOnlyList<RawEntry> entries, int? count = null, uint? directoryAt = null, byte[]? beforeEnd = null, byte[]? after = null)
    {
        using var stream = new MemoryStream();
        using var zip = new BinaryWriter(stream);
        var directory = new List<byte[]>();
        foreach (var entry in entries)
        {
            var packed = entry.Packed ?? (entry.Method == 8 ? Deflate(entry.Content) : entry.Content);
            var (name, crc, size, packedSize) = (
                entry.RawName ?? Encoding.UTF8.GetBytes(entry.Name), entry.Crc ?? Crc32.HashToUInt32(entry.Content), entry.Size ?? (uint)entry.Content.Length,
                entry.PackedSize ?? (uint)packed.Length);
            var at = (uint)stream.Position;
            zip.Write(0x04034b50u);
            Common(zip, entry, crc, packedSize, size, (entry.LocalName ?? name).Length);
            zip.Write(entry.LocalName ?? name);
            zip.Write(packed);

            using var header = new MemoryStream();
            using var writer = new BinaryWriter(header);
            writer.Write(0x02014b50u);
            writer.Write((ushort)(3 << 8 | 20));
            Common(writer, entry, crc, packedSize, size, name.Length, entry.Extra.Length);
            writer.Write((ushort)0);
            writer.Write((ushort)0);
            writer.Write((ushort)0);
            writer.Write(entry.Attributes);
            writer.Write((uint?)entry.Offset ?? at);
            writer.Write(name);
            writer.Write(entry.Extra);
            directory.Add(header.ToArray());
        }

        var from = (uint)stream.Position;
        foreach (var header in directory) zip.Write(header);
        var length = (uint)stream.Position - from;
        zip.Write(beforeEnd ?? []);
        zip.Write(0x06054b50u);
        zip.Write(0u);
        zip.Write((ushort)(count ?? entries.Count));
        zip.Write((ushort)(count ?? entries.Count));
        zip.Write(length);
        zip.Write(directoryAt ?? from);
        zip.Write((ushort)0);
        zip.Write(after ?? []);
        return stream.ToArray();
    }

    static void Common(BinaryWriter zip, RawEntry entry, uint crc, uint packed, uint size, int name, int extra = 0)
    {
        zip.Write((ushort)20);
        zip.Write(entry.Flags);
        zip.Write(entry.Method);
        zip.Write(0x00210000u);
        zip.Write(crc);
        zip.Write(packed);
        zip.Write(size);
        zip.Write((ushort)name);
        zip.Write((ushort)extra);
    }

    static byte[] Deflate(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal)) deflate.Write(content);
        return packed.ToArray();
    }
}
