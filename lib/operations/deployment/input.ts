import { z } from 'zod';

const place = { region: z.string(), namespace: z.string() };

export const ImagesInput = z.object({
  repository: z.string(),
  version: z.string(),
  digest: z.string(),
  regions: z.array(z.string()),
});

/** Until the planned time and the bake after the Region before are both over, and where asked for, the quiet hours are there. */
export const WaitInput = z.object({
  region: z.string(),
  /** Step that switched the Region before. */
  after: z.string(),
  /** After the deployment began. */
  plannedMinutes: z.number().min(0),
  /** After that switch. */
  bakeMinutes: z.number().min(0),
  /** Hours of a UTC day. */
  window: z.object({ fromHour: z.int(), toHour: z.int() }).optional(),
});
export type WaitInput = z.infer<typeof WaitInput>;

export const ApplyInput = z.object({
  ...place,
  version: z.string(),
  digest: z.string(),
  /** What served when it was planned: another one is somebody else's change. */
  expect: z.string(),
});
export const VersionInput = z.object({ ...place, version: z.string() });
export const SmokeInput = z.object({ ...place, version: z.string(), path: z.string() });
export const SwitchInput = z.object({
  ...place,
  version: z.string(),
  /** What served when it was planned: another one is somebody else's change. */
  expect: z.string(),
});
export const DrainInput = z.object({ ...place, version: z.string(), seconds: z.number().min(0) });
export const SoakInput = z.object({
  region: z.string(),
  version: z.string(),
  seconds: z.number().min(0),
  /** Step that switched the Region: the soak counts from there. */
  since: z.string(),
  /** Regions that serve the version of before all along this soak. */
  baseline: z.array(z.string()),
});
export const ParityInput = z.object({
  regions: z.array(z.string()),
  namespace: z.string(),
  version: z.string(),
});
export const RetireInput = z.object({
  ...place,
  version: z.string(),
  minutes: z.number().min(0),
  /** Step that switched the first Region. */
  since: z.string(),
});

/** Back to what the step `switched` recorded, or to what the plan names. */
export const SwitchBackInput = z.object({
  ...place,
  switched: z.string().optional(),
  /** Of a rollback of its own: what to serve again, in which colour, and from which image where that is gone. */
  to: z.object({ version: z.string(), digest: z.string().nullable() }).optional(),
  /** What it is put back from: a Service that names neither is somebody else's. */
  from: z.string(),
});
export type SwitchBackInput = z.infer<typeof SwitchBackInput>;
export const VerifyBackInput = z.object({ region: z.string(), back: z.string() });
export const DiagnoseInput = z.object({ ...place, version: z.string() });
export const ClearInput = z.object({ ...place, version: z.string(), apply: z.string() });

/** What an apply keeps before it acts, and hands on. */
export const ApplyOutput = z.object({
  clusterUid: z.string(),
  colour: z.string(),
  replicas: z.number(),
  /** Of the idle colour, as it was found; 0 where there was none. */
  replicasBefore: z.number(),
  /** Of the live Service as it was found: the switch goes on only from there. */
  resourceVersion: z.string(),
});
export type ApplyOutput = z.infer<typeof ApplyOutput>;
