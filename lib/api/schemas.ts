import { z } from 'zod';
import { ROLES } from '#lib/domain/access/access.ts';
import { DECISIONS, POLICY_RISKS } from '#lib/domain/approval/approval.ts';
import { RISKS } from '#lib/domain/approval/risk.ts';
import { RULE_ROLES } from '#lib/domain/approval/rules.ts';
import { ACTION_KINDS } from '#lib/domain/freeze/action-kinds.ts';
import { OPERATION_STATES } from '#lib/domain/operation/state.ts';
import { ACCEPTED_AHEAD, ON_FAILING } from '#lib/domain/recovery/automatic.ts';
import { SCHEMA_CHANGES } from '#lib/domain/release/release.ts';
import { WEBHOOK_KINDS } from '#lib/domain/webhook/kind.ts';

// The answers of the API. An answer is parsed with its schema before it is sent: what stands here is what is sent,
// whatever a service may return beside it.

/** Schemas with a name of their own in the OpenAPI document. */
export const components = z.registry<{ id: string }>();

function named<Schema extends z.ZodType>(id: string, schema: Schema): Schema {
  components.add(schema, { id });
  return schema;
}

const time = z.string().describe('ISO 8601, UTC');
const share = z.number().describe('0 to 1');
const shares = z.record(z.string(), share).describe('by Region, 0 to 1');
const percents = z.record(z.string(), z.number()).describe('percent by Region');

const PersonRef = named('PersonRef', z.object({ id: z.string(), name: z.string() }));

/** A page of a list; `nextCursor` is given back as `cursor` for the page after. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** What was observed, with its age: null when never seen; `error` says why nothing newer is known. */
function observed<Value extends z.ZodType>(value: Value) {
  return z.object({ value: value.nullable(), observedAt: time.nullable(), error: z.string().nullable() });
}

export const Verdict = named(
  'Verdict',
  z
    .object({ allowed: z.boolean(), code: z.string().optional(), reason: z.string().optional() })
    .describe('Whether the caller may, and which rule says no'),
);

export const RegionView = named(
  'Region',
  z.object({
    code: z.string(),
    name: z.string(),
    label: z.string(),
    servesReads: z.boolean(),
    servesWrites: z.boolean(),
    promotable: z.boolean(),
    jurisdiction: z.string(),
    configuredShare: share.nullable(),
    measuredShare: share.nullable().describe('null while a Region of the environment is silent'),
    traffic: observed(
      z.object({
        requestsPerSecond: z.number(),
        errorRate: share.nullable(),
        p50Ms: z.number().nullable(),
        p95Ms: z.number().nullable(),
        p99Ms: z.number().nullable(),
        cpu: share.nullable(),
        memory: share.nullable(),
      }),
    ),
    nodes: observed(z.object({ ready: z.int(), total: z.int() })),
    nodeGroup: observed(
      z.object({ minimum: z.int(), maximum: z.int(), desired: z.int(), status: z.string() }),
    ),
    healthCheck: observed(
      z.object({ healthy: z.boolean().nullable(), percentHealthy: z.number().nullable() }),
    ),
    database: observed(
      z.object({
        instanceId: z.string(),
        arn: z.string(),
        role: z.enum(['primary', 'replica']),
        status: z.string(),
        replication: z.string().nullable(),
        class: z.string(),
        engineVersion: z.string(),
        multiAz: z.boolean(),
        endpoint: z.string().nullable(),
      }),
    ),
    lag: observed(
      z.object({
        seconds: z.number().nullable(),
        bytes: z.number().nullable(),
        class: z.enum(['ok', 'warning', 'critical', 'unknown']),
        idle: z.boolean(),
      }),
    )
      .nullable()
      .describe('null on the primary'),
    service: observed(
      z.object({
        namespace: z.string(),
        service: z.string(),
        liveVersion: z.string().nullable(),
        liveColour: z.string().nullable().optional(),
        liveSince: z.string().nullable().optional().describe('ISO; when the selector was written last'),
        deployments: z.array(
          z.object({
            name: z.string(),
            version: z.string(),
            image: z.string(),
            desired: z.int(),
            ready: z.int(),
            colour: z.string().nullable().optional(),
            updated: z.int().optional().describe('pods of the current template'),
            available: z.int().optional(),
            digest: z.string().nullable().optional().describe('of an image that is pinned to it'),
          }),
        ),
      }),
    ),
    alarms: observed(
      z.object({
        total: z.int(),
        inAlarm: z.array(z.object({ name: z.string(), reason: z.string(), since: z.string() })),
      }),
    ),
  }),
);

const CapacityClass = z
  .enum(['ok', 'pre-scale', 'short', 'unknown'])
  .describe('ready nodes carry it; nodes have to be started first; the maximum does not carry it; not known');

const Survivability = named(
  'Survivability',
  z
    .object({
      lost: z.string(),
      class: CapacityClass.describe('the worst of the survivors'),
      survivableNow: z.boolean().describe('no survivor would need more than its maximum'),
      shortNow: z.int().nullable().describe('nodes missing now; null when unknown'),
      carriedAtPeak: share.describe('of peak, at which the first survivor comes to its maximum'),
      survivors: z.array(
        z.object({
          region: z.string(),
          needed: z.int(),
          ready: z.int().nullable(),
          maximum: z.int(),
          class: CapacityClass,
        }),
      ),
    })
    .describe('What happens to the load when one Region is lost'),
);

