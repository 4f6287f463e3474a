/** A copy that throws when it is changed, as the kernel hands calls and inputs out. */
export function frozen<T>(value: T): T {
  const copy = structuredClone(value);
  const freeze = (part: unknown): void => {
    if (typeof part !== "object" || part === null) return;
    for (const inner of Object.values(part)) freeze(inner);
    Object.freeze(part);
  };
  freeze(copy);
  return copy;
}
