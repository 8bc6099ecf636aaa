using System.Net.Sockets;
using Docker.DotNet;

namespace AutoDev.SandboxRunner.Engine;

/// <summary>What goes wrong with an engine, as opposed to the code that runs in it.</summary>
static class EngineTrouble
{
    public static bool Is(Exception e) =>
        e is DockerApiException or HttpRequestException or IOException or SocketException or TimeoutException or ObjectDisposedException;

    public static SandboxUnavailableException Explain(Exception e, string image) => new(
        e switch
        {
            DockerImageNotFoundException => $"The sandbox image {image} is missing: build it with deploy/sandbox/build {image}",
            DockerApiException { StatusCode: System.Net.HttpStatusCode.NotFound } api
                when api.ResponseBody?.Contains("No such image", StringComparison.Ordinal) == true
                => $"The sandbox image {image} is missing: build it with deploy/sandbox/build {image}",
            DockerApiException api => $"The Docker engine refused: {(int)api.StatusCode} {api.ResponseBody}",
            _ => $"The Docker engine does not answer: {e.GetBaseException().Message}",
        }, e);
}

/// <summary>A token that is cancelled after a time, or with another.</summary>
static class Deadline
{
    public static CancellationTokenSource After(TimeSpan time, CancellationToken cancellation)
    {
        var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(time);
        return deadline;
    }
}