export const RegionList = named(
  'RegionList',
  z.object({
    environment: z.string(),
    requestsPerSecond: z.number(),
    uncounted: z.array(z.string()).describe('Regions whose metrics are stale'),
    staleAfterSeconds: z.number(),
    regions: z.array(RegionView),
    survivability: z.array(Survivability),
  }),
);

export const Traffic = named(
  'Traffic',
  z.object({
    environment: z.string(),
    requestsPerSecond: z.number(),
    uncounted: z.array(z.string()),
    tolerancePoints: z.number(),
    regions: z.array(
      z.object({
        region: z.string(),
        plannedShare: share,
        configuredShare: share.nullable(),
        measuredShare: share.nullable(),
        differencePoints: z.number().nullable(),
        requestsPerSecond: z.number().nullable(),
        errorRate: share.nullable(),
        p95Ms: z.number().nullable(),
        measuredAt: time.nullable(),
        error: z.string().nullable(),
      }),
    ),
    geographies: z.array(
      z.object({
        geography: z.string(),
        name: z.string(),
        plannedShare: share,
        homeRegion: z.string(),
        residency: z.string().nullable(),
        weights: percents.nullable(),
        recordWeights: z.record(z.string(), z.int()).nullable().describe('Route 53 weights, 0 to 255'),
      }),
    ),
    records: z.object({ zoneId: z.string(), observedAt: time.nullable(), error: z.string().nullable() }),
  }),
);

const LinkBase = z.object({
  id: z.string().describe('us-east-1>eu-west-1:database'),
  from: z.string(),
  to: z.string(),
  status: z.enum(['ok', 'idle', 'warning', 'critical', 'broken', 'unknown']),
  state: z.string().nullable().describe('what the service says: replicating, enabled, available, RUNNING'),
  seconds: z.number().nullable().describe('behind the source; null when unknown'),
  observedAt: time.nullable(),
  error: z.string().nullable(),
  stale: z.boolean(),
  targetSeconds: z.number().nullable(),
  thresholds: z.object({ warning: z.number(), critical: z.number().nullable() }),
});

const DatabaseEnd = z.object({ instanceId: z.string(), endpoint: z.string().nullable() });
const BucketEnd = z.object({ bucket: z.string() });
const CacheEnd = z.object({ replicationGroup: z.string().nullable() });
const QueueEnd = z.object({ cluster: z.string().nullable() });

export const DatabaseLink = named(
  'DatabaseLink',
  LinkBase.extend({
    kind: z.literal('database'),
    bytes: z.number().nullable().describe('withheld in the slot of the primary'),
    replication: z.string().nullable(),
    source: DatabaseEnd,
    replica: DatabaseEnd,
    path: z.object({
      peeringId: z.string().nullable(),
      status: z.string().nullable(),
      routed: z.boolean().nullable(),
      rttMs: z.number().nullable(),
    }),
  }),
);

export const StorageLink = named(
  'StorageLink',
  LinkBase.extend({
    kind: z.literal('storage'),
    pendingOperations: z.number().nullable(),
    versioned: z.boolean().nullable(),
    rule: z
      .object({
        id: z.string(),
        enabled: z.boolean(),
        timeControl: z.boolean(),
        deleteMarkers: z.boolean(),
        encrypted: z.boolean().describe('objects with a KMS key are sent too'),
      })
      .nullable()
      .describe('null where no rule leads there'),
    source: BucketEnd,
    replica: BucketEnd,
  }),
);

export const CacheLink = named(
  'CacheLink',
  LinkBase.extend({
    kind: z.literal('cache'),
    globalDatastore: z.string().nullable(),
    role: z.enum(['primary', 'secondary', 'standalone']).nullable(),
    source: CacheEnd,
    replica: CacheEnd,
  }),
);

export const QueueLink = named(
  'QueueLink',
  LinkBase.extend({
    kind: z.literal('queue'),
    pendingMessages: z.number().nullable(),
    replicator: z.string().nullable().describe('null where none brings events from there'),
    source: QueueEnd,
    replica: QueueEnd,
  }),
);

export const Link = named(
  'Link',
  z.discriminatedUnion('kind', [DatabaseLink, StorageLink, CacheLink, QueueLink]),
);

const CostCell = z.object({
  actual: z.number().nullable().describe('month to date, dollars'),
  plan: z.number().nullable().describe('dollars a month'),
});

