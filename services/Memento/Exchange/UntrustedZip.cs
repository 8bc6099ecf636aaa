using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using static AutoDev.Memento.Exchange.ArchiveRefusedException;

namespace AutoDev.Memento.Exchange;

/// <summary>
/// Reads a ZIP archive that a stranger may have made to do harm. Only the plainest form is taken, so that no two programs can read two things in it; what the
/// library's reader does not show (places, flags, the bytes of names) or does not check (sums) is read here, and only the unpacking is left to it.
/// </summary>
static class UntrustedZip
{
    /// <summary>Longest archive, in bytes: as much as the Console's origin lets through.</summary>
    public const int MostBytes = 2 * 1024 * 1024;

    /// <summary>Longest content of all files together, in bytes.</summary>
    public const int MostUnpacked = 16 * 1024 * 1024;

    const int MostUnpackedOfOne = 4 * 1024 * 1024;
    const int MostEntries = 2000;
    const int LongestName = 256;
    const int Deepest = 12;
    const int RatioMattersFrom = 1024 * 1024;
    const int MostRatio = 200;

    const uint EndMark = 0x06054b50, EntryMark = 0x02014b50, LocalMark = 0x04034b50, Zip64Mark = 0x07064b50;
    const int EndSize = 22, EntrySize = 46, LocalSize = 30, LongestComment = ushort.MaxValue;
    const ushort Zip64Extra = 0x0001, UnicodePathExtra = 0x7075;
    const int Encrypted = 0x0001 | 0x0040 | 0x2000, HasDescriptor = 0x0008, AnyMeaning = 0x0002 | 0x0004 | HasDescriptor | 0x0800;
    const int TypeMask = 0xF000, RegularFile = 0x8000, Folder = 0x4000;

    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    static readonly string[] ArchiveExtensions = [".zip", ".whl", ".egg", ".jar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".zst", ".lz4"];

    /// <summary>Its files. Nothing is unpacked before all entries are found to be in order.</summary>
    /// <exception cref="ArchiveRefusedException">It is not taken.</exception>
    public static IReadOnlyList<ArchiveFile> Read(ReadOnlyMemory<byte> archive)
    {
        if (archive.Length > MostBytes) throw TooLarge(null, $"It is larger than {MostBytes / 1024 / 1024} MiB.");
        var entries = Entries(archive.Span);
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in entries)
        {
            // "a" and "a/" or "a/b": one of them would have to be a file and a folder.
            if (!names.Add(entry.Name.TrimEnd('/'))) throw Broken(entry.Name, "It is in the archive more than once.");
        }

        var folders = entries.SelectMany(e => Parents(e.Name)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (entries.FirstOrDefault(e => !e.IsFolder && folders.Contains(e.Name)) is { } both) throw Broken(both.Name, "It is a file and a folder.");
        if (entries.Sum(e => (long)e.Size) > MostUnpacked)
            throw TooLarge(null, $"Unpacked it is larger than {MostUnpacked / 1024 / 1024} MiB.");

        var end = 0L;
        foreach (var entry in entries.OrderBy(e => e.From))
        {
            if (entry.From < end) throw Broken(entry.Name, "It overlaps another entry.");
            end = entry.DataFrom + entry.PackedSize;
        }

        return [.. entries.Where(e => !e.IsFolder).Select(e => Unpack(e, archive))];
    }

    static List<Entry> Entries(ReadOnlySpan<byte> archive)
    {
        var endAt = EndOf(archive);
        var end = archive[endAt..];
        if (endAt >= 20 && U32(archive, endAt - 20) == Zip64Mark) throw Broken(null, "It is ZIP64, which an archive of this size has no need of.");
        var (count, size, from) = (U16(end, 10), U32(end, 12), U32(end, 16));
        if (U16(end, 4) != 0 || U16(end, 6) != 0 || U16(end, 8) != count) throw Broken(null, "It is a part of several.");
        if (count == ushort.MaxValue || size == uint.MaxValue || from == uint.MaxValue)
            throw Broken(null, "It is ZIP64, which an archive of this size has no need of.");
        if (count > MostEntries) throw TooLarge(null, $"It has {count:N0} entries; at most {MostEntries:N0} are taken.");
        if ((long)from + size != endAt) throw Broken(null, "Its directory is not where it says.");

        var directory = archive.Slice((int)from, (int)size);
        var entries = new List<Entry>(count);
        var at = 0;
        for (var i = 0; i < count; i++)
        {
            if (directory.Length - at < EntrySize || U32(directory, at) != EntryMark) throw Broken(null, $"Entry {i + 1} of its directory is damaged.");
            var (name, extra, comment) = (U16(directory, at + 28), U16(directory, at + 30), U16(directory, at + 32));
            var length = EntrySize + name + extra + comment;
            if (directory.Length - at < length) throw Broken(null, $"Entry {i + 1} of its directory is cut off.");
            entries.Add(EntryOf(directory.Slice(at, length), archive, (int)from));
            at += length;
        }

        return at == directory.Length ? entries : throw Broken(null, "Its directory holds more than its entries.");
    }

    // From the end back, since a comment may follow.
    static int EndOf(ReadOnlySpan<byte> archive)
    {
        for (var at = archive.Length - EndSize; at >= Math.Max(0, archive.Length - EndSize - LongestComment); at--)
        {
            if (U32(archive, at) == EndMark && at + EndSize + U16(archive, at + 20) == archive.Length) return at;
        }

        throw Broken(null, "It is no ZIP archive, or its end is missing.");
    }

    static Entry EntryOf(ReadOnlySpan<byte> header, ReadOnlySpan<byte> archive, int directoryFrom)
    {
        var rawName = header.Slice(EntrySize, U16(header, 28));
        var name = NameOf(rawName);
        var (flags, method, sum, packed, size, from) = (U16(header, 8), U16(header, 10), U32(header, 16), U32(header, 20), U32(header, 24), U32(header, 42));
        var isFolder = name[^1] == '/';
        if ((flags & Encrypted) != 0) throw Broken(name, "It is encrypted.");
        if ((flags & ~AnyMeaning) != 0) throw Broken(name, "It has flags that are not taken.");
        if (method is not (0 or 8)) throw Broken(name, "It is compressed in a way that is not taken: only deflate is.");
        if (U16(header, 34) != 0) throw Broken(name, "It is in another part of the archive.");
        var extra = header.Slice(EntrySize + rawName.Length, U16(header, 30));
        if (packed == uint.MaxValue || size == uint.MaxValue || from == uint.MaxValue || HasExtra(extra, name, Zip64Extra))
            throw Broken(name, "It is ZIP64, which an archive of this size has no need of.");
        if (HasExtra(extra, name, UnicodePathExtra)) throw Broken(name, "It has a second name.");
        var type = (U32(header, 38) >> 16) & TypeMask;
        if (type != 0 && type != (isFolder ? Folder : RegularFile)) throw Broken(name, "It is a link or a device: only files and folders are taken.");
        if (size > MostUnpackedOfOne) throw TooLarge(name, $"Unpacked it is larger than {MostUnpackedOfOne / 1024 / 1024} MiB.");
        if (size > RatioMattersFrom && size / MostRatio > packed) throw TooLarge(name, $"It is compressed by more than {MostRatio} to 1.");
        if ((isFolder && size != 0) || (method == 0 && packed != size)) throw Broken(name, "Its sizes contradict each other.");

        // The header before the data must say the same, or one program would read another file here than the next.
        if ((long)from + LocalSize > directoryFrom || U32(archive, (int)from) != LocalMark) throw Broken(name, "It is not where the directory says.");
        var local = archive[(int)from..directoryFrom];
        var (nameLength, extraLength) = (U16(local, 26), U16(local, 28));
        if (local.Length < LocalSize + nameLength + extraLength + (long)packed) throw Broken(name, "It reaches into the directory.");
        var agrees = U16(local, 6) == flags && U16(local, 8) == method && local.Slice(LocalSize, nameLength).SequenceEqual(rawName)
            && ((flags & HasDescriptor) != 0 || (U32(local, 14) == sum && U32(local, 18) == packed && U32(local, 22) == size));
        if (!agrees) throw Broken(name, "What stands before it and in the directory differs.");
        if (HasExtra(local.Slice(LocalSize + nameLength, extraLength), name, UnicodePathExtra)) throw Broken(name, "It has a second name.");
        return new(name, isFolder, method == 8, sum, (int)packed, (int)size, from, (int)from + LocalSize + nameLength + extraLength);
    }

    static string NameOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0) throw Broken(null, "An entry has no name.");
        if (bytes.Length > LongestName) throw Broken(Encoding.UTF8.GetString(bytes[..LongestName]), $"Its name is longer than {LongestName} bytes.");
        string name;
        try
        {
            name = Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Broken(Encoding.Latin1.GetString(bytes), "Its name is not UTF-8.");
        }

