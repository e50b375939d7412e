using MeshMcp.Cli.Commands;

return await Meshctl.RunAsync(args, Console.Out, Console.Error);
