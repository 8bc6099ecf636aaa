using System.Reflection;
using AutoDev.ServiceDefaults.Messaging;
using MassTransit;

namespace AutoDev.Architecture.Tests;

/// <summary>The repository's files and the services' assemblies, for rules to look at.</summary>
static class Sources
{
    public static readonly string[] Services = ["Reflection", "Memento", "Evolver", "SandboxRunner", "Fitness", "Governance", "Console"];

    public static string Root { get; } = FindRoot();

    public static IEnumerable<string> CSharp(params string[] folders) => folders
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories))
        .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));

    public static string Relative(string file) => Path.GetRelativePath(Root, file);

    public static Assembly Load(string project) => Assembly.Load("AutoDev." + project);

    /// <summary>The service's consumers with the messages that each hears; of plain JSON in batches the type does not tell which.</summary>
    public static IEnumerable<(string Service, Type Consumer, Type[] Messages)> Consumers() =>
        from service in Services
        from type in Load(service).GetTypes().Concat(Shared(service))
        where type is { IsClass: true, IsAbstract: false }
        let messages = type.GetInterfaces().Where(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IConsumer<>)).Select(i => i.GetGenericArguments()[0]).ToArray()
        where messages.Length > 0 || type.IsAssignableTo(typeof(IBatchConsumer))
        select (service, type, messages);

    /// <summary>The plumbing's consumers run in every service, the gate's in those that gate, the ledger's in those that call models.</summary>
    static IEnumerable<Type> Shared(string service)
    {
        var defaults = Load("ServiceDefaults").GetTypes();
        if (!Load(service).GetReferencedAssemblies().Any(a => a.Name == "AutoDev.Gating") || !Calls(service, ".AddGating()")) return defaults;
        return defaults.Concat(Load("Gating").GetTypes().Where(t => t.Namespace != "AutoDev.Gating.Spend" || Calls(service, ".AddSpend()")));
    }

    static bool Calls(string service, string method) =>
        CSharp($"services/{service}").Any(file => File.ReadAllText(file).Contains(method, StringComparison.Ordinal));

    static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "AutoDev.sln"))) folder = folder.Parent ?? throw new InvalidOperationException("AutoDev.sln is above no folder of this test.");
        return folder.FullName;
    }
}
