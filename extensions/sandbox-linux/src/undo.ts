/** Steps that take down what was put up, the last first, each even where another fails. */
export interface Undo {
  add(step: () => void | Promise<void>): void;
  run(): Promise<void>;
}

export function createUndo(): Undo {
  const steps: (() => void | Promise<void>)[] = [];
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  };
  return { add: (step) => void steps.push(step), run: () => (running ??= run()) };
}
