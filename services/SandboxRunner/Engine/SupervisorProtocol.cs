using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace AutoDev.SandboxRunner.Engine;

/// <summary>The frames that go to and come from <c>deploy/sandbox/runner.py</c>, which describes them. Everything read here may be hostile.</summary>
static class SupervisorProtocol
{
    /// <summary>The protocol of this version; an image that speaks another must be built again.</summary>
    public const int Version = 2;

    /// <summary>No honest report is larger.</summary>
    public const int MaxReportBytes = 16 << 20;

    static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, MaxDepth = 4 };

    /// <summary>Asks for a run.</summary>
    /// <param name="job">What to run.</param>
    /// <param name="options">The settings.</param>
    /// <param name="answers">Whether results and outputs are wanted, not only how each call ended.</param>
    public static ReadOnlyMemory<byte> Run(SandboxJob job, SandboxOptions options, bool answers = true) => Frames(
        new
        {
            Op = "run",
            Function = job.FunctionName,
            Inputs = job.Inputs.Count,
            job.Analyse,
            Fresh = (job.Isolation ?? options.Isolation) == Isolation.Input,
            Answers = answers,
            TotalSeconds = job.Limits.TimeoutSeconds,
            options.CallSeconds,
            options.AnalysisSeconds,
            job.Limits.OutputBytes,
            options.ResultBytes,
            options.AnswerBytes,
        },
        [job.Source, .. job.Inputs]);

    /// <summary>Asks one of the image's analysers.</summary>
    public static ReadOnlyMemory<byte> Tool(ToolJob job) =>
        Frames(new { Op = "tool", job.Tool, AnalysisSeconds = job.Limits.TimeoutSeconds }, [job.Argument, job.Source]);

    /// <summary>Asks which limits hold.</summary>
    public static ReadOnlyMemory<byte> Limits() => Frames(new { Op = "limits" }, []);

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
            if (report.Kind is "ready" or "limits") report = report with { Held = JsonSerializer.Deserialize<HeldLimits>(header.Span, SnakeCase) };
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

    /// <summary>A whole request in one piece: each write costs a trip through the engine.</summary>
    static ReadOnlyMemory<byte> Frames<T>(T header, string[] texts)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(header, SnakeCase);
        var frames = new ArrayBufferWriter<byte>(json.Length + 4 + texts.Sum(t => Encoding.UTF8.GetMaxByteCount(Math.Min(t.Length, 1 << 16)) + 4));
        Write(json);
        foreach (var text in texts) Write(Encoding.UTF8.GetBytes(text));
        return frames.WrittenMemory;

        void Write(ReadOnlySpan<byte> content)
        {
            BinaryPrimitives.WriteUInt32BigEndian(frames.GetSpan(4), (uint)content.Length);
            frames.Advance(4);
            frames.Write(content);
        }
    }

    sealed record Header(string Kind, string? Ended, int Version, double WallMs, double CpuMs, long PeakKb, int? Signal, int? Exit)
    {
        public Report ToReport() => new()
        {
            Kind = Kind, Ended = Ended ?? "", Version = Version, WallMs = WallMs, CpuMs = CpuMs, PeakKb = PeakKb, Signal = Signal, Exit = Exit,
        };
    }
}