export const Costs = named(
  'Costs',
  z.object({
    observed: z.object({ observedAt: time.nullable(), error: z.string().nullable() }),
    from: z.string().nullable(),
    toExclusive: z.string().nullable(),
    estimated: z.boolean(),
    month: z.string().describe('that the figures are of: 2026-11'),
    monthToDate: z.number().nullable().describe('null where no bill was ever read'),
    planToDate: z.number().nullable().describe('of the days counted; null where no bill was ever read'),
    plan: z.number(),
    forecast: z.number().nullable(),
    daysCounted: z.int(),
    daysInMonth: z.int(),
    rows: z.array(z.object({ region: z.string(), cells: z.record(z.string(), CostCell), total: CostCell })),
    uncategorised: z.array(
      z.object({ region: z.string(), component: z.string(), service: z.string(), dollars: z.number() }),
    ),
    perPoint: z.array(
      z.object({
        region: z.string(),
        share: share.nullable(),
        dollars: z.number().nullable().describe('a month for 1 % of all traffic, at the rate so far'),
        plan: z.number(),
      }),
    ),
    daily: z.array(z.object({ date: z.string(), dollars: z.number() })),
  }),
);

const state = z.enum(OPERATION_STATES);

export const OperationSummary = named(
  'OperationSummary',
  z.object({
    id: z.string(),
    kind: z.string(),
    environment: z.string(),
    title: z.string(),
    state,
    desired: z.string().describe('what was asked for last: run, pause, abort, revert or leave'),
    reason: z.string(),
    digest: z.string(),
    needed: z.int().describe('approvals'),
    requester: PersonRef,
    requestedVia: z.string(),
    createdAt: time,
    expiresAt: time.describe('after which it can no longer be approved'),
    startedAt: time.nullable(),
    endedAt: time.nullable(),
    outcome: z.string().nullable(),
    emergency: z.boolean().describe('started at once, by its requester alone'),
  }),
);

export const Step = named(
  'Step',
  z.object({
    position: z.int(),
    key: z.string(),
    title: z.string(),
    action: z.string(),
    region: z.string().nullable(),
    irreversible: z.boolean(),
    state: z.string(),
    attempt: z.int(),
    startedAt: time.nullable(),
    endedAt: time.nullable(),
    evidence: z.array(
      z.object({
        at: time,
        kind: z.string(),
        text: z.string(),
        data: z.record(z.string(), z.unknown()).optional(),
      }),
    ),
    cli: z.array(z.string()).describe('commands that do the same'),
    calls: z
      .array(
        z.object({
          at: time,
          service: z.string(),
          action: z.string(),
          region: z.string(),
          host: z.string(),
          status: z.string(),
          requestId: z.string().nullable(),
          durationMs: z.int(),
          mutating: z.boolean(),
          summary: z.string().nullable(),
        }),
      )
      .describe('calls to AWS and Kubernetes, with their request ids'),
  }),
);

export const Check = named(
  'Check',
  z.object({
    code: z.string(),
    verdict: z.enum(['pass', 'warn', 'accept', 'refuse', 'unknown']),
    message: z.string(),
    observedAt: time.nullable(),
    region: z.string().optional(),
    acceptance: z.string().optional().describe('what is accepted by naming the code'),
    freeze: z.string().optional().describe('the freeze that refuses it, or that it goes through'),
    exceptions: z.array(z.string()).optional().describe('exceptions by which it goes through'),
  }),
);

export const Price = named(
  'Price',
  z.object({
    monthlyDollars: z.number(),
    lines: z.array(z.object({ label: z.string(), monthlyDollars: z.number() })),
    basis: z.string(),
  }),
);

const Decision = z.object({
  person: PersonRef,
  inNameOf: PersonRef.nullable().describe('whose approval it is, where a delegate gave it'),
  decision: z.enum(DECISIONS),
  reason: z.string(),
  decidedAt: time,
  counts: z.boolean().describe('of this plan, by who may agree to it, not by who asked or wrote the release'),
});

const Requirement = z.object({
  key: z.string(),
  words: z.string().describe('such as "1 approver of eu-west-1, on duty there"'),
  need: z.int(),
  have: z.int(),
  met: z.boolean(),
  mayMeet: z.array(z.string()).describe('names of people, where it is open'),
  offDuty: z.string().nullable().describe('why nobody can meet it at this hour, and who is on duty instead'),
});

/** What has to agree, of a request or of a plan that was not asked for yet. */
const AGREEMENT = {
  risk: z.enum(RISKS),
  reasons: z.array(z.string()).describe('why the risk is high'),
  requirements: z.array(Requirement).describe('all of them are to be met'),
};

const Change = z.object({ sharesBefore: shares, sharesAfter: shares });
const Changes = z
  .array(z.object({ label: z.string(), before: z.string(), after: z.string() }))
  .describe('what will be another way, in words');
const Accepted = z
  .object({
    seconds: z.number(),
    bytes: z.int().nullable(),
    measuredAt: time,
    heldLsn: z.string().optional().describe('how far the target had the lost primary’s log then'),
  })
  .describe('what requester and approvers accept to lose at most');

const VoidedBy = z
  .object({ at: time, differences: z.array(z.string()) })
  .describe('what voided the approvals, when they were to start it');

