import type { NumberCell, NumberRow, NumbersModel } from '#components/deployments/model.ts';
import { formatClock, formatNumber, formatShare, NBSP } from '#components/ui/format.ts';
import type { DeliveryNumber, DeliveryNumbers } from '#lib/domain/deployment/delivery.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { readDelivery } from '#lib/services/deployments/delivery.ts';
import { count } from '../common.ts';

interface NumbersPage {
  context: VerbContext;
  environment: string;
}

/** The four numbers of an environment over 7, 30 and 90 days. */
export async function numbersModel({ context, environment }: NumbersPage): Promise<NumbersModel> {
  const numbers = await readDelivery(context, environment);
  return {
    environment,
    columns: numbers.map(({ days }) => `Last ${days} days`),
    rows: ROWS.map(({ name, definition, cell }) => ({ name, definition, cells: numbers.map(cell) })),
    note: 'All of them come from the operations themselves, in real time: a scaled soak counts as long as it took. Medians, so that one odd run does not decide. Where nothing was counted there is no number.',
  };
}

const ROWS: readonly (Omit<NumberRow, 'cells'> & { cell: (numbers: DeliveryNumbers) => NumberCell })[] = [
  {
    name: 'Deployment frequency',
    definition:
      'Deployments that sent users of at least one Region to the new version. Rollbacks do not count.',
    cell: ({ frequency }) => ({
      ...pace(frequency),
      samples: samplesOf(frequency, 'deployment', 'no deployment reached users'),
    }),
  },
  {
    name: 'Lead time',
    definition:
      'Median from the moment a release was registered until users of every Region were sent to it. Counted when the last Region followed.',
    cell: ({ lead }) => ({
      ...span(lead.value),
      samples: samplesOf(lead, 'release', 'no release came to every Region'),
    }),
  },
  {
    name: 'Change failure rate',
    definition:
      'Of the deployments that ended, those that a gate, a failure or a person turned round, or that were rolled back afterwards.',
    cell: ({ failure }) => ({
      value: failure.value === null ? null : formatShare(failure.value),
      unit: `${NBSP}%`,
      samples:
        failure.value === null
          ? 'no deployment ended'
          : `${Math.round(failure.value * failure.samples)} of ${count(failure.samples, 'deployment')}`,
    }),
  },
  {
    name: 'Time to restore',
    definition:
      'Median from the moment a deployment was turned round, or its rollback was asked for, until that ended with everything verified.',
    cell: ({ restore, unrestored }) => ({
      ...span(restore.value),
      samples:
        restore.samples + unrestored === 0
          ? 'nothing failed'
          : `${restore.samples} restored${unrestored > 0 ? `, ${unrestored} not` : ''}`,
    }),
  },
];

function samplesOf({ samples }: DeliveryNumber, one: string, none: string): string {
  return samples === 0 ? none : count(samples, one);
}

const DAYS_A_WEEK = 7;

/** A day where it is one at least, else a week. */
function pace({ value }: DeliveryNumber): Pick<NumberCell, 'value' | 'unit'> {
  if (value === null) return { value: null, unit: '' };
  return value >= 1
    ? { value: formatNumber(value, 1), unit: `${NBSP}a day` }
    : { value: formatNumber(value * DAYS_A_WEEK, 1), unit: `${NBSP}a week` };
}

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** "12 s", "3:12 min", "2:41 h", "3.5 days": a span in the unit that people would say. */
function span(seconds: number | null): Pick<NumberCell, 'value' | 'unit'> {
  if (seconds === null) return { value: null, unit: '' };
  if (seconds < MINUTE) return { value: formatNumber(seconds, seconds < 10 ? 1 : 0), unit: `${NBSP}s` };
  if (seconds < HOUR) return { value: formatClock(seconds), unit: `${NBSP}min` };
  if (seconds < 2 * DAY) return { value: formatClock(seconds / MINUTE), unit: `${NBSP}h` };
  return { value: formatNumber(seconds / DAY, 1), unit: `${NBSP}days` };
}
