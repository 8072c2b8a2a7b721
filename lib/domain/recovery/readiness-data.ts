import { checkBackups, checkLag, checkParity, checkReplica } from './database-checks.ts';
import { type Case, type Found, farEnd, fromReason, losesWriter } from './readiness-case.ts';
import { listOf } from './words.ts';

/** Exactly one Region takes the orders: anything else is a matter of now, in every scenario (aws-facts B-20). */
export function checkWriter({ writer }: Case): Found {
  const found = { message: writer.message, source: 'B-20', observedAt: null };
  switch (writer.kind) {
    case 'one':
      return { ...found, verdict: 'ok', remedy: null };
    case 'unknown':
      return { ...found, verdict: 'unknown', remedy: { text: 'Find out why the Region is not seen.' } };
    case 'none':
      return { ...found, verdict: 'blocked', remedy: { text: 'Fail over, or bring a primary back.' } };
    case 'several':
      return {
        ...found,
        verdict: 'blocked',
        remedy: {
          text: `Fence all but one of ${listOf(writer.regions)} and rebuild it as a replica; what was written there is salvaged first.`,
        },
      };
    default:
      return writer satisfies never;
  }
}

/** A copy that can be promoted, or that a cut link lets fall behind. */
export function checkCopy(given: Case): Found | null {
  const { outlook, scenario, lost, writing, target } = given;
  if (scenario.kind === 'route53') return null;
  const behind = farEnd(scenario, writing);
  if (behind !== null) {
    return {
      verdict: 'warning',
      message: `The replica in ${behind} would fall behind for as long as this lasts, and its slot would keep WAL on the disk of ${writing}.`,
      source: 'R-12',
      observedAt: null,
      remedy: { text: `Watch the free storage of ${writing}; a replica that stays behind is rebuilt.` },
    };
  }
  if (scenario.kind === 'link') return null;
  if (!losesWriter(given)) {
    const message = `Orders are not written in ${lost}, so nothing has to be promoted.`;
    return { verdict: 'ok', message, source: '2.5', observedAt: null, remedy: null };
  }
  if (!target) {
    const message = `No Region is left that could take over from ${lost}.`;
    return {
      verdict: 'blocked',
      message,
      source: '2.5',
      observedAt: null,
      remedy: { text: 'Add a Region with a replica.' },
    };
  }
  const promotable = target.reasons.find(({ code }) => code === 'promotable');
  if (promotable && promotable.verdict !== 'ok')
    return fromReason(promotable, {
      text: 'Declare a Region promotable in the estate, once its database can carry the orders.',
    });
  return fromReason(checkReplica(outlook, target.region, 'planned'), {
    text: `Rebuild ${target.region} as a replica of ${writing}.`,
    operation: { kind: 'rebuild', params: { region: target.region } },
  });
}

export function checkCopyLag(given: Case): Found | null {
  if (!losesWriter(given) || !given.target) return null;
  return fromReason(checkLag(given.outlook, given.target.region), {
    text: 'Find what holds replication up; orders in that gap would be lost.',
  });
}

export function checkCopyBackups(given: Case): Found | null {
  if (!losesWriter(given) || !given.target) return null;
  return fromReason(checkBackups(given.outlook, given.target.region, 'planned'), {
    text: `Set a backup retention on the replica in ${given.target.region}.`,
  });
}

/** Red where it is smaller than what it would replace (aws-facts C-09). */
export function checkCopyParity(given: Case): Found | null {
  if (!losesWriter(given) || !given.target) return null;
  return fromReason(checkParity(given.outlook, given.target.region, 'blocked'), {
    text: `Give the database of ${given.target.region} what the primary has.`,
  });
}