export const Operation = named(
  'Operation',
  OperationSummary.extend({
    regions: z.array(z.string()).describe('that it changes'),
    change: Change.nullable().describe('of a shift'),
    changes: Changes,
    accepted: Accepted.nullable(),
    overridden: z.array(z.string()).describe('what stood against an emergency, named by its requester'),
    preempts: z.string().nullable().describe('the operation from which an emergency takes the environment'),
    checks: z.array(Check),
    price: Price.nullable(),
    acknowledged: z.array(z.string()),
    request: z.unknown().describe('what was asked for: params of POST /operations'),
    startAt: time.nullable().describe('when it starts once it may, where not at once'),
    reverts: z.string().nullable(),
    revertedBy: z.array(z.string()),
    decisions: z.array(Decision),
    approval: z.object({
      ...AGREEMENT,
      tightened: z.array(z.string()).describe('what the policy asks since, over what it asked then'),
      voided: VoidedBy.nullable(),
    }),
    steps: z.object({ total: z.int(), done: z.int(), current: z.string().nullable() }),
    may: z.object({
      decide: Verdict,
      withdraw: Verdict,
      pause: Verdict,
      resume: Verdict,
      abort: Verdict,
      revert: Verdict,
      leave: Verdict,
      close: Verdict,
      omit: z
        .array(z.object({ step: z.string(), title: z.string(), verdict: Verdict }))
        .describe('one for each step that holds'),
      skipSoak: z
        .array(z.object({ step: z.string(), title: z.string(), verdict: Verdict }))
        .describe('one for each soak that runs or holds'),
      promote: Verdict,
    }),
  }),
);

export const LeftUndone = named(
  'LeftUndone',
  z.object({
    id: z.string(),
    state: z.string(),
    desired: z.string(),
    review: z.object({ id: z.string(), dueAt: time }).describe('owed by who decided so'),
  }),
);

export const Preview = named(
  'Preview',
  z
    .object({
      dryRun: z.literal(true),
      kind: z.string(),
      title: z.string(),
      digest: z.string(),
      regions: z.array(z.string()),
      change: Change.nullable().describe('of a shift'),
      changes: Changes,
      accepted: Accepted.nullable(),
      confirm: z
        .object({ name: z.string(), why: z.string() })
        .nullable()
        .describe('what is typed to ask for it, where a step cannot be undone'),
      overridable: z
        .array(z.object({ id: z.string(), message: z.string(), source: z.string() }))
        .describe('what refuses an ordinary request and an emergency may override by its id'),
      checks: z.array(Check),
      price: Price,
      largestSafePoints: z.number().nullable(),
      steps: z.array(
        z.object({
          key: z.string(),
          title: z.string(),
          action: z.string(),
          region: z.string().nullable(),
          irreversible: z.boolean(),
          deadlineSeconds: z.number(),
          needsRegions: z.array(z.string()),
          group: z.string().optional().describe('neighbours of one group run at once'),
          clock: z.string().optional().describe('the clock that stops when it passes'),
          precondition: z.string().optional(),
          postcondition: z.string().optional(),
        }),
      ),
      open: z.array(z.string()).describe('codes of checks that stop the request, or must be acknowledged'),
      needed: z.int().describe('approvals by the policy of now'),
      approval: z.object(AGREEMENT),
    })
    .describe('The plan as it would be carried out now. Nothing was stored.'),
);

export const Requested = named(
  'Requested',
  z.object({ id: z.string(), state: z.string(), digest: z.string(), needed: z.int() }),
);

export const Decided = named(
  'Decided',
  z.object({
    id: z.string(),
    state: z.string(),
    approvals: z.int().optional(),
    needed: z.int().optional(),
    open: z.array(z.string()).optional().describe('what has to be met yet'),
  }),
);

export const Controlled = named(
  'Controlled',
  z.object({
    id: z.string().describe('of the operation, or of the new one that puts a finished one back'),
    state: z.string(),
    desired: z.string(),
  }),
);

export const CutShort = named(
  'CutShort',
  z.object({
    id: z.string(),
    state: z.string(),
    step: z.string().nullable().describe('the soak that is waived; null: the waits between Regions are'),
  }),
);

export const Approval = named(
  'Approval',
  z.object({
    id: z.string(),
    kind: z.string(),
    environment: z.string(),
    title: z.string(),
    state,
    reason: z.string(),
    digest: z.string(),
    requester: PersonRef,
    requestedAt: time,
    expiresAt: time,
    needed: z.int(),
    approvals: z.int(),
    ...AGREEMENT,
    tightened: z.array(z.string()).describe('what the policy asks since, over what it asked then'),
    voided: VoidedBy.nullable(),
    comments: z.int(),
    price: Price.nullable(),
    accepted: Accepted.nullable(),
    decisions: z.array(Decision),
    outcome: z.string().nullable(),
    mayDecide: Verdict,
    decidesFor: PersonRef.nullable().describe('in whose name the caller would decide'),
  }),
);

export const Comment = named(
  'Comment',
  z.object({ id: z.string(), person: PersonRef, body: z.string(), writtenAt: time }),
);

export const ApprovalHistory = named(
  'ApprovalHistory',
  z.object({
    id: z.string(),
    at: time,
    what: z.enum(['requested', ...DECISIONS]),
    reason: z.string(),
    by: PersonRef,
    inNameOf: PersonRef.nullable(),
    operation: z.object({
      id: z.string(),
      title: z.string(),
      environment: z.string(),
      state,
      outcome: z.string().nullable(),
    }),
  }),
);

