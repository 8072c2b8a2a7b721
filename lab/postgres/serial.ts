/** Runs tasks one after another, whatever becomes of each. */
export function createSerial(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const run = last.then(task, task);
    last = run.catch(() => undefined); // the caller holds `run` and sees the failure there
    return run;
  };
}
