import type { Route } from 'next';
import type { RequestModel } from '#components/recovery/request-model.ts';
import type { Check, Permission, Status } from '#components/ui/model.ts';

/** Whether each Region reaches each other one: peering, routes and rules for every ordered pair. */
export interface NetworkModel {
  at: string;
  status: Status;
  /** "4 of 6 ways are open. eu-west-1 and ap-southeast-1 cannot reach each other." */
  answer: string;
  detail: string;
  matrix: PathMatrix;
  chosen: PathDetail | null;
  request: RequestModel | null;
  closeHref: Route;
}

export interface PathMatrix {
  regions: readonly { code: string; cidr: string }[];
  /** rows[from][to]; null on the diagonal. */
  rows: readonly (readonly (PathCell | null)[])[];
}

export interface PathCell {
  status: Status;
  /** "open", "no path", "no route back", "rules", "not known" */
  word: string;
  /** "pcx-0a1b…", "81 ms" */
  detail: string;
  href: Route;
  at: string | null;
  withinSeconds: number;
}

/** One ordered pair. */
export interface PathDetail {
  from: string;
  to: string;
  status: Status;
  word: string;
  /** "Orders from ap-southeast-1 reach a writer in eu-west-1 only this way." */
  message: string;
  /** Peering, route there, route back, security group: each as it was observed. */
  checks: readonly Check[];
  /** What goes this way, or would: "orders, if eu-west-1 is the writer". */
  carries: readonly string[];
  connect: { label: string; href: Route; permission: Permission } | null;
  /** What the strategy document says of a path that is not there. */
  finding: { id: string; href: Route; says: { text: string; line: string } | null } | null;
  /** What connects the two, or last tried to. */
  operation: {
    id: string;
    title: string;
    href: Route;
    status: Status;
    word: string;
    /** When it ended, else when it was asked for. ISO. */
    at: string;
  } | null;
  at: string | null;
  withinSeconds: number;
}