export const Delegation = named(
  'Delegation',
  z.object({
    id: z.string(),
    from: PersonRef.describe('whose approval it is'),
    to: PersonRef.describe('who decides in their name'),
    reason: z.string(),
    startsAt: time,
    endsAt: time,
    createdAt: time,
    state: z.enum(['in-force', 'planned', 'over', 'revoked']),
    mayRevoke: z.boolean(),
  }),
);

export const AuditRow = named(
  'AuditRow',
  z.object({
    seq: z.string(),
    at: time.describe('UTC, microseconds: the text that is hashed'),
    entry: z.string().describe('canonical JSON (RFC 8785): the text that is hashed'),
    hash: z.string(),
    prevHash: z.string(),
    actorName: z.string().nullable(),
  }),
);

export const AuditHead = named(
  'AuditHead',
  z.object({
    head: z
      .object({ seq: z.string(), at: time, hash: z.string() })
      .nullable()
      .describe('the newest row; null while the log is empty'),
    signed: z
      .object({
        seq: z.int(),
        at: time,
        hash: z.string(),
        signedAt: time,
        key: z.string(),
        signature: z.string(),
      })
      .nullable()
      .describe('the head that a worker signed last, Ed25519'),
  }),
);

export const Freeze = named(
  'Freeze',
  z.object({
    id: z.string(),
    name: z.string().nullable(),
    environment: z.string().nullable().describe('null: every one'),
    region: z.string().nullable(),
    actionKind: z.enum(ACTION_KINDS).nullable().describe('null: every one but rollback, or one kind'),
    kind: z.string().nullable(),
    stopTheLine: z.boolean().describe('also holds what is running at its next gate'),
    reason: z.string(),
    incidentUrl: z.string().nullable(),
    startsAt: time,
    endsAt: time.nullable().describe('null: until it is lifted'),
    recurrence: z
      .object({ start: z.string(), rule: z.string(), zone: z.string(), durationMinutes: z.int() })
      .nullable(),
    occurrence: z
      .object({ startsAt: time, endsAt: time.nullable() })
      .nullable()
      .describe('when it is in force, or next'),
    createdAt: time,
    createdBy: PersonRef,
    changedAt: time.nullable(),
    changedBy: PersonRef.nullable(),
    liftedAt: time.nullable(),
    liftedBy: PersonRef.nullable(),
    state: z.enum(['in-force', 'planned', 'waiting', 'over', 'lifted']),
    mayLift: z.boolean(),
    mayExcept: z.boolean(),
  }),
);

export const FreezeException = named(
  'FreezeException',
  z.object({
    id: z.string(),
    freeze: z.object({ id: z.string(), name: z.string().nullable(), reason: z.string() }),
    environment: z.string(),
    region: z.string().nullable().describe('null: every Region that the freeze covers'),
    actionKind: z.enum(ACTION_KINDS),
    person: PersonRef.nullable().describe('whose requests; null: anybody’s but the grantor’s'),
    once: z.boolean(),
    reason: z.string(),
    grantedBy: PersonRef,
    grantedAt: time,
    endsAt: time,
    endedAt: time.nullable(),
    endedBy: PersonRef.nullable(),
    state: z.enum(['open', 'used', 'over', 'ended', 'lifted']),
    usedBy: z.array(z.string()).describe('operations that went through by it'),
    mayEnd: z.boolean(),
  }),
);

export const FreezeCalendar = named(
  'FreezeCalendar',
  z.object({
    items: z.array(
      z.object({
        freeze: z.string(),
        name: z.string().nullable(),
        environment: z.string().nullable(),
        region: z.string().nullable(),
        actionKind: z.enum(ACTION_KINDS).nullable(),
        kind: z.string().nullable(),
        stopTheLine: z.boolean(),
        reason: z.string(),
        recurs: z.boolean(),
        startsAt: time,
        endsAt: time.nullable(),
      }),
    ),
    more: z.boolean().describe('there are more than are told'),
  }),
);

export const FreezePreview = named(
  'FreezePreview',
  z.object({
    next: z.array(z.object({ startsAt: time, endsAt: time })),
    endsAt: time.nullable(),
  }),
);

export const Identified = named('Identified', z.object({ id: z.string() }));

export const Person = named(
  'Person',
  z.object({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    disabledAt: time.nullable(),
    signsInBy: z.enum(['password', 'oidc', 'nothing']),
    createdAt: time,
    lastSeenAt: time.nullable(),
    sessions: z.int(),
    tokens: z.int(),
    grants: z.array(
      z.object({
        id: z.string(),
        role: z.enum(ROLES),
        region: z.string().nullable(),
        action: z.string().nullable(),
        grantedAt: time,
      }),
    ),
  }),
);

export const Token = named(
  'Token',
  z.object({
    id: z.string(),
    name: z.string(),
    prefix: z.string(),
    scopes: z.array(z.string()),
    owner: PersonRef,
    createdAt: time,
    expiresAt: time,
    revokedAt: time.nullable(),
    lastUsedAt: time.nullable(),
    state: z.enum(['active', 'expired', 'revoked']),
  }),
);

