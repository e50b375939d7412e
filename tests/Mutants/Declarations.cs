using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MeshMcp.Mutants;

/// <summary>What variables an expression brings, by when they have a value.</summary>
[Flags]
enum Declared
{
    Nothing = 0,
    /// <summary>Whatever the answer is: <c>out var x</c>.</summary>
    Ever = 1,
    /// <summary><c>is { } x</c>.</summary>
    When = 2,
    /// <summary><c>is not { } x</c>.</summary>
    WhenNot = 4,
}

static class Declarations
{
    public static Declared Of(ExpressionSyntax expression)
    {
        var found = Declared.Nothing;
        foreach (var designation in expression.DescendantNodes(n => n is not AnonymousFunctionExpressionSyntax).OfType<SingleVariableDesignationSyntax>())
        {
            if (designation.Parent is DeclarationExpressionSyntax)
            {
                found |= Declared.Ever;
                continue;
            }
            var negated = designation.Ancestors().TakeWhile(a => a != expression).Append(expression)
                .Count(a => a is UnaryPatternSyntax || a.IsKind(SyntaxKind.LogicalNotExpression)) % 2 == 1;
            found |= negated ? Declared.WhenNot : Declared.When;
        }
        return found;
    }

    public static bool Any(this Declared declared) => declared != Declared.Nothing;
}
