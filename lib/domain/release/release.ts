/** What a release does to the database's schema: copies get every change at once, so two versions share it (aws-facts C-12). */
export const SCHEMA_CHANGES = ['none', 'expand', 'contract'] as const;
export type SchemaChange = (typeof SCHEMA_CHANGES)[number];

/** One version of the application, as it was registered; the digest never changes. */
export interface Release {
  /** `v2.1.0` */
  version: string;
  /** `sha256:…` of the image's manifest: the same in every Region's registry, or it is not deployed (aws-facts R-18). */
  digest: string;
  schema: SchemaChange;
  /** The statement on compatibility: what older code may still rely on. */
  schemaNote: string;
  notes: string;
  changeUrl: string | null;
  /** Who wrote the change, as CI or the person who registered it said; never counts as its approver. */
  author: string;
  registeredBy: string;
  /** ISO. */
  registeredAt: string;
  /** Set where it was rolled back or found to be bad: nothing is deployed or rolled back to it. */
  bad: ReleaseVerdict | null;
}

export interface ReleaseVerdict {
  /** ISO. */
  at: string;
  /** Person id; null: a gate decided it. */
  by: string | null;
  reason: string;
  /** The deployment that showed it. */
  operation: string | null;
}

export const VERSION_PATTERN = /^v\d{1,6}\.\d{1,6}\.\d{1,6}(-[0-9A-Za-z.-]{1,40})?$/;
export const DIGEST_PATTERN = /^sha256:[0-9a-f]{64}$/;