export const Policy = named(
  'Policy',
  z.object({
    environment: z.string(),
    kind: z.string(),
    risk: z.enum(POLICY_RISKS),
    needed: z.int(),
    rules: z.array(
      z.object({ role: z.enum(RULE_ROLES), count: z.int(), perRegion: z.boolean(), onCall: z.boolean() }),
    ),
    expiresMinutes: z.int(),
    tokensApprove: z.boolean(),
  }),
);

export const RecoveryPolicy = named(
  'RecoveryPolicy',
  z.object({
    environment: z.string(),
    onFailing: z.enum(ON_FAILING).describe('evacuate-reads: readers are sent elsewhere with nobody asked'),
    accepts: z.array(z.enum(ACCEPTED_AHEAD)).describe('what is accepted ahead'),
    set: z.object({ by: PersonRef, at: time, reason: z.string() }).nullable().describe('null: never set'),
  }),
);

export const PolicyAct = named(
  'PolicyAct',
  z.object({
    id: z.string(),
    region: z.string(),
    state: z.enum(['waiting', 'started', 'stood-down']),
    failingSince: time,
    openedAt: time,
    rule: z.string().nullable().describe('what keeps it from acting, or made it stand down'),
    reason: z.string().nullable(),
    operation: z.object({ id: z.string(), state: z.string(), outcome: z.string().nullable() }).nullable(),
    actedAt: time.nullable(),
    endedAt: time.nullable().describe('when the Region served again; null while the incident lasts'),
  }),
);

export const Webhook = named(
  'Webhook',
  z.object({
    id: z.string(),
    kind: z.enum(WEBHOOK_KINDS),
    name: z.string(),
    url: z.string(),
    topics: z.array(z.string()),
    createdAt: time,
    disabledAt: time.nullable(),
    delivered: z.int(),
    waiting: z.int(),
    dead: z.int().describe('given up after the last attempt, and neither sent again nor discarded'),
    lastDeliveredAt: time.nullable(),
    lastError: z.string().nullable(),
  }),
);

export const DeadLetter = named(
  'DeadLetter',
  z.object({
    id: z.string(),
    webhook: z.object({
      id: z.string(),
      name: z.string(),
      kind: z.enum(WEBHOOK_KINDS),
      disabledAt: time.nullable(),
    }),
    topic: z.string(),
    text: z.string().describe('as a sentence'),
    createdAt: time,
    deadAt: time,
    attempts: z.int(),
    lastError: z.string().nullable(),
  }),
);

export const Me = named(
  'Me',
  z.object({
    personId: z.string().nullable(),
    name: z.string(),
    kind: z.enum(['person', 'token']),
    scopes: z.array(z.string()).nullable().describe('of the token; null for a session'),
    grants: z.array(
      z.object({ role: z.enum(ROLES), region: z.string().nullable(), action: z.string().nullable() }),
    ),
    estate: z.object({ name: z.string(), title: z.string(), label: z.string() }),
    environments: z.array(
      z.object({ name: z.string(), timeScale: z.number(), regions: z.array(z.string()) }),
    ),
  }),
);

const Severity = z.enum(['ok', 'warning', 'blocked', 'unknown']);
const RemedyView = z
  .object({
    text: z.string(),
    operation: z
      .object({ kind: z.string(), params: z.record(z.string(), z.unknown()) })
      .optional()
      .describe('what closes it: kind and params of POST /operations'),
  })
  .nullable();

const Reason = z.object({
  code: z.string(),
  verdict: Severity,
  message: z.string(),
  source: z.string(),
  observedAt: time.nullable(),
});

const CapacityAfter = z.object({
  region: z.string(),
  shareBefore: share,
  shareAfter: share,
  needed: z.int(),
  ready: z.int().nullable(),
  usable: z.int().describe('of the maximum, with a reserve left'),
  maximum: z.int(),
  class: z.enum(['ok', 'pre-scale', 'short', 'unknown']),
  observedAt: time.nullable(),
});

const DataAtRisk = z
  .object({
    seconds: z.number().nullable(),
    bytes: z.number().nullable(),
    measuredAt: time.nullable(),
    lastOrder: z.object({ id: z.string(), createdAt: time }).nullable(),
    writesEndedAt: time,
    endedBy: z.enum(['outage', 'now']),
    message: z.string(),
  })
  .nullable();

const Target = z.object({
  region: z.string(),
  rank: z.int().describe('1 is the best'),
  verdict: z.enum(['ready', 'with-warnings', 'blocked']),
  risk: DataAtRisk,
  capacity: CapacityAfter,
  version: z.string().nullable(),
  jurisdiction: z.string(),
  reasons: z.array(Reason),
  summary: z.string(),
});

const RegionDetection = z.object({
  region: z.string(),
  state: z.enum(['serving', 'suspect', 'failing', 'unknown']),
  since: time,
  reason: z.string(),
  vantages: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      decisive: z.boolean(),
      sees: z.enum(['up', 'partly', 'down', 'unknown']),
      failures: z.int(),
      since: time.nullable(),
      at: time.nullable(),
      detail: z.string(),
    }),
  ),
});

