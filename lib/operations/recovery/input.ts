import { z } from 'zod';
import { RpoContract } from '#lib/domain/recovery/params.ts';

/** An instance by its id, or the one that an earlier step of the same run made or renamed, by the key of that step. */
export const InstanceRef = z.union([
  z.strictObject({ instanceId: z.string() }),
  z.strictObject({ createdBy: z.string() }),
]);
export type InstanceRef = z.infer<typeof InstanceRef>;

/** An instance in its Region. */
export const Place = z.object({ region: z.string(), instance: InstanceRef });
export type Place = z.infer<typeof Place>;

/**
 * Read by the wrapper of actions that never stop a run; the lint of plans treats such steps apart. `leaveAfterSeconds`: how
 * long it is tried in all, workers that died included, before the run goes on without it.
 */
const effort = {
  bestEffort: z.literal(true).optional(),
  leaveAfterSeconds: z.number().positive().optional(),
};

/** The run whose work a step puts back; read by the wrapper of actions that do so for another run. */
export const LeftBy = z.object({ leftBy: z.string() });

/** The steps that follow, as far as it is looked at what they would change. */
export const CheckLeftInput = z.object({
  of: z.array(z.object({ action: z.string(), input: z.record(z.string(), z.unknown()) })),
});

const ShopConfigPlace = { region: z.string(), namespace: z.string(), ...effort };

export const DeclareInput = Place.extend({
  sourceRegion: z.string(),
  accept: RpoContract,
  /** When orders stopped being written in the lost Region, ISO; null while they may still be. */
  writesEndedAt: z.string().nullable(),
  /** From which DNS is asked whether it names the lost Region still; absent: it is not asked. */
  geographies: z.array(z.string()).default([]),
});

export const FreezeWritesInput = z.object(ShopConfigPlace);
export const PointWriterInput = z.object({
  ...ShopConfigPlace,
  /** The instance that takes orders; null: the name that stood there before is left. */
  writer: InstanceRef.nullable(),
  writeFreeze: z.boolean(),
  /** Follows a run that was stopped: see `writesAlways`. */
  putsBack: z.literal(true).optional(),
});

export const FenceInput = Place.extend(effort);
export const UnfenceInput = Place.extend({ securityGroupIds: z.array(z.string()), ...effort });
export const SealWriterInput = z.object({
  writer: Place,
  target: Place,
  /** Groups that let clients in, to open again with. */
  securityGroupIds: z.array(z.string()),
  /** Longest that an order which has passed the freeze's check can take to commit, seconds. */
  orderLimitSeconds: z.number().min(0),
  /** The target must have the last row within this. */
  gateSeconds: z.number().positive(),
  /** Regions from inside which a connection must be turned away. */
  proveFrom: z.array(z.string()),
});
export const VerifyReplicationInput = z.object({ writer: Place, target: Place });

export const PromoteInput = Place.extend({
  backupRetentionDays: z.int().min(1),
  /** What may be lost at most, with the steps that measured it and that saw users leave the lost Region. */
  bound: z
    .object({
      accept: RpoContract,
      declaredBy: z.string(),
      leftBy: z.string(),
      /** Of the lost Region: steps after which no order is taken there, where they reached it. */
      fencedBy: z.string().optional(),
      frozenBy: z.string().optional(),
      /** The lost Region, and from where DNS is asked for it once more; absent in plans of before 26 November 2026. */
      lost: z.string().optional(),
      geographies: z.array(z.string()).default([]),
    })
    .optional(),
});

export type PromoteInput = z.infer<typeof PromoteInput>;

export const RecheckInput = z.object({
  expect: z.array(
    Place.extend({
      role: z.enum(['primary', 'replica']),
      /** Of a replica: the Region it must be replicating from. */
      sourceRegion: z.string().nullable(),
    }),
  ),
});

export const SwitchInput = z.object({
  region: z.string(),
  to: z.enum(['on', 'off']),
  /** Regions whose bucket holds the switch; empty where it was never prepared. */
  inRegions: z.array(z.string()),
  ...effort,
});
export const AwaitDnsInput = z.object({
  region: z.string(),
  answered: z.boolean(),
  geographies: z.array(z.string()),
  /** Step that fenced the Region's database: decides what to do where the Region does not leave DNS. */
  fencedBy: z.string().optional(),
});

