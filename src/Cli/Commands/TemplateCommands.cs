using System.CommandLine;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl template</c>: the root file systems that containers are made from.</summary>
static class TemplateCommands
{
    static readonly Argument<string> Name = new("NAME") { Description = "The template's name, as a container's properties.template has it." };
    static readonly Argument<string> Source = new("ROOTFS-OR-TARBALL") { Description = "A root file system on this node: a folder, or a tarball." };
    static readonly Argument<string> Kind = new("KIND") { Description = "busybox: from this node's own busybox. busybox-glibc: the same with its C library, enough for our own server. debian: from Debian's packages, with mmdebstrap." };

    public static Command Create()
    {
        Kind.AcceptOnlyFromAmong("busybox", "busybox-glibc", "debian");
        var add = LocalNode.Verb("add", "Add a template from a root file system on this node.",
            ["meshctl template add alpine-3.19 /root/alpine-minirootfs-3.19.tar.gz", "meshctl template add ubuntu-22.04 /srv/ubuntu"],
            async (node, parse, printer, ct) => Print(await node.AddTemplateAsync(parse.GetRequiredValue(Name), new() { Source = Path.GetFullPath(parse.GetRequiredValue(Source)) }, ct), printer));
        add.Add(Name);
        add.Add(Source);
        var build = LocalNode.Verb("build", "Build a template.",
            ["meshctl template build busybox small", "meshctl template build debian debian-12"],
            async (node, parse, printer, ct) => Print(await node.AddTemplateAsync(parse.GetRequiredValue(Name), new() { Build = parse.GetRequiredValue(Kind) }, ct), printer));
        build.Add(Kind);
        build.Add(Name);
        var image = new Argument<string?>("IMAGE") { Description = "DISTRIBUTION/RELEASE, or with a variant debian/bookworm/cloud; else as the name says: alpine-3.19 is alpine/3.19.", Arity = ArgumentArity.ZeroOrOne };
        var server = new Option<string>("--server") { Description = "An image server in the form of LXC's.", DefaultValueFactory = _ => NewTemplate.LxcImages, HelpName = "URL" };
        var download = LocalNode.With(LocalNode.Verb("download", "Add a template from an image server, checked against its checksum.",
            ["meshctl template download alpine-3.19", "meshctl template download web debian/bookworm"],
            async (node, parse, printer, ct) => Print(await node.AddTemplateAsync(parse.GetRequiredValue(Name), new() { Image = parse.GetValue(image) ?? ImageOf(parse.GetRequiredValue(Name)), Server = parse.GetRequiredValue(server) }, ct), printer)),
            Name, image, server);
        var remove = LocalNode.Verb("remove", "Remove a template; containers made from it stay as they are.",
            ["meshctl template remove small"],
            async (node, parse, printer, ct) => Print(await node.RemoveTemplateAsync(parse.GetRequiredValue(Name), ct), printer));
        remove.Add(Name);
        var list = LocalNode.Verb("list", "List the templates of this node.", ["meshctl template list"], async (node, _, printer, ct) => Print(await node.TemplatesAsync(ct), printer));
        return new("template", "The root file systems that containers of this node are made from.") { list, add, download, build, remove };
    }

    /// <summary>Image servers call releases by their code names where distributions have some.</summary>
    static string ImageOf(string name) => name switch
    {
        "debian-12" => "debian/bookworm",
        "debian-13" => "debian/trixie",
        "ubuntu-22.04" => "ubuntu/jammy",
        "ubuntu-24.04" => "ubuntu/noble",
        _ when name.Split('-', 2) is [var distribution, var release] => $"{distribution}/{release}",
        _ => throw new MeshException(ErrorKind.InvalidArgument, $"Which image is {name}?", "IMAGE", "Say it: meshctl template download NAME alpine/3.19."),
    };

    static void Print(Template template, Printer printer) => printer.Show(template, console => console.WriteLine($"template {Plain.Text(template.Name)} ({template.Kind}) is ready"));

    static void Print(TemplateList list, Printer printer) => printer.Show(list, console =>
    {
        var table = Plain.Table("TEMPLATE", "KIND", "FROM");
        foreach (var template in list.Templates) table.Row(template.Name, template.Kind, $"{template.At:u}");
        console.Write(table);
    });
}