export const RecoveryReadiness = named(
  'RecoveryReadiness',
  z.object({
    environment: z.string(),
    at: time,
    verdict: Severity,
    score: z.number().describe('0 to 100, of the scenario that is least ready'),
    writer: z.object({ kind: z.enum(['one', 'none', 'several', 'unknown']), message: z.string() }),
    regions: z.array(RegionDetection).nullable().describe('who fails since when; null while no worker looks'),
    scenarios: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        target: z.string().nullable(),
        verdict: Severity,
        score: z.number(),
        cells: z.array(
          z.object({
            id: z.string().describe('typed to override it in an emergency'),
            check: z.string(),
            verdict: Severity,
            message: z.string(),
            source: z.string(),
            observedAt: time.nullable(),
            remedy: RemedyView,
          }),
        ),
      }),
    ),
    rankings: z.array(z.object({ lost: z.string(), targets: z.array(Target) })),
    evaluatedAt: time.nullable().describe('by a worker, to tell people of what turned'),
  }),
);

export const Finding = named(
  'Finding',
  z.object({
    code: z.string(),
    title: z.string(),
    severity: z.enum(['block', 'wrong', 'contradiction', 'risk']),
    state: z.enum(['open', 'gone', 'unknown']),
    says: z.object({ line: z.string(), quote: z.string() }).nullable(),
    evidence: z.object({ kind: z.enum(['live', 'document']), text: z.string(), observedAt: time.nullable() }),
    remedy: RemedyView,
    source: z.string(),
    dismissal: z
      .object({ reason: z.string(), dismissedBy: PersonRef, dismissedAt: time })
      .nullable()
      .describe('why it may stand; it is true all the same'),
  }),
);

export const FindingList = named(
  'FindingList',
  z.object({
    environment: z.string(),
    open: z.int().describe('neither gone nor dismissed'),
    items: z.array(Finding),
    mayDismiss: Verdict,
  }),
);

const Projection = z.object({
  p50Seconds: z.number().nullable(),
  p95Seconds: z.number().nullable(),
  unproven: z.array(z.string()),
  message: z.string(),
});

export const RecoveryDecision = named(
  'RecoveryDecision',
  z.object({
    environment: z.string(),
    lost: z.string(),
    detection: RegionDetection.nullable(),
    correlated: z.boolean().describe('more than one Region seems to fail at once'),
    options: z.array(
      z.object({
        kind: z.enum(['wait', 'evacuate', 'failover']),
        title: z.string(),
        refusal: z.string().nullable(),
        target: z.string().nullable(),
        clocks: z.object({ writes: Projection, reads: Projection, redundancy: Projection }),
        risk: DataAtRisk,
        contract: Accepted.nullable().describe('what to give as params.accept'),
        capacity: z.array(CapacityAfter),
        residency: z.array(z.string()),
        price: Price.nullable(),
        does: z.array(z.string()),
        cannot: z.array(z.string()),
      }),
    ),
    targets: z.array(Target),
    preempts: z.string().nullable().describe('what becomes of the operation that holds the environment'),
  }),
);

export const Fence = named(
  'Fence',
  z.object({
    id: z.string(),
    environment: z.string(),
    region: z.string(),
    instanceId: z.string(),
    instanceArn: z.string(),
    operation: z.string().nullable().describe('null where a break-glass record asked'),
    breakGlass: z.string().nullable().describe('the run of the imported record'),
    state: z
      .enum(['pending', 'done', 'dropped'])
      .describe('pending: tried every 15 s until its Region answers'),
    requestedAt: time,
    attempts: z.int(),
    lastAttemptAt: time.nullable(),
    endedAt: time.nullable(),
    lastError: z.string().nullable(),
    splitBrainAt: time.nullable().describe('when it was seen to take orders beside the new primary'),
    means: z.array(
      z.object({
        name: z.string(),
        outcome: z.enum(['done', 'unreachable', 'failed']),
        at: time,
        note: z.string(),
      }),
    ),
  }),
);

export const Review = named(
  'Review',
  z.object({
    id: z.string(),
    cause: z.enum(['emergency', 'break-glass']),
    environment: z.string(),
    operation: z
      .object({ id: z.string(), kind: z.string(), state: z.string(), outcome: z.string().nullable() })
      .nullable(),
    title: z.string(),
    reason: z.string(),
    owedBy: PersonRef,
    openedAt: time,
    dueAt: time,
    state: z.enum(['open', 'overdue', 'paid']),
    reviewedBy: PersonRef.nullable(),
    reviewedAt: time.nullable(),
    verdict: z.enum(['accepted', 'objected']).nullable(),
    note: z.string().nullable(),
    mayReview: Verdict,
  }),
);

export const ReviewDecided = named(
  'ReviewDecided',
  z.object({ id: z.string(), operation: z.string().nullable(), verdict: z.enum(['accepted', 'objected']) }),
);

