import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import type { Evidence, StepContext } from '#lib/operations/action.ts';
import { withCommands } from '#lib/operations/commands/of-port.ts';
import { portDouble } from './port-double.ts';
import { environmentOf, seedEstate } from './seed-estate.ts';

export interface RecordedContext extends StepContext {
  /** What the action put on record. */
  evidenceGiven: Omit<Evidence, 'at'>[];
  /** Texts of it. */
  told: string[];
  /** Each once, as the engine keeps them. */
  commands: string[];
  /** Outputs that it kept before its end, in turn. */
  kept: Record<string, unknown>[];
}

const STEP: PlannedStep = {
  key: 'step',
  title: 'A step',
  action: 'test.step',
  region: null,
  input: {},
  deadlineSeconds: 60,
  irreversible: false,
  needsRegions: [],
};

/** What the engine gives an action, kept in memory. Without a port, any call to AWS is a failure of the test. */
export function stepContext(
  given: Partial<Omit<StepContext, 'step'>> & { step?: Partial<PlannedStep> },
): RecordedContext {
  const evidenceGiven: RecordedContext['evidenceGiven'] = [];
  const told: string[] = [];
  const commands: string[] = [];
  const kept: RecordedContext['kept'] = [];
  const estate = given.estate ?? seedEstate();
  const environment = environmentOf(estate);
  const tellOnce = (command: string) => {
    if (!commands.includes(command)) commands.push(command);
  };
  return {
    operation: { id: 'OP-1001', environment: environment.name, kind: 'traffic-shift' },
    attempt: 1,
    firstStartedAtMs: Date.now(),
    outputs: {},
    estate,
    now: () => new Date(),
    scaledSeconds: (seconds) => seconds / environment.timeScale,
    evidence(entry) {
      evidenceGiven.push(entry);
      told.push(entry.text);
      return Promise.resolve();
    },
    cli(command) {
      tellOnce(command);
      return Promise.resolve();
    },
    keep(output) {
      kept.push(output);
      return Promise.resolve();
    },
    decided: () => Promise.resolve(null),
    signal: new AbortController().signal,
    ...given,
    aws: withCommands(given.aws ?? portDouble({}), estate, (command) => tellOnce(command)),
    step: { ...STEP, ...given.step },
    evidenceGiven,
    told,
    commands,
    kept,
  };
}
