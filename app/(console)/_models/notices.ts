import type { ShellModel, ShellNotice } from '#components/shell/model.ts';
import type { Status } from '#components/ui/model.ts';
import type { Detection } from '#lib/domain/recovery/detection.ts';
import { type ConsolePlace, placeWords } from '#lib/domain/recovery/home.ts';
import { mayRequest, type ReviewDebt } from '#lib/domain/recovery/review-debt.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import type { listSplitBrains } from '#lib/services/fences/list.ts';
import { listOf } from './common.ts';

/** What is read of recovery for every page. */
export interface Alarms {
  detection: Detection | null;
  splitBrains: Awaited<ReturnType<typeof listSplitBrains>>;
  debts: readonly ReviewDebt[];
  /** Where people can go when this console goes down with a Region that fails; read only then. */
  elsewhere: readonly ConsolePlace[];
}

/** Regions that are seen failing, or suspected to. */
export function regionsInTrouble({ detection }: Pick<Alarms, 'detection'>): {
  failing: string[];
  suspect: string[];
} {
  const of = (wanted: string) =>
    (detection?.regions ?? []).filter(({ state }) => state === wanted).map(({ region }) => region);
  return { failing: of('failing'), suspect: of('suspect') };
}

/** How many things of recovery wait for somebody, and how bad the worst is. */
export function recoveryCount(alarms: Alarms): ShellModel['counts']['recovery'] {
  const { failing, suspect } = regionsInTrouble(alarms);
  const critical = failing.length + alarms.splitBrains.length;
  const count = critical + suspect.length;
  return count === 0 ? undefined : { count, status: critical > 0 ? 'critical' : 'warning' };
}

/** Where console and database run, and whether they would go down with a Region that fails. */
export function homeModel({ estate }: VerbContext, alarms: Alarms): ShellModel['home'] {
  const { homeRegion, databaseRegion } = estate.console;
  const home = { region: homeRegion, databaseRegion };
  const aboard = aboardOf(estate.console, regionsInTrouble(alarms));
  if (aboard === null) return home;
  return { ...home, lost: aboard.region, status: aboard.status, warning: aboard.title };
}

/** What this person has to know on every page: the sinking ship, split brain, a debt that holds their changes. */
export function noticesOf(
  context: VerbContext,
  alarms: Alarms,
  here: { environment?: string },
): ShellNotice[] {
  const aboard = aboardOf(context.estate.console, regionsInTrouble(alarms));
  const debt = debtNotice(context, alarms.debts, here);
  return [
    ...splitBrainNotices(alarms.splitBrains, here),
    ...(aboard === null
      ? []
      : [
          {
            id: 'sinking-ship',
            status: aboard.status,
            title: aboard.title,
            text: wayOut(alarms.elsewhere),
            link: { href: routes.decide({ ...here, lost: aboard.region }), label: 'Decide' },
          },
        ]),
    ...(debt === null ? [] : [debt]),
  ];
}

function splitBrainNotices(writers: Alarms['splitBrains'], here: { environment?: string }): ShellNotice[] {
  const recovery = { href: routes.recovery(here), label: 'Open recovery' };
  const unasked = writers.filter(({ askedBy }) => askedBy === null);
  const shut = writers.flatMap(({ region, instanceId, askedBy }): ShellNotice[] => {
    if (askedBy === null) return [];
    const [asked, link]: [string, ShellNotice['link']] =
      askedBy === 'break-glass'
        ? ['the break-glass record was imported', recovery]
        : [
            `${askedBy.operation} asked for it`,
            { href: routes.operation(askedBy.operation, here), label: `Open ${askedBy.operation}` },
          ];
    return [
      {
        id: `split-brain-${region}`,
        status: 'critical',
        title: 'Split brain.',
        text: `${instanceId} in ${region} takes orders that the writer will never see. It is being shut since ${asked}.`,
        link,
      },
    ];
  });
  if (unasked.length === 0) return shut;
  const named = listOf(unasked.map(({ region, instanceId }) => `${instanceId} in ${region}`));
  return [
    ...shut,
    {
      id: 'split-brain',
      status: 'critical',
      title: 'Split brain.',
      text: `${named} each take orders that the others never see. Nothing shuts them by itself: fence all but one.`,
      link: recovery,
    },
  ];
}

interface Aboard {
  region: string;
  status: Status;
  title: string;
}

/** PRODUCT.md, idea 9: "Am I on the sinking ship?" */
function aboardOf(
  { homeRegion, databaseRegion }: VerbContext['estate']['console'],
  { failing, suspect }: { failing: readonly string[]; suspect: readonly string[] },
): Aboard | null {
  const troubled = [...failing, ...suspect];
  const region = troubled.find((code) => code === homeRegion || code === databaseRegion);
  if (region === undefined) return null;
  const aboard = [
    ...(region === homeRegion ? ['this console'] : []),
    ...(region === databaseRegion ? ['its database'] : []),
  ];
  const what = listOf(aboard);
  const seen = failing.includes(region) ? 'is seen failing' : 'is suspected to fail';
  return {
    region,
    status: failing.includes(region) ? 'critical' : 'warning',
    title: `${what.charAt(0).toUpperCase()}${what.slice(1)} ${aboard.length === 1 ? 'runs' : 'run'} in ${region}, which ${seen}.`,
  };
}

/** The Region in trouble that would take this console or its database along; null where there is none. */
export function regionAboard({ estate }: VerbContext, detection: Detection | null): string | null {
  return aboardOf(estate.console, regionsInTrouble({ detection }))?.region ?? null;
}

function wayOut([other]: readonly ConsolePlace[]): string {
  const start = 'A run started here could stop half-way.';
  if (other) return `${start} Use ${placeWords(other)}.`;
  return `${start} Start it from a console elsewhere, or use the break-glass bundle; no other console is alive.`;
}

function debtNotice(
  { actor, now }: VerbContext,
  debts: readonly ReviewDebt[],
  here: { environment?: string },
): ShellNotice | null {
  const { personId } = actor;
  const [first] = debts;
  if (!personId || !first) return null;
  const verdict = mayRequest(debts, { personId, kind: 'traffic-shift', emergency: false }, now);
  if (verdict.allowed) return null;
  return {
    id: 'review-debt',
    status: 'held',
    title: 'Your normal changes are held.',
    text: verdict.reason,
    link: { href: routes.approvals({ ...here, tab: 'reviews', review: first.id }), label: 'The review' },
  };
}
