import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Estate } from '#lib/domain/estate/estate.ts';
import type { Outlook } from '#lib/domain/recovery/facts.ts';
import { rankTargets } from '#lib/domain/recovery/targets.ts';
import { recoveryTopology } from '#lib/operations/recovery/plan.ts';
import {
  AP,
  copyOfEstate,
  databaseOf,
  EU,
  meshed,
  NOW,
  outlook,
  seen,
  switchedZone,
  US,
  without,
} from '#test/recovery-facts.ts';
import { shopConfigCommand } from '../commands/kubectl.ts';
import { promoteCommand } from '../commands/rds.ts';
import { switchCommand } from '../commands/switch.ts';
import { type BreakGlassPlan, breakGlassPlans, renderBreakGlass, subjectDifferences } from './plan.ts';
import { call, plain } from './shell.ts';

const LIBRARY = path.join(import.meta.dirname, 'library.sh');
const estate = copyOfEstate();
const prepared = () => outlook(meshed(estate), { zone: seen(switchedZone(estate)) }, estate);

function plansOf(given: Outlook): BreakGlassPlan[] {
  const topology = recoveryTopology(given, { writesEndedAt: null, divergedAt: null });
  return breakGlassPlans({ estate: given.estate, environment: given.environment, topology });
}

function planTo(target: string, given: Outlook = prepared()): BreakGlassPlan {
  const found = plansOf(given).find(({ subject }) => subject.target === target);
  if (!found) throw new Error(`There is no plan to ${target}.`);
  return found;
}

const filesOf = (plan: BreakGlassPlan, on: Estate = estate) =>
  renderBreakGlass(plan, {
    estate: on,
    library: readFileSync(LIBRARY, 'utf8'),
    madeAt: NOW,
    target: rankTargets(prepared(), [US]).find(({ region }) => region === plan.subject.target),
    history: { [`promote-${EU}`]: { p50Seconds: 42, p95Seconds: 65, runs: 6 } },
  });

describe('the plans of break-glass', () => {
  it('are one for each Region that could take the orders', () => {
    expect(plansOf(prepared()).map(({ name }) => name)).toEqual([
      'failover-us-east-1-to-eu-west-1',
      'failover-us-east-1-to-ap-southeast-1',
    ]);
  });

  it('are none where nobody knows the one writer', () => {
    const two = outlook(
      { [EU]: { database: seen(databaseOf(regionOf(EU), { role: 'primary' })) } },
      {},
      estate,
    );
    expect(plansOf(two)).toEqual([]);
  });

  it('stay the same while the writer is silent: the bundle of yesterday is the one of the outage', () => {
    expect(planTo(EU, without(US, prepared())).digest).toBe(planTo(EU).digest);
  });

  it.each<[string, Outlook, RegExp]>([
    ['a switch that is not prepared', outlook(meshed(estate), {}, estate), /whether a switch.*the steps/],
    [
      'a network path that is missing',
      outlook({}, { zone: seen(switchedZone(estate)) }, estate),
      /which Regions it reaches/,
    ],
    [
      'another database',
      outlook(
        {
          ...meshed(estate),
          [EU]: {
            ...meshed(estate)[EU],
            database: seen(databaseOf(regionOf(EU), { instanceId: 'ecommerce-db-eu-west-1-1004' })),
            databases: seen({
              instances: [databaseOf(regionOf(EU), { instanceId: 'ecommerce-db-eu-west-1-1004' })],
            }),
          },
        },
        { zone: seen(switchedZone(estate)) },
        estate,
      ),
      /eu-west-1: its database/,
    ],
  ])('change with %s, and say what it is', (_, given, words) => {
    const [before, after] = [planTo(EU), planTo(EU, given)];
    expect(after.digest).not.toBe(before.digest);
    expect(subjectDifferences(before.subject, after.subject).join('; ')).toMatch(words);
  });
});

function regionOf(code: string) {
  const region = estate.regions.find((candidate) => candidate.code === code);
  if (!region) throw new Error(`The estate has no ${code}.`);
  return region;
}

