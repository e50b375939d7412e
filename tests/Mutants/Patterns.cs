using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MeshMcp.Mutants;

static class Patterns
{
    /// <summary>The pattern with one alternative less, one condition less, or one border moved.</summary>
    public static IEnumerable<string> Others(PatternSyntax pattern, IReadOnlyDictionary<SyntaxKind, string> neighbours)
    {
        foreach (var whole in pattern.DescendantNodesAndSelf().OfType<BinaryPatternSyntax>().Where(p => p.Parent is not BinaryPatternSyntax above || above.Kind() != p.Kind()))
        {
            PatternSyntax[] parts = [.. Flat(whole, whole.Kind())];
            for (var i = 0; i < parts.Length; i++)
                yield return Replaced(pattern, whole, string.Join($" {whole.OperatorToken.Text} ", parts.Where((_, n) => n != i)));
        }
        foreach (var border in pattern.DescendantNodesAndSelf().OfType<RelationalPatternSyntax>())
            if (neighbours.TryGetValue(border.OperatorToken.Kind(), out var neighbour)) yield return Replaced(pattern, border, $"{neighbour} {border.Expression}");
    }

    static IEnumerable<PatternSyntax> Flat(PatternSyntax pattern, SyntaxKind kind) =>
        pattern is BinaryPatternSyntax both && both.Kind() == kind ? [.. Flat(both.Left, kind), .. Flat(both.Right, kind)] : [pattern];

    static string Replaced(PatternSyntax pattern, SyntaxNode part, string text) =>
        pattern.ToString().Remove(part.SpanStart - pattern.SpanStart, part.Span.Length).Insert(part.SpanStart - pattern.SpanStart, text);
}
