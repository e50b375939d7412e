namespace MeshMcp.Lab.Commands;

/// <summary>A node comes, or goes again.</summary>
static class AddCommand
{
    public static async Task<int> RunAsync(MeshLab lab, string node)
    {
        await lab.AddNodeAsync(node, new Printed());
        Console.WriteLine($"{node} is a node of the mesh; the server lists it within seconds. Take it away with: remove-node {node}");
        return 0;
    }

    public static async Task<int> UndoAsync(MeshLab lab, string node)
    {
        await lab.RemoveNodeAsync(node, new Printed());
        Console.WriteLine($"{node} has left the mesh; nothing of it is left.");
        return 0;
    }
}
