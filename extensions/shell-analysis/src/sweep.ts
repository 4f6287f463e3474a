import { forEachChild, type SyntaxNode } from "unbash";
import { isNesting, mayLookInto } from "./nesting.ts";
import type { WordScene } from "./piece.ts";

/** Takes in the commands in a part that is not read otherwise: rules that forbid must see them all the same. */
export function sweep(node: SyntaxNode, scene: Pick<WordScene, "script" | "effort">): void {
  if (isNesting(node) && !mayLookInto(node, scene.effort)) return scene.script(undefined, node);
  switch (node.type) {
    case "CommandExpansion":
    case "ProcessSubstitution":
    case "ArithmeticCommandExpansion":
      return scene.script(node.script, node);
    case "ExtendedGlob":
    case "BraceExpansion":
      // What the grammar did not take apart cannot be looked into.
      if (node.parts === undefined && /[$`]|[<>]\(/.test(node.text)) scene.script(undefined, node);
  }
  forEachChild(node, (child) => sweep(child, scene));
}
