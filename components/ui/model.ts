import type { Route } from 'next';

/** The seven conditions a thing can be in. Each has a drawn shape and a word; colour comes third. */
export type Status = 'ok' | 'warning' | 'critical' | 'unknown' | 'held' | 'running' | 'waiting';

/** A number with the time it was observed. `null` is unknown and is never shown as zero. */
export interface Reading {
  value: number | null;
  /** ISO 8601, UTC. `null`: never observed. */
  at: string | null;
  /** Older than this it turns grey and loses its status. */
  withinSeconds: number;
}

/** May it be done? A refusal carries the sentence that stands beside the disabled control. */
export type Permission = { allowed: true } | { allowed: false; code?: string; reason: string };

/** What a server action answers. */
export type ActionResult =
  | { ok: true; message?: string /** Where what was begun is seen. */; href?: Route }
  | {
      ok: false;
      code: string;
      message: string;
      fields?: Readonly<Record<string, string>>;
      /** Code of the rule that refused. */
      rule?: string;
      requestId?: string;
    };

/** Asks for the address at which the person signs in anew and is brought back to that path. */
export type SignInAgain = (
  next: string,
) => Promise<{ ok: true; address: string } | { ok: false; message: string }>;

/** A sentence; a part with `since` is the time that has passed since that moment, and ticks. */
export type Sentence = string | readonly (string | { since: string })[];

/** A part of a page that could not be read: what failed, why, what to do next. */
export interface Problem {
  title: string;
  message: string;
  requestId?: string;
}

/** A part of a page that is read on its own, so that its failure leaves the rest standing. */
export type Section<T> = { ok: true; value: T } | { ok: false; problem: Problem };

/** One line of a preflight. `age` is shown at its right. */
export interface Check {
  id: string;
  status: Status;
  /** The finding, in normal weight: "eu-west-1 carries it: 12 of 14 ready nodes." */
  text: string;
  /** Its reason, quieter. */
  reason?: string;
  at?: string | null;
  withinSeconds?: number;
  /** Where what it speaks of is seen. */
  link?: { href: Route; label: string };
}

/** The reason a control is disabled, or undefined when it may be used. */
export function reasonOf(permission: Permission): string | undefined {
  return permission.allowed ? undefined : permission.reason;
}
