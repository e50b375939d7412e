using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MeshMcp.Mutants;

/// <summary>Names that stand where the language wants a constant: such a one cannot be behind a switch.</summary>
static class FixedNames
{
    public static IReadOnlySet<string> Of(IEnumerable<SyntaxNode> roots) => roots
        .SelectMany(root => root.DescendantNodes().Where(WantsConstant))
        .SelectMany(n => n.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>())
        .Select(n => n.Identifier.Text).ToHashSet();

    static bool WantsConstant(SyntaxNode node) => node switch
    {
        PatternSyntax or AttributeArgumentSyntax or CaseSwitchLabelSyntax or EnumMemberDeclarationSyntax => true,
        EqualsValueClauseSyntax { Parent: ParameterSyntax } => true,
        EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent.Parent: FieldDeclarationSyntax field } } => field.Modifiers.Any(SyntaxKind.ConstKeyword),
        EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent.Parent: LocalDeclarationStatementSyntax local } } => local.IsConst,
        StackAllocArrayCreationExpressionSyntax => true,
        _ => false,
    };
}
