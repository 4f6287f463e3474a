import type { ArithmeticExpression } from "unbash";

const digits = /^(?:0|[1-9]\d{0,17}|0x[\da-fA-F]{1,15}|[1-9]\d?#[\da-zA-Z]{1,10})$/;

/**
 * Why arithmetic may do more than reckon; undefined if it does not. A name is read as arithmetic again, and an index in it is run:
 * only names that hold nothing but numbers are taken.
 */
export function arithmeticDoubt(expression: ArithmeticExpression | undefined, isNumber: (name: string) => boolean): string | undefined {
  if (expression === undefined) return "its arithmetic cannot be read";
  switch (expression.type) {
    case "ArithmeticWord": {
      const { value } = expression;
      const name = /^\$?([a-z_]\w*)$/i.exec(value)?.[1];
      if (digits.test(value) || (name !== undefined && isNumber(name)) || /^\$[#?]$/.test(value)) return undefined;
      return `what ${value} does in arithmetic is known only once it runs`;
    }
    case "ArithmeticGroup":
      return arithmeticDoubt(expression.expression, isNumber);
    case "ArithmeticUnary":
      if (!/^[-+!~]$/.test(expression.operator)) return stepDoubt(expression.operand, isNumber);
      return arithmeticDoubt(expression.operand, isNumber);
    case "ArithmeticBinary":
      return arithmeticDoubt(expression.left, isNumber) ?? arithmeticDoubt(expression.right, isNumber);
    case "ArithmeticTernary":
      return arithmeticDoubt(expression.test, isNumber) ?? arithmeticDoubt(expression.consequent, isNumber) ?? arithmeticDoubt(expression.alternate, isNumber);
    case "ArithmeticCommandExpansion":
      return "its arithmetic takes in what a command says";
    default:
      return expression satisfies never;
  }
}

/** `i++` of a number leaves a number. */
const stepDoubt = (operand: ArithmeticExpression, isNumber: (name: string) => boolean): string | undefined =>
  operand.type === "ArithmeticWord" ? arithmeticDoubt(operand, isNumber) : "its arithmetic sets something";
