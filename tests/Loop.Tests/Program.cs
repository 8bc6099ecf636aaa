// The tests; with `faults` as its first word, the long form of one of them; with `tour`, the pictures of docs/tour.md.
using AutoDev.Loop.Tests;
using AutoDev.Loop.Tests.Faults;
using AutoDev.Loop.Tests.Tour;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

if (args is ["faults", .. var rest]) return await FaultCommand.RunAsync(rest);
if (args is ["tour"]) return await TourCommand.RunAsync();

// As the entry point that xUnit would generate.
return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
    ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await ConsoleRunner.Run(args);
