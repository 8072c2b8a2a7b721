import { z } from 'zod';

/** What a switch keeps before it acts: what serves, and all that is needed to put it back. */
export const BegunSwitch = z.object({
  /** Real ms; absent until the Service was seen to be switched. */
  switchedAtMs: z.number().optional(),
  from: z.string(),
  to: z.string(),
  /** Of what is switched to. */
  colour: z.string().nullable(),
  resourceVersion: z.string(),
  fromColour: z.string().nullable(),
  fromImage: z.string().nullable(),
  fromReplicas: z.number(),
});
export type BegunSwitch = z.infer<typeof BegunSwitch>;

/** And hands on. */
export const SwitchOutput = BegunSwitch.required({ switchedAtMs: true });
export type SwitchOutput = z.infer<typeof SwitchOutput>;
