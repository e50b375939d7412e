using System.Runtime.InteropServices;
using MeshMcp.Cli.Commands;

// The first signal lets a command come to a good end, which may take a while; the second one ends the program.
using var interrupted = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
return await Meshctl.RunAsync(args, Console.Out, Console.Error, interrupted.Token);

void OnSignal(PosixSignalContext signal)
{
    signal.Cancel = !interrupted.IsCancellationRequested;
    interrupted.Cancel();
}