        if (name.Any(char.IsControl)) throw Broken(name, "Its name has control characters.");
        if (name[0] == '/' || name.Contains(':', StringComparison.Ordinal)) throw Broken(name, "Its path is absolute.");
        if (name.Contains('\\', StringComparison.Ordinal)) throw Broken(name, "Its path has a backslash.");
        var parts = name.TrimEnd('/').Split('/');
        if (parts.Any(p => p is "" or "." or "..") || name.EndsWith("//", StringComparison.Ordinal)) throw Broken(name, "Its path leads out of the archive.");
        return parts.Length <= Deepest ? name : throw Broken(name, $"It lies deeper than {Deepest} folders.");
    }

    static bool HasExtra(ReadOnlySpan<byte> extras, string name, ushort kind)
    {
        for (var at = 0; at < extras.Length;)
        {
            if (extras.Length - at < 4 || extras.Length - at - 4 < U16(extras, at + 2)) throw Broken(name, "Its extra fields are damaged.");
            if (U16(extras, at) == kind) return true;
            at += 4 + U16(extras, at + 2);
        }

        return false;
    }

    static ArchiveFile Unpack(Entry entry, ReadOnlyMemory<byte> archive)
    {
        var packed = archive.Slice(entry.DataFrom, entry.PackedSize).ToArray();
        var bytes = entry.IsDeflated ? Inflate(entry, packed) : packed;
        if (Crc32.HashToUInt32(bytes) != entry.Sum) throw Broken(entry.Name, "Its CRC is wrong: it is damaged.");
        if (IsArchive(entry.Name, bytes)) throw Broken(entry.Name, "It is an archive itself: archives within archives are not taken.");
        return new(entry.Name, bytes);
    }

    // What it says its size is decides how much is read, never how much there is.
    static byte[] Inflate(Entry entry, byte[] packed)
    {
        var bytes = new byte[entry.Size];
        try
        {
            using var deflate = new DeflateStream(new MemoryStream(packed), CompressionMode.Decompress);
            if (deflate.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
                throw Broken(entry.Name, "Unpacked it is shorter than it says.");
            if (deflate.ReadByte() >= 0) throw Broken(entry.Name, "Unpacked it is longer than it says.");
            return bytes;
        }
        catch (InvalidDataException)
        {
            throw Broken(entry.Name, "It cannot be unpacked: it is damaged.");
        }
    }

    static bool IsArchive(string name, ReadOnlySpan<byte> bytes) =>
        ArchiveExtensions.Any(e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase)) || bytes.StartsWith("PK\x03\x04"u8) || bytes.StartsWith("BZh"u8)
        || bytes.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) || bytes.StartsWith((ReadOnlySpan<byte>)[0x37, 0x7A, 0xBC, 0xAF])
        || bytes.StartsWith((ReadOnlySpan<byte>)[0xFD, 0x37, 0x7A, 0x58, 0x5A]);

    static IEnumerable<string> Parents(string name)
    {
        for (var at = name.TrimEnd('/').LastIndexOf('/'); at > 0; at = name.LastIndexOf('/', at - 1)) yield return name[..at];
    }

    static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    sealed record Entry(string Name, bool IsFolder, bool IsDeflated, uint Sum, int PackedSize, int Size, long From, int DataFrom);
}
