using Pointbook.Server.CommandLine;
using Pointbook.Server.Hosting;
using Pointbook.Server.Storage;

return await CommandLineRun.RunAsync(args, serve: () => ServerRun.RunAsync(args, StorageSetup.AddLedger));
