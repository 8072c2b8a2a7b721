import { hash, verify } from '@node-rs/argon2';

/** argon2id with the parameters OWASP recommends (19 MiB, 2 passes, 1 lane). */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export function hashPassword(password: string): Promise<string> {
  return hash(password, PARAMETERS);
}

// A hash of nothing anybody knows: an unknown account costs as long as a wrong password.
let decoy: Promise<string> | undefined;

/** Whether the password fits; takes as long when there is no account. */
export async function passwordFits(passwordHash: string | null, password: string): Promise<boolean> {
  decoy ??= hashPassword(`decoy ${Math.random()}`);
  const fits = await verify(passwordHash ?? (await decoy), password);
  return passwordHash !== null && fits;
}
