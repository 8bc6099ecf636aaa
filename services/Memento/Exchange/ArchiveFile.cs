using System.IO.Compression;

namespace AutoDev.Memento.Exchange;

/// <summary>A file of an archive.</summary>
/// <param name="Path">From the archive's root, with slashes.</param>
/// <param name="Bytes">Its content.</param>
sealed record ArchiveFile(string Path, byte[] Bytes)
{
    const int RegularFile = 0x81A4 << 16; // -rw-r--r--

    /// <summary>The same with its path below a folder.</summary>
    public ArchiveFile Below(string folder) => this with { Path = $"{folder}/{Path}" };

    /// <summary>Files as ZIP: the same bytes for the same files, whenever and wherever it is written.</summary>
    public static byte[] Zip(IEnumerable<ArchiveFile> files)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var file in files.OrderBy(f => f.Path, StringComparer.Ordinal))
            {
                var entry = archive.CreateEntry(file.Path, CompressionLevel.Optimal);
                entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
                entry.ExternalAttributes = RegularFile;
                using var content = entry.Open();
                content.Write(file.Bytes);
            }
        }

        return stream.ToArray();
    }
}
