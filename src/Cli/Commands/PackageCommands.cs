using System.CommandLine;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Edits;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl package install|remove|release|status</c>.</summary>
static class PackageCommands
{
    static readonly Argument<string> Package = new("PACKAGE") { Description = "As the distribution calls it." };

    public static Command Create()
    {
        var latest = new Option<bool>("--latest") { Description = "Keep it the latest that a source has." };
        return new("package", "Packages of the distribution that the node keeps as wanted.")
        {
            LocalNode.Edit("install", "Install a package and keep it installed. Taking the change back does not remove it.",
                ["meshctl package install wireguard-tools", "meshctl package install lxc --latest"], parse => new InstallPackage(parse.GetRequiredValue(Package), parse.GetValue(latest)), Package, latest),
            LocalNode.Edit("remove", "Remove a package and keep it removed. What other packages need is not removed.",
                ["meshctl package remove wireguard-tools"], parse => new RemovePackage(parse.GetRequiredValue(Package)), Package),
            LocalNode.Edit("release", "Look after a package no longer. It stays as it is; one that was removed is installed again.",
                ["meshctl package release wireguard-tools"], parse => new ReleasePackage(parse.GetRequiredValue(Package)), Package),
            Status(),
        };
    }

    static Verb Status()
    {
        var name = new Argument<string?>("PACKAGE") { Description = "A package; else those of the state.", Arity = ArgumentArity.ZeroOrOne };
        return LocalNode.With(LocalNode.Verb("status", "Show packages: what is installed, wanted, and to be had.",
            ["meshctl package status", "meshctl package status lxc"],
            async (node, parse, printer, ct) =>
            {
                var list = await node.PackagesAsync(parse.GetValue(name), ct);
                printer.Show(list, console =>
                {
                    if (list.Trouble is { } trouble) console.WriteLine($"PackageKit does not answer: {Plain.Text(trouble)}");
                    var table = Plain.Table("PACKAGE", "INSTALLED", "AVAILABLE", "WANTED");
                    foreach (var package in list.Packages) table.Row(package.Name, package.Installed ?? "-", package.Available ?? "-", package.Wanted?.ToString().ToLowerInvariant());
                    if (list.Packages.Count > 0) console.Write(table);
                });
            }), name);
    }
}