export const Drills = named(
  'Drills',
  z.object({
    environment: z.string(),
    calendar: z.array(
      z.object({
        level: z.string(),
        region: z.string(),
        state: z.enum(['never', 'overdue', 'due', 'ok']),
        dueAt: time.nullable(),
        last: z.object({ operation: z.string(), at: time, real: z.boolean() }).nullable(),
        message: z.string(),
      }),
    ),
    schedules: z.array(
      z.object({
        id: z.string(),
        level: z.string(),
        region: z.string(),
        cadence: z.enum(['once', 'quarterly']),
        nextDueAt: time,
        reason: z.string(),
        createdBy: PersonRef,
        createdAt: time,
        operation: z.string().nullable().describe('what was requested when it was last due'),
        refusal: z.string().nullable().describe('why it was not requested when it was due'),
        mayChange: z.boolean(),
      }),
    ),
  }),
);

export const DrillScheduled = named('DrillScheduled', z.object({ id: z.string(), dueAt: time }));

export const SalvageOrder = named(
  'SalvageOrder',
  z.object({
    id: z.string(),
    foundIn: z.string().describe('Region of the database that has it'),
    region: z.string().describe('Region in which it was placed'),
    product: z.int(),
    amount: z.string(),
    customer: z.string(),
    createdAt: time,
    foundAt: time,
  }),
);

export const Emergency = named(
  'Emergency',
  z.object({
    id: z.string(),
    state: z.enum(['queued', 'preempting']),
    digest: z.string(),
    preempts: z.string().nullable(),
    review: z.object({ id: z.string(), dueAt: time }).describe('owed by who started it'),
  }),
);

export const RecoveryRun = named(
  'RecoveryRun',
  z.object({
    operation: z.string(),
    from: time.nullable().describe('what the clocks count from'),
    clocks: z.array(
      z.object({
        clock: z.enum(['writes', 'reads', 'redundancy']),
        label: z.string(),
        state: z.enum(['running', 'stopped', 'not-applicable']),
        stoppedAt: time.nullable(),
        seconds: z.number().nullable(),
        budgetSeconds: z.number(),
        overBudget: z.boolean(),
        message: z.string(),
      }),
    ),
    clients: z
      .object({
        at: time,
        ordersSeconds: z.number(),
        ordersDown: z.boolean(),
        readsSeconds: z.number(),
        readsDown: z.boolean(),
        missing: z.int().nullable().describe('acknowledged orders that are gone'),
      })
      .nullable()
      .describe('measured by clients themselves'),
    clientsError: z.string().nullable(),
  }),
);

export const Release = named(
  'Release',
  z.object({
    version: z.string(),
    digest: z.string().describe('of the image’s manifest'),
    schema: z.enum(SCHEMA_CHANGES),
    schemaNote: z.string().describe('what older code may still rely on'),
    notes: z.string(),
    changeUrl: z.string().nullable(),
    author: z.string(),
    registrant: PersonRef,
    registeredAt: time,
    bad: z
      .object({
        at: time,
        by: z.string().nullable().describe('person; null: a gate decided it'),
        reason: z.string(),
        operation: z.string().nullable().describe('the deployment that showed it'),
      })
      .nullable(),
    registries: z.array(
      z.object({
        region: z.string(),
        state: z.enum(['present', 'missing', 'moved', 'unknown']),
        taggedDigest: z.string().nullable().describe('image that the version’s tag names there'),
        hasImage: z.boolean().nullable(),
        pushedAt: time.nullable(),
        scan: z.object({ status: z.string(), critical: z.int(), high: z.int() }).nullable(),
        immutableTags: z.boolean().nullable(),
        observedAt: time.nullable(),
        why: z.string().nullable().describe('why it is not known'),
      }),
    ),
    inEveryRegistry: z.boolean(),
    remarks: z.array(
      z.object({ code: z.string(), severity: z.enum(['refuse', 'warn']), message: z.string() }),
    ),
    liveIn: z.array(
      z.object({
        environment: z.string(),
        region: z.string(),
        colour: z.string().nullable(),
        since: time.nullable(),
        sameImage: z.boolean().nullable().describe('whether what runs is the registered image'),
        observedAt: time.nullable(),
      }),
    ),
    staging: z
      .object({ operation: z.string(), at: time })
      .nullable()
      .describe('the deployment that proved it in staging'),
    may: z.object({ markBad: Verdict, clear: Verdict }),
  }),
);

export const ReleaseRegistered = named(
  'ReleaseRegistered',
  z.object({
    version: z.string(),
    digest: z.string(),
    registeredAt: time,
    created: z.boolean().describe('false: it was registered before'),
  }),
);

export const ReleaseJudged = named('ReleaseJudged', z.object({ version: z.string() }));

export const Problem = named(
  'Problem',
  z
    .object({
      type: z.string(),
      title: z.string(),
      status: z.int(),
      code: z.string(),
      detail: z.string().describe('what was attempted, what stopped it, what to do next'),
      requestId: z.string(),
      rule: z.string().optional().describe('the rule that refused'),
      fields: z
        .record(z.string(), z.string())
        .optional()
        .describe('each field that does not fit, and what is allowed'),
    })
    .describe('RFC 9457'),
);
