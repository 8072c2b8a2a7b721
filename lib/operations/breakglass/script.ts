import { describeCommand } from '../commands/rds.ts';
import { quoted } from '../commands/shell.ts';
import { type Act, type ActContext, actOf } from './acts.ts';
import { call, plain } from './shell.ts';
import type { BreakGlassPlan, BreakGlassRegion } from './subject.ts';

/** Acts of a plan in order: those of the script, and those that are left for afterwards. */
export interface Acts {
  steps: Act[];
  compensation: Act[];
}

export function actsOf(context: ActContext): Acts {
  const of = (step: ActContext['subject']['steps'][number]) => actOf(context, step);
  return { steps: context.subject.steps.map(of), compensation: context.subject.compensation.map(of) };
}

/**
 * The plan as a POSIX shell script that needs nothing but `aws` and `curl`: the commands of the steps in order, each with the
 * check that has to hold before the next. `library` is the text of library.sh, of which the steps are calls.
 */
export function renderScript(
  plan: BreakGlassPlan,
  { acts, library, madeAt }: { acts: Acts; library: string; madeAt: Date },
): string {
  const { subject, digest, name, title } = plan;
  const { estate, account, environment, lost, target } = subject;
  const values = { PLAN: name, DIGEST: digest, ESTATE: estate, ENVIRONMENT: environment, ACCOUNT: account };
  const fences = acts.steps.filter(({ step }) => step.action === 'recovery.fence-database');
  const checks = acts.steps.filter(({ step }) => step.action === 'recovery.declare');
  return [
    '#!/bin/sh',
    `# Meridian break-glass. ${title}.`,
    `# Environment ${plain(environment)} of ${plain(estate)}; made ${madeAt.toISOString()} from what was seen then; plan ${digest}.`,
    '# For when neither console nor worker nor database of Meridian answers. Read the sheet beside it first.',
    `# Needs a POSIX shell, the AWS CLI (1 or 2) and curl. Run: sh ${name}.sh --help`,
    '',
    'set -u',
    ...Object.entries({ ...values, LOST: lost, TARGET: target }).map(
      ([key, value]) => `${key}=${quoted(plain(value))}`,
    ),
    `DESCRIBE_TARGET=${quoted(describeTarget(subject.regions))}`,
    '',
    ...shellFunction('plan_run', scriptOf(acts.steps)),
    ...shellFunction('plan_put_back', scriptOf(acts.compensation)),
    ...shellFunction('plan_fence', scriptOf(fences)),
    ...shellFunction('plan_check', [
      ...scriptOf(checks),
      ...subject.regions.map(({ code, loadBalancer }) => call('look_around', code, plain(loadBalancer))),
    ]),
    library,
    'main "$@"',
    '',
  ].join('\n');
}

function scriptOf(acts: readonly Act[]): string[] {
  return acts.flatMap(({ script }) => script);
}

function shellFunction(name: string, lines: readonly string[]): string[] {
  return [`${name}() {`, ...(lines.length > 0 ? lines : [':']).map((line) => `  ${line}`), '}', ''];
}

function describeTarget(regions: readonly BreakGlassRegion[]): string {
  const target = regions.find(({ role }) => role === 'target');
  if (!target?.database) throw new Error('The target of a plan has a database.');
  return describeCommand(target.code, plain(target.database.instanceId));
}
