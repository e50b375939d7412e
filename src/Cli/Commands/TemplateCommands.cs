using System.CommandLine;
using MeshMcp.Cli.Output;
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
        var remove = LocalNode.Verb("remove", "Remove a template; containers made from it stay as they are.",
            ["meshctl template remove small"],
            async (node, parse, printer, ct) => Print(await node.RemoveTemplateAsync(parse.GetRequiredValue(Name), ct), printer));
        remove.Add(Name);
        var list = LocalNode.Verb("list", "List the templates of this node.", ["meshctl template list"], async (node, _, printer, ct) => Print(await node.TemplatesAsync(ct), printer));
        return new("template", "The root file systems that containers of this node are made from.") { list, add, build, remove };
    }

    static void Print(Template template, Printer printer) => printer.Show(template, console => console.WriteLine($"template {Plain.Text(template.Name)} ({template.Kind}) is ready"));

    static void Print(TemplateList list, Printer printer) => printer.Show(list, console =>
    {
        var table = Plain.Table("TEMPLATE", "KIND", "FROM");
        foreach (var template in list.Templates) table.Row(template.Name, template.Kind, $"{template.At:u}");
        console.Write(table);
    });
}