describe('the script', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'meridian-script-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const { script } = filesOf(planTo(EU));
  const planned = script.slice(0, script.indexOf('# ---- What the steps are made of'));

  it.each([EU, AP])('to %s is one that a POSIX shell can read', (target) => {
    const file = path.join(folder, 'script.sh');
    writeFileSync(file, filesOf(planTo(target)).script);
    expect(() => execFileSync('sh', ['-n', file])).not.toThrow();
    expect(execFileSync('sh', [file, '--help'], { encoding: 'utf8' })).toContain('put-back');
  });

  it('takes the steps in the order of the plan, the promotion behind a confirmation', () => {
    const run = planned.slice(planned.indexOf('plan_run()'), planned.indexOf('plan_put_back()'));
    const keys = planTo(EU).subject.steps.map(({ key }) => key);
    const places = keys.map((key) => run.indexOf(`'${key}'`)).filter((place) => place >= 0);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places.length).toBeGreaterThan(12);
    const calls = [...run.matchAll(/^ {2}([a-z_]+) /gm)].map(([, name]) => name);
    const [left, asked, promoted] = ['leave_lost', 'confirm', 'promote'].map((name) => calls.indexOf(name));
    expect([left, asked]).toEqual([(promoted ?? 0) - 2, (promoted ?? 0) - 1]);
  });

  it.each([
    ['the promotion', promoteCommand(EU, 'ecommerce-db-eu-west-1', 7)],
    ['the switch in one peer', switchCommand('ecommerce-switch-eu-west-1', EU, US, 'off')],
    ['the switch in the other', switchCommand('ecommerce-switch-ap-southeast-1', AP, US, 'off')],
  ])('says %s with the words of the step itself', (_, command) => {
    expect(planned).toContain(`'${command}'`);
  });

  it('names a Region in every command: the environment’s own is never relied on', () => {
    const commands = [...`${planned}${script}`.matchAll(/\baws [a-z0-9]+ [a-z-]+[^'"]*/g)].map(
      ([text]) => text,
    );
    expect(commands.length).toBeGreaterThan(20);
    expect(commands.filter((command) => !command.includes('--region'))).toEqual([]);
  });

  it('takes nothing into the shell that could be read as more than a name', () => {
    const twisted = structuredClone(estate);
    const region = twisted.regions.find(({ code }) => code === EU);
    if (region) region.cluster.name = "shop'; rm -rf / #";
    expect(() => filesOf(planTo(EU), twisted)).toThrow(/cannot stand in a shell script/);
    expect(() => plain('$(id)')).toThrow(/cannot stand/);
    const said = execFileSync('sh', ['-c', call('printf', '%s', `it's $HOME "and" \\ more`)], {
      encoding: 'utf8',
    });
    expect(said).toBe(`it's $HOME "and" \\ more`);
  });

  it('notes what was done as JSON, whatever a command has said', () => {
    const file = path.join(folder, 'record.jsonl');
    const odd = 'said "no" \\ with a\ttab,\na line, an \u001b[31mescape and \u0007';
    const words = call('record', 'promote-eu-west-1', `printf '"'`, 'failed', odd);
    execFileSync('sh', ['-c', `set -u; . '${LIBRARY}'; record=${file}; ${words}; uuid >'${file}.id'`]);
    const line = JSON.parse(readFileSync(file, 'utf8'));
    expect(line).toMatchObject({ step: 'promote-eu-west-1', command: `printf '"'`, result: 'failed' });
    expect(line.detail).toBe('said "no" \\ with a tab, a line, an [31mescape and ');
    expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(readFileSync(`${file}.id`, 'utf8')).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });
});

describe('the sheet', () => {
  const { html, script } = filesOf(planTo(EU));

  it('needs nothing else: no address, no style sheet, no picture, no program', () => {
    const markup = [...html.matchAll(/<[^>]*>|<style>[\s\S]*?<\/style>/g)].join('');
    expect(
      /<(script|link|img|iframe|object)\b|\bsrc=|\bhref=|url\(|@import/.exec(markup)?.[0],
    ).toBeUndefined();
  });

  it('has the commands as people type them, and the whole script', () => {
    const text = html
      .replaceAll('&quot;', '"')
      .replaceAll('&#39;', "'")
      .replaceAll('&gt;', '>')
      .replaceAll('&lt;', '<')
      .replaceAll('&amp;', '&');
    expect(text).toContain(promoteCommand(EU, 'ecommerce-db-eu-west-1', 7));
    expect(text).toContain(
      shopConfigCommand(AP, 'shop', { writerEndpoint: 'ecommerce-db-eu-west-1', writeFreeze: false }),
    );
    expect(text).toContain(script);
  });

  it('deletes no copy that has to be read first: that waits for Meridian', () => {
    expect(html).toContain('its orders were compared with the writer’s');
    expect(html).not.toContain('delete-db-instance');
  });

  it('says what cannot be undone, how long it took before, and what the target lacks', () => {
    expect(html).toMatch(/Step 10 cannot be undone/);
    expect(html).toMatch(/42 s, at most 65 s in 19 of 20 \(6 runs\)/);
    expect(html).toMatch(/eu-west-1 was choice 1 then/);
  });

  it('takes names from the estate as text', () => {
    const odd = structuredClone(planTo(EU));
    odd.title = '<b>bold</b>';
    expect(filesOf(odd).html).toContain('&lt;b&gt;bold&lt;/b&gt;');
  });
});
