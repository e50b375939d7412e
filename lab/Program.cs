using MeshMcp.Contracts.Errors;
using MeshMcp.Lab.Commands;

try
{
    return await CommandLine.Parse(args).RunAsync();
}
catch (MeshException e)
{
    await Console.Error.WriteLineAsync($"meshmcp-lab: {e.Error.Message}{(e.Error.Hint is { } hint ? " " + hint : "")}");
    return 1;
}
