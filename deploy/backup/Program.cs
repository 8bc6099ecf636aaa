// Saves, checks and loads all that an installation keeps: docs/backup.md. `deploy/autodev backup` and `restore` call it with the services stopped.
using System.Runtime.Versioning;
using AutoDev.Backup;

[assembly: SupportedOSPlatform("linux")]

try
{
    var installation = Installation.OfEnvironment();
    switch (args)
    {
        case ["save", var folder, .. var options]:
            await new SaveBackup(installation, folder).RunAsync(Value(options, "--admin-key"), Value(options, "--released"));
            return 0;
        case ["check", var folder]:
            Console.WriteLine((await CheckBackup.RunAsync(installation, folder)).InWords());
            return 0;
        case ["load", var folder, .. var options]:
            await new LoadBackup(installation, folder).RunAsync(isReplacing: options.Contains("--replace"));
            return 0;
        default:
            await Console.Error.WriteLineAsync("save FOLDER [--admin-key FILE] [--released FILE] | check FOLDER | load FOLDER [--replace]");
            return 2;
    }
}
catch (BackupException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}

static string? Value(string[] options, string name) => Array.IndexOf(options, name) is >= 0 and var at && at + 1 < options.Length ? options[at + 1] : null;
