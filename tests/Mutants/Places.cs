using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MeshMcp.Mutants;

/// <summary>What a condition decides where it stands.</summary>
enum Place
{
    None,
    /// <summary>Of an <c>if</c> that leaves.</summary>
    Guard,
    /// <summary>Of another <c>if</c> or loop.</summary>
    Branch,
    /// <summary>Of <c>? :</c>.</summary>
    Choice,
    /// <summary>In a chain of <c>||</c>.</summary>
    Alternative,
    /// <summary>In a chain of <c>&amp;&amp;</c>.</summary>
    Condition,
    /// <summary>All that a <c>bool</c> function or a predicate says.</summary>
    Answer,
}

static class Places
{
    static readonly HashSet<string> Predicates = ["Where", "Any", "All", "First", "FirstOrDefault", "Single", "SingleOrDefault", "Last", "LastOrDefault", "Count", "TakeWhile", "SkipWhile"];
    static readonly HashSet<string> Numbers = ["int", "uint", "long", "ulong", "double"];

    public static Place Of(ExpressionSyntax expression)
    {
        SyntaxNode inner = expression;
        while (inner.Parent is ParenthesizedExpressionSyntax around) inner = around;
        return inner.Parent switch
        {
            IfStatementSyntax check when check.Condition == inner => Leaves(check.Statement) ? Place.Guard : Place.Branch,
            // A loop that always goes on would only be a hung test.
            WhileStatementSyntax loop when loop.Condition == inner => Place.Guard,
            ConditionalExpressionSyntax choice when choice.Condition == inner => choice.WhenTrue is ThrowExpressionSyntax ? Place.Guard : Place.Choice,
            WhenClauseSyntax { Parent: not CatchFilterClauseSyntax } => Place.Guard,
            WhereClauseSyntax => Place.Answer,
            BinaryExpressionSyntax chain when chain.IsKind(SyntaxKind.LogicalOrExpression) => expression.IsKind(SyntaxKind.LogicalOrExpression) ? Place.None : Place.Alternative,
            BinaryExpressionSyntax chain when chain.IsKind(SyntaxKind.LogicalAndExpression) => expression.IsKind(SyntaxKind.LogicalAndExpression) ? Place.None : Place.Condition,
            ArrowExpressionClauseSyntax { Parent: { } member } when SaysBool(member) => Place.Answer,
            ReturnStatementSyntax said when said.Ancestors().FirstOrDefault(a => a is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or MemberDeclarationSyntax) is { } member && SaysBool(member) => Place.Answer,
            LambdaExpressionSyntax { Parent: ArgumentSyntax { Parent: ArgumentListSyntax { Parent: InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax called } } } } lambda
                when lambda.ExpressionBody == inner && Predicates.Contains(called.Name.Identifier.Text) => Place.Answer,
            _ => Place.None,
        };
    }

    /// <summary>A number that is written down once and means a limit, or a time.</summary>
    public static bool OfConstant(ExpressionSyntax expression) => expression.Parent switch
    {
        EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent: VariableDeclarationSyntax { Type: PredefinedTypeSyntax type, Parent: FieldDeclarationSyntax or LocalDeclarationStatementSyntax } declaration } } =>
            Numbers.Contains(type.Keyword.Text) && IsFixed(declaration.Parent),
        ArgumentSyntax { Parent: ArgumentListSyntax { Parent: InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.Text: "TimeSpan" } } } } } => true,
        _ => false,
    };

    public static bool IsConstantField(ExpressionSyntax expression) => expression.Parent is EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent.Parent: FieldDeclarationSyntax field } } && IsFixed(field);

    /// <summary>Which argument, or which member, a word so short as <c>true</c> is.</summary>
    public static string Around(LiteralExpressionSyntax literal) => literal.Parent switch
    {
        ArgumentSyntax { NameColon: null, Parent: ArgumentListSyntax { Parent: { } call } arguments } argument => $" as argument {arguments.Arguments.IndexOf(argument) + 1} of {Short($"{call}")}",
        ArgumentSyntax or AssignmentExpressionSyntax => $" in {literal.Parent}",
        _ => "",
    };

    public static string Short(string text) => text.Length < 50 ? text : $"{text[..50]}…";

    static bool IsFixed(SyntaxNode? declaration) => declaration switch
    {
        FieldDeclarationSyntax field => field.Modifiers.Any(SyntaxKind.ConstKeyword) || (field.Modifiers.Any(SyntaxKind.StaticKeyword) && field.Modifiers.Any(SyntaxKind.ReadOnlyKeyword)),
        LocalDeclarationStatementSyntax local => local.IsConst,
        _ => false,
    };

    static bool Leaves(StatementSyntax statement) => statement switch
    {
        BlockSyntax { Statements: [.., var last] } => Leaves(last),
        ThrowStatementSyntax or ReturnStatementSyntax or ContinueStatementSyntax or BreakStatementSyntax => true,
        YieldStatementSyntax end => end.IsKind(SyntaxKind.YieldBreakStatement),
        _ => false,
    };

    static bool SaysBool(SyntaxNode member) => member switch
    {
        MethodDeclarationSyntax method => IsBool(method.ReturnType),
        LocalFunctionStatementSyntax function => IsBool(function.ReturnType),
        PropertyDeclarationSyntax property => IsBool(property.Type),
        _ => false,
    };

    static bool IsBool(TypeSyntax type) => type is PredefinedTypeSyntax { Keyword.RawKind: (int)SyntaxKind.BoolKeyword };
}
