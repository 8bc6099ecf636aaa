using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace AutoDev.Architecture.Tests.Kubernetes;

/// <summary>What <c>deploy/kubernetes/render</c> made of an overlay.</summary>
sealed class Manifests
{
    static readonly Dictionary<string, Type> BuiltIn = new(StringComparer.Ordinal)
    {
        ["v1/Namespace"] = typeof(V1Namespace), ["v1/Service"] = typeof(V1Service), ["v1/ConfigMap"] = typeof(V1ConfigMap), ["v1/Secret"] = typeof(V1Secret),
        ["apps/v1/Deployment"] = typeof(V1Deployment), ["policy/v1/PodDisruptionBudget"] = typeof(V1PodDisruptionBudget),
        ["networking.k8s.io/v1/Ingress"] = typeof(V1Ingress), ["networking.k8s.io/v1/NetworkPolicy"] = typeof(V1NetworkPolicy),
    };

    /// <summary>What a provider might give, hard to quote.</summary>
    public const string ClientSecret = """a~b.c="d\e""";

    readonly string _text;

    Manifests(string text)
    {
        _text = text;
        Documents = [.. text.Split("\n---\n").Select(document => document.Trim()).Where(document => document.Length > 0).Select(document => (document, Yaml.Read(document)))];
    }

    public static string Folder { get; } = Path.Combine(Sources.Root, "deploy/kubernetes");

    public static string Approved { get; } = Path.Combine(Sources.Root, "tests/Architecture.Tests/Approved/kubernetes");

    public IReadOnlyList<(string Text, JsonNode Node)> Documents { get; }

    /// <summary>The line that says of which sources this was rendered.</summary>
    public string Header => _text[.._text.IndexOf('\n', StringComparison.Ordinal)];

    public static Manifests Of(string overlay) => new(File.ReadAllText(Path.Combine(Approved, overlay + ".yaml")));

    /// <summary>What <c>deploy/kubernetes/secrets</c> prints for a folder that has what people sign in with, and nothing else.</summary>
    public static Manifests Secrets()
    {
        var folder = Directory.CreateTempSubdirectory("autodev-secrets-");
        try
        {
            using var person = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            File.WriteAllText(Path.Combine(folder.FullName, "person.key"), person.ExportECPrivateKeyPem());
            File.WriteAllText(Path.Combine(folder.FullName, "person.pub"), person.ExportSubjectPublicKeyInfoPem());
            File.WriteAllText(Path.Combine(folder.FullName, "client-secret"), ClientSecret + "\n");
            using var script = Process.Start(new ProcessStartInfo("bash", [Path.Combine(Folder, "secrets"), folder.FullName]) { RedirectStandardOutput = true, UseShellExecute = false })!;
            var printed = script.StandardOutput.ReadToEnd();
            script.WaitForExit();
            return new(printed.TrimStart('-', '\n'));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>As <c>render</c> counts it.</summary>
    public static string HashOfSources()
    {
        var lines = new StringBuilder();
        foreach (var file in new[] { "base", "small", "production" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Folder, folder), "*", SearchOption.AllDirectories))
                     .Select(file => Path.GetRelativePath(Folder, file)).Order(StringComparer.Ordinal))
            lines.Append(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(Folder, file))))).Append("  ").Append(file).Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines.ToString())));
    }

    /// <summary>Those of a kind that every cluster has.</summary>
    /// <exception cref="Exception">One of them has a field that the API does not know, or of another type.</exception>
    public IEnumerable<IKubernetesObject<V1ObjectMeta>> OfTheApi() => Documents.Where(d => BuiltIn.ContainsKey(KindOf(d.Node))).Select(d =>
    {
        try
        {
            return (IKubernetesObject<V1ObjectMeta>)typeof(KubernetesYaml).GetMethods().First(m => m is { Name: nameof(KubernetesYaml.Deserialize), IsGenericMethod: true } && m.GetParameters() is [{ ParameterType: var first }, ..] && first == typeof(string))
                .MakeGenericMethod(BuiltIn[KindOf(d.Node)]).Invoke(null, [d.Text, true])!;
        }
        catch (System.Reflection.TargetInvocationException e)
        {
            throw new InvalidDataException($"{KindOf(d.Node)} {NameOf(d.Node)}: {e.InnerException!.Message} {e.InnerException.InnerException?.Message}", e);
        }
    });

    /// <summary>Those that operators bring along.</summary>
    public IEnumerable<JsonNode> Custom() => Documents.Select(d => d.Node).Where(node => !BuiltIn.ContainsKey(KindOf(node)));

    public IEnumerable<T> All<T>() => OfTheApi().OfType<T>();

    public IEnumerable<JsonNode> All(string kind) => Documents.Select(d => d.Node).Where(node => (string?)node["kind"] == kind);

    public static string KindOf(JsonNode node) => $"{node["apiVersion"]}/{node["kind"]}";

    public static string NameOf(JsonNode node) => $"{node["metadata"]!["namespace"]}/{node["metadata"]!["name"]}";
}
