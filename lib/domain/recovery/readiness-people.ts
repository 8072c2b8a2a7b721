import { blockingFreeze, freezeReason } from '../freeze/freeze.ts';
import { declaredRegions, factsOf, known, requireDeclared } from './facts.ts';
import { aboardOf, consolesElsewhere, sinkingShip } from './home.ts';
import { type Case, type Found, losesWriter, together } from './readiness-case.ts';
import { dutyOf } from './support.ts';
import { listOf, sentence } from './words.ts';

/** All who go on serve the same version: one schema takes no two for long (aws-facts C-12). */
export function checkVersions({ outlook, survivors, scenario }: Case): Found | null {
  if (scenario.kind !== 'region' || survivors.length === 0) return null;
  const seen = survivors.map((code) => ({
    code,
    service: known(outlook, 'service', factsOf(outlook.facts, code).service),
  }));
  const observedAt = seen.flatMap(({ service }) => service.observedAt ?? []).sort()[0] ?? null;
  const found = { source: 'C-12', observedAt };
  const unknown = seen.filter(({ service }) => !service.value?.liveVersion);
  if (unknown.length > 0) {
    const why = unknown.map(({ code, service }) => `${code}: ${service.why ?? 'its Service names none'}`);
    return {
      ...found,
      verdict: 'unknown',
      message: `The version is not known in ${why.join('; ')}.`,
      remedy: { text: 'Find out why the cluster is not seen.' },
    };
  }
  const versions = new Map<string, string[]>();
  for (const { code, service } of seen) {
    const version = service.value?.liveVersion ?? '';
    versions.set(version, [...(versions.get(version) ?? []), code]);
  }
  if (versions.size === 1) {
    const [version] = versions.keys();
    return { ...found, verdict: 'ok', message: `${listOf(survivors)} serve ${version}.`, remedy: null };
  }
  const said = [...versions].map(
    ([version, codes]) => `${listOf(codes)} ${codes.length === 1 ? 'serves' : 'serve'} ${version}`,
  );
  return {
    ...found,
    verdict: 'warning',
    message: `Two versions over one schema: ${said.join('; ')}.`,
    remedy: { text: 'Finish the rollout, or take it back everywhere.' },
  };
}

/** Who may approve, and who is awake to do it (aws-facts C-27). An emergency waits for neither. */
export function checkApprovers({ outlook, scenario, lost, target }: Case): Found | null {
  if (scenario.kind !== 'region' || lost === null) return null;
  const { facts } = outlook;
  const touched = [lost, ...(target ? [target.region] : [])];
  const able = facts.approvers.filter(
    ({ regions }) => regions === null || touched.every((code) => regions.includes(code)),
  );
  const found = { source: 'C-27', observedAt: null };
  if (able.length === 0) {
    return {
      ...found,
      verdict: 'blocked',
      message: `Nobody may approve a move out of ${listOf(touched)}: only an emergency would start it.`,
      remedy: { text: 'Grant somebody the role approver there, under Settings.' },
    };
  }
  const duties = declaredRegions(outlook).map((region) => ({
    code: region.code,
    duty: dutyOf(region, facts.now),
  }));
  const awake = duties.filter(({ duty }) => duty.awake).map(({ code }) => code);
  const wanted = target?.region ?? lost;
  const asleep = duties.find(({ code, duty }) => code === wanted && !duty.awake);
  const who = `${able.length} ${able.length === 1 ? 'person' : 'people'} may approve`;
  if (!asleep)
    return {
      ...found,
      verdict: 'ok',
      message: `${who}; ${listOf(awake)} ${awake.length === 1 ? 'is' : 'are'} on duty.`,
      remedy: null,
    };
  const others =
    awake.length === 0
      ? 'Nobody else is on duty either.'
      : `${listOf(awake)} ${awake.length === 1 ? 'is' : 'are'} on duty.`;
  return {
    ...found,
    verdict: 'warning',
    message: `${who}, but it is ${asleep.duty.localTime} in ${requireDeclared(outlook, wanted).name} (${wanted}), where people are on duty ${asleep.duty.hours}. ${others}`,
    remedy: { text: 'Name somebody on call for these hours, who may approve.' },
  };
}

/** A freeze holds what is asked for in the ordinary way; an emergency passes it (freeze.ts). */
export function checkFreezes(given: Case): Found | null {
  const { outlook, scenario, lost, target } = given;
  if (scenario.kind !== 'region' || lost === null) return null;
  const { facts, environment } = outlook;
  const kind = losesWriter(given) ? 'failover' : 'evacuate';
  const regions = [lost, ...(target ? [target.region] : [])];
  const freeze = blockingFreeze(facts.freezes, { environment: environment.name, regions, kind }, facts.now);
  const found = { source: 'PRODUCT.md, idea 11', observedAt: null };
  if (!freeze) return { ...found, verdict: 'ok', message: 'No freeze would hold it.', remedy: null };
  return {
    ...found,
    verdict: 'warning',
    message: `${sentence(freezeReason(freeze))} It would hold a ${kind} that is requested; an emergency passes it.`,
    remedy: { text: 'Except recovery from the freeze, or lift it.' },
  };
}

/** Meridian's own keys in every Region that has to be changed, tried (aws-facts R-02). */
export function checkCredentials({ outlook, survivors }: Case): Found | null {
  if (survivors.length === 0) return null;
  const parts = survivors.map((code): Found => {
    const { identity } = factsOf(outlook.facts, code);
    const seen = known(outlook, 'identity', identity);
    const found = { source: 'R-02', observedAt: seen.observedAt };
    if (seen.known && seen.value.account !== outlook.estate.account) {
      const message = `Credentials in ${code} are of account ${seen.value.account}, not ${outlook.estate.account}.`;
      return {
        ...found,
        verdict: 'blocked',
        message,
        remedy: { text: 'Correct the role that the estate names for it.' },
      };
    }
    if (!seen.known || identity.error) {
      const message = `Credentials in ${code} were not proven: ${seen.known ? identity.error : seen.why}.`;
      return {
        ...found,
        verdict: 'unknown',
        message,
        remedy: { text: 'Try them: GetCallerIdentity at the Region’s own STS.' },
      };
    }
    return { ...found, verdict: 'ok', message: `Credentials work in ${code}.`, remedy: null };
  });
  return together(parts, 'R-02', `Credentials work in ${listOf(survivors)}.`);
}

/** Whether the console would go down with the Region (PRODUCT.md, idea 9). */
export function checkHome({ outlook, lost }: Case): Found | null {
  const { home } = outlook.facts;
  const found = { source: 'R-01', observedAt: null };
  if (lost === null) return null;
  const ship = sinkingShip(home, lost);
  if (!ship) {
    const workers = [...new Set(home.workers.flatMap((region) => region ?? []))].sort();
    const carried = workers.length === 0 ? '' : ` Workers stand in ${listOf(workers)}.`;
    const message = `Console and database run elsewhere: ${home.console} and ${home.database}.${carried}`;
    return { ...found, verdict: 'ok', message, remedy: null };
  }
  const { database, workers } = aboardOf(home, lost);
  // Another console is enough where the rest of Meridian goes on.
  const goesOn = !database && !workers && consolesElsewhere(home, lost).length > 0;
  return {
    ...found,
    verdict: goesOn ? 'warning' : 'blocked',
    message: ship.message,
    remedy: { text: 'Run console and database in a Region without the application, and not in us-east-1.' },
  };
}
