/** Waits for `work`, but no longer than `ms`; what it comes to later is of no more interest, and its failure is no one's. */
export async function waitAtMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await Promise.race([work.catch(() => undefined), enough]);
  } finally {
    clearTimeout(timer);
  }
}
