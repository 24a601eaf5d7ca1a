using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Editing;
using StabilityAnalyzers.CodeFixes.Models;

namespace StabilityAnalyzers.CodeFixes;

/// <summary>What the changes of several diagnostics in one document must know of each other.</summary>
internal static class EditorMemory
{
    private static readonly ConditionalWeakTable<SyntaxEditor, HashSet<SyntaxNode>> s_changed = new();
    private static readonly ConditionalWeakTable<SyntaxEditor, HashSet<string>> s_names = new();

    /// <summary>
    /// True the first time that a node of an editor's document is asked for. Two losses may share what is to be changed,
    /// and an editor takes one change of a node.
    /// </summary>
    public static bool IsFirst(this SyntaxEditor editor, SyntaxNode node) => s_changed.GetOrCreateValue(editor).Add(node);

    /// <summary>A name for a new member that neither the class nor an earlier change of the same editor uses.</summary>
    public static string FreshName(this SyntaxEditor editor, SyntaxNode type, string wanted)
    {
        var given = s_names.GetOrCreateValue(editor);
        var name = NameBinding.FreeName(type, wanted);
        for (var i = 2; !given.Add(name); i++)
        {
            name = NameBinding.FreeName(type, wanted + i);
        }

        return name;
    }
}
