using Pointbook.Server.Hosting;

return await ServerRun.RunAsync(args, static _ => { });
