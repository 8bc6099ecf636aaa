using System.IO.Compression;
using System.IO.Pipelines;
using System.Text;
using AutoDev.Memento.Exchange;
using CsCheck;
using Xunit;

namespace AutoDev.Memento.Tests.Exchange;

/// <summary>What honest tools write is read, and damage never does more than to have an archive refused.</summary>
public sealed class UntrustedZipTests
{
    static readonly byte[] Honest = RawZip.Of(new RawEntry("shout/pyproject.toml", "[project]\n"), new("shout/a.py", HostileArchives.Code), new("shout/b.txt", "b") { Method = 0 });

    [Fact]
    public async Task The_archive_of_python_is_read_with_its_folders()
    {
        var folder = Directory.CreateTempSubdirectory("autodev-zip-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "shout"));
            await File.WriteAllTextAsync(Path.Combine(folder, "shout/größe.py"), HostileArchives.Code, TestContext.Current.CancellationToken);
            await ExchangeFixture.RunAsync(folder, "python3", "-m", "zipfile", "-c", "x.zip", "shout");
            var file = Assert.Single(UntrustedZip.Read(await File.ReadAllBytesAsync(Path.Combine(folder, "x.zip"), TestContext.Current.CancellationToken)));
            Assert.Equal(("shout/größe.py", HostileArchives.Code), (file.Path, Encoding.UTF8.GetString(file.Bytes)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task An_archive_that_was_written_in_one_go_has_its_sums_after_the_data_and_is_read()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await using (var zip = new ZipArchive(pipe.Writer.AsStream(), ZipArchiveMode.Create))
        {
            await using var writer = new StreamWriter(await zip.CreateEntry("shout/a.py").OpenAsync(TestContext.Current.CancellationToken));
            await writer.WriteAsync(HostileArchives.Code);
        }

        await pipe.Writer.CompleteAsync();
        using var bytes = new MemoryStream();
        await pipe.Reader.CopyToAsync(bytes, TestContext.Current.CancellationToken);
        Assert.Equal(0x08, bytes.ToArray()[6] & 0x08);
        Assert.Equal(HostileArchives.Code, Encoding.UTF8.GetString(Assert.Single(UntrustedZip.Read(bytes.ToArray())).Bytes));
    }

    [Fact]
    public void Whatever_bytes_are_changed_it_is_read_as_it_was_or_refused() =>
        Gen.Select(Gen.Int[0, Honest.Length - 1], Gen.Byte).Array[1, 6].Sample(changes =>
        {
            var archive = Honest.ToArray();
            foreach (var (at, value) in changes) archive[at] = value;
            try
            {
                foreach (var file in UntrustedZip.Read(archive)) Assert.DoesNotContain("..", file.Path.Split('/'));
            }
            catch (ArchiveRefusedException)
            {
                // As it should be.
            }
        });

    [Fact]
    public void Whatever_source_there_is_its_functions_are_sought_without_harm() =>
        Gen.Char["def f(x): '\"\\\n#[]{}lambda,=*"].Array[0, 200].Sample(source => PythonSource.Functions(new string(source)));
}