export const VerifyOrderInput = z.object({
  from: z.string(),
  writer: Place,
  /** Whether the Region reaches the writer's (aws-facts B-05). */
  path: z.boolean(),
  ...effort,
});
export const VerifyReadsInput = z.object({
  regions: z.array(z.string()),
  /** Step whose `atMs` in the output is the earliest request that counts. */
  since: z.string(),
  /** A Region that is to serve nobody. */
  empty: z.string().optional(),
  /** What a service level beyond its limit leads to: behind the point of no return nothing is put back. */
  onFailure: z.enum(['revert', 'hold']),
});

export const CreateReplicaInput = z.object({
  region: z.string(),
  /** The id that the estate declares: taken where it is free. */
  declaredId: z.string(),
  source: Place,
  class: z.string(),
  multiAz: z.boolean(),
  kmsKeyId: z.string().nullable(),
  securityGroupIds: z.array(z.string()),
  throwaway: z.literal(true).optional(),
  ...effort,
});
export const DeleteReplicaInput = Place.extend({
  /** Step that made what takes its place: without that nothing is deleted. Absent for a throw-away copy. */
  replacedBy: z.string().optional(),
  /** What only the copy has of the orders is listed before it goes: it may have come further than the writer. */
  compare: z
    .object({
      writer: Place,
      /** Step that said what the writer had when it was chosen, of a copy of the database that was lost then. */
      declaredBy: z.string().optional(),
      /** Else the last commit up to which the writer is known to have had everything, ISO; null: not known. */
      since: z.string().nullable().optional(),
    })
    .optional(),
  /** Of a drill's throw-away copy: what it was made of. */
  copyOf: Place.optional(),
});
export type DeleteReplicaInput = z.infer<typeof DeleteReplicaInput>;
export const DiscardDrillInput = z.object({
  region: z.string(),
  declaredId: z.string(),
  copyOf: Place.optional(),
});
export const ParityInput = Place.extend({
  backupRetentionDays: z.int().min(0),
  multiAz: z.boolean(),
  deletionProtection: z.boolean(),
  /** Null: left as it is. */
  parameterGroup: z.string().nullable(),
  ...effort,
});
export const RedundancyInput = z.object({ writer: Place, regions: z.array(z.string()) });
export const SalvageInput = Place.extend({
  writer: Place,
  /** The last commit up to which the writer is known to have had everything, ISO; null: not known. */
  since: z.string().nullable(),
});
export const CheckRegionInput = Place.extend({ from: z.string(), writer: Place.nullable() });

export const SwitchCheckInput = z.object({ region: z.string(), inRegion: z.string() });
export const CalculatedCheckInput = z.object({ region: z.string(), children: z.array(z.string()) });
export const AttachCheckInput = z.object({
  region: z.string(),
  /** Step whose output names the check, or the check itself. */
  check: z.union([z.object({ createdBy: z.string() }), z.object({ id: z.string() })]),
  /** Steps and checks that the records may carry now: anything else is somebody else's change. */
  known: z.array(z.string()),
});

export const PeeringInput = z.object({ from: z.string(), to: z.string() });
export const AcceptPeeringInput = PeeringInput.extend({ createdBy: z.string() });
export const RouteInput = z.object({ region: z.string(), to: z.string(), createdBy: z.string() });
export const VerifyPathInput = z.object({ from: z.string(), to: z.string() });

export const DryInput = z.object({
  /** The step that is tried without being carried out. */
  step: z.object({
    key: z.string(),
    title: z.string(),
    action: z.string(),
    input: z.record(z.string(), z.unknown()),
    needsRegions: z.array(z.string()),
  }),
});
export const VerdictInput = z.object({ of: z.array(z.string()) });
export const RecordInput = z.object({
  lines: z.array(z.object({ verdict: z.string(), text: z.string() })),
});
export const SummaryInput = z.object({
  of: z.array(z.string()),
  /** What no step of the plan does, as sentences; none in what an earlier version planned. */
  besides: z.array(z.string()).default([]),
});
