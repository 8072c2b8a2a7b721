import { ANSWERS_METRIC, expectedEverySeconds, linkSubject } from '#lib/domain/observation/kinds.ts';
import { createAnswerCounter } from '../../adapters/dns/count-answers.ts';
import type { Collector } from '../collector.ts';
import type { SamplePoint } from '../store.ts';

/** Of each geography: enough to miss a Region with a tenth of the weight once in 500 times (lib/domain/traffic/answers.ts). */
const QUESTIONS = 60;
const LONGEST_MS = 4_000;

/** What the zone's name servers answer to each geography: heard when Route 53's own Region, and with it its metrics, is gone. */
export function dnsCollector(nameServers: readonly string[]): Collector {
  return {
    service: 'dns',
    covers: ({ estate }) => [{ kind: 'dns', name: estate.dns.originName }],
    everySeconds: (period) => expectedEverySeconds('dns', period),
    async collect({ estate, nowMs }) {
      const abortSignal = AbortSignal.timeout(LONGEST_MS);
      const counter = await createAnswerCounter({ estate, addresses: nameServers, abortSignal });
      const counted = await Promise.all(
        estate.geographies.map(async ({ key }) => [key, await counter.count(key, QUESTIONS)] as const),
      );
      const answers = Object.fromEntries(counted);
      return {
        seen: [{ kind: 'dns', name: estate.dns.originName, value: { answers } }],
        samples: counted.flatMap(([geography, count]) => shares(geography, count, nowMs)),
      };
    },
  };
}

function shares(geography: string, answered: Readonly<Record<string, number>>, nowMs: number): SamplePoint[] {
  const total = Object.values(answered).reduce((sum, count) => sum + count, 0);
  return Object.entries(answered).flatMap(([region, count]) =>
    count === 0
      ? []
      : {
          subject: linkSubject(geography, region),
          metric: ANSWERS_METRIC.name,
          unit: ANSWERS_METRIC.unit,
          atMs: Math.floor(nowMs / 1_000) * 1_000,
          value: count / total,
        },
  );
}
