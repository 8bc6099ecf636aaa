using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace AutoDev.SandboxRunner.Engine;

/// <summary>The frames that go to and come from <c>deploy/sandbox/runner.py</c>, which describes them. Everything read here may be hostile.</summary>
static class SupervisorProtocol
{
    /// <summary>The protocol of this version; an image that speaks another must be built again.</summary>
    public const int Version = 1;

    /// <summary>No honest report is larger.</summary>
    public const int MaxReportBytes = 16 << 20;

    static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, MaxDepth = 4 };

    /// <summary>The request, frame by frame.</summary>
    public static IEnumerable<byte[]> Request(SandboxJob job, SandboxOptions options)
    {
        yield return Frame(JsonSerializer.SerializeToUtf8Bytes(new
        {
            Function = job.FunctionName,
            Inputs = job.Inputs.Count,
            TotalSeconds = job.Limits.TimeoutSeconds,
            options.CallSeconds,
            options.AnalysisSeconds,
            job.Limits.OutputBytes,
            options.ResultBytes,
            options.AnswerBytes,
        }, SnakeCase));
        yield return Frame(Encoding.UTF8.GetBytes(job.Source));
        foreach (var input in job.Inputs) yield return Frame(Encoding.UTF8.GetBytes(input));
    }

    /// <summary>Takes a report's frame apart.</summary>
    /// <exception cref="InvalidDataException">It is not one.</exception>
    public static Report Parse(ReadOnlyMemory<byte> frame)
    {
        var header = Part(ref frame);
        Report report;
        try
        {
            report = JsonSerializer.Deserialize<Header>(header.Span, SnakeCase)?.ToReport()
                ?? throw new InvalidDataException("The supervisor sent an empty header");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException("The supervisor sent a header that is not JSON", e);
        }

        var (stdout, stderr, answer) = (Part(ref frame), Part(ref frame), Part(ref frame));
        return report with { Stdout = stdout, Stderr = stderr, Answer = AnswerOf(answer) };
    }

    /// <summary>A child may write anything where its answer belongs; <c>null</c> if it is no answer.</summary>
    static Answer? AnswerOf(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty) return null;
        var kind = (char)bytes.Span[0];
        bytes = bytes[1..];
        try
        {
            var answer = new Answer(kind, Part(ref bytes), Part(ref bytes), Part(ref bytes));
            return bytes.IsEmpty ? answer : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    static ReadOnlyMemory<byte> Part(ref ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length < 4) throw new InvalidDataException("A frame ends too early");
        var size = BinaryPrimitives.ReadUInt32BigEndian(bytes.Span);
        if (size > bytes.Length - 4) throw new InvalidDataException("A frame is shorter than it says");
        var part = bytes.Slice(4, (int)size);
        bytes = bytes[(4 + (int)size)..];
        return part;
    }

    static byte[] Frame(byte[] content)
    {
        var frame = new byte[content.Length + 4];
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)content.Length);
        content.CopyTo(frame, 4);
        return frame;
    }

    sealed record Header(string Kind, string? Ended, int Version, double WallMs, double CpuMs, long PeakKb, int? Signal, int? Exit)
    {
        public Report ToReport() => new()
        {
            Kind = Kind, Ended = Ended ?? "", Version = Version, WallMs = WallMs, CpuMs = CpuMs, PeakKb = PeakKb, Signal = Signal, Exit = Exit,
        };
    }
}
