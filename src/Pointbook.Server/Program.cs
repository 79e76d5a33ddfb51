using Pointbook.Server.Hosting;
using Pointbook.Server.Storage;

return await ServerRun.RunAsync(args, StorageSetup.AddLedger);
