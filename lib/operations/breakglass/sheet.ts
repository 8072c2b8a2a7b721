import { createHash } from 'node:crypto';
import type { StepHistory } from '#lib/domain/recovery/clocks.ts';
import type { Target } from '#lib/domain/recovery/targets.ts';
import { count, durationWords, listOf } from '#lib/domain/recovery/words.ts';
import { utcMinute } from '#lib/domain/time/utc.ts';
import { shopConfigPatch } from '../commands/kubectl.ts';
import type { Act } from './acts.ts';
import type { Acts } from './script.ts';
import { SHEET_STYLE } from './sheet-style.ts';
import type { BreakGlassPlan, BreakGlassRegion, BreakGlassSubject } from './subject.ts';

export interface SheetFacts {
  madeAt: Date;
  /** How this target stood among the others when the sheet was made. */
  target: Pick<Target, 'rank' | 'verdict' | 'summary' | 'reasons'> | undefined;
  /** How long steps took before, by key or by action. */
  history: Readonly<Record<string, StepHistory>>;
}

/** Where nobody has measured yet, what AWS says of it (aws-facts 2.5). */
const USUALLY: Readonly<Record<string, string>> = {
  'recovery.prescale': '3 to 15 min, of which 2 are waited for',
  'recovery.fence-database': '1 to 2 min where the Region answers',
  'recovery.await-dns': 'half a minute and a TTL',
  'recovery.promote': 'several minutes, by the size of the database',
  'recovery.create-replica': 'hours, by the size of the database',
  'recovery.parity': '10 to 60 min, online',
};

/** The plan as a page that needs nothing else: no address, no script that runs, readable on paper. */
export function renderSheet(
  plan: BreakGlassPlan,
  { acts, script, facts }: { acts: Acts; script: string; facts: SheetFacts },
): string {
  const { subject, title, name, digest } = plan;
  const now = acts.steps.filter((act) => act.script.length > 0);
  const later = acts.steps.filter((act) => act.script.length === 0);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(`Break-glass: ${title}`)}</title>
<style>${SHEET_STYLE}</style>
</head>
<body>
<header>
<p class="sub">Break-glass · ${text(subject.environment)} of ${text(subject.estate)}, account ${text(subject.account)} · made ${text(utc(facts.madeAt))}</p>
<h1>${text(title)}</h1>
<p class="answer">${text(answerOf(now, facts))}</p>
</header>
<main>
${section('When to use this', list(whenToUse(subject)))}
${section('What stood where when this was made', regionFacts(subject.regions) + targetWords(subject, facts))}
${section('The script', scriptUse(name, subject))}
${section('Steps, in this order', `<p>Words in capitals stand for what the command before answers, or for a value of your own.</p>${steps(now, facts)}`)}
${section('To give up before the promotion', wayBack(name, acts.compensation))}
${section('Afterwards', afterwards(plan, later, facts))}
${section('shop-config without kubectl', byCurl(subject))}
<section class="script"><h2>${text(`${name}.sh`)}</h2><pre>${text(script)}</pre></section>
</main>
<footer>
<p>Plan <code>${digest}</code></p>
<p>SHA-256 of ${text(name)}.sh: <code>${createHash('sha256').update(script).digest('hex')}</code>. ${text(name)}.json holds sheet and script under one signature: <code>npm run meridian -- breakglass verify ${text(name)}.json</code></p>
</footer>
</body>
</html>
`;
}

function answerOf(acts: readonly Act[], facts: SheetFacts): string {
  const final = acts.findIndex(({ step }) => step.irreversible) + 1;
  const measured = acts.flatMap(({ step }) => historyOf(step, facts)?.p50Seconds ?? []);
  const seconds = measured.reduce((sum, one) => sum + one, 0);
  const took =
    measured.length === 0
      ? 'How long it takes has not been measured here yet.'
      : `The ${count(measured.length, 'step')} of these that ran here before took ${durationWords(seconds)} together, one after the other.`;
  return `${count(acts.length, 'step')}. Step ${final} cannot be undone: until then everything can be put back. ${took}`;
}

function whenToUse({ lost, target }: BreakGlassSubject): string[] {
  return [
    'Neither console, nor worker, nor database of Meridian answers. Where one console or the command line does, use that: it watches more, and needs no copying of names.',
    `${lost} is lost: two people outside of it, in different networks, see that its shop fails, and the other Regions are well. Missing metrics alone are no proof.`,
    'Not every Region is red. If all are, the fault is between you and them, or in what they share.',
    `Nobody else moves the writer now: ask in the incident channel, and say there that you begin. Only one Region may be promoted; with this sheet it is ${target}.`,
    'A second person reads along and agrees before the promotion, where one can be reached. Somebody else reviews it afterwards in any case.',
  ];
}

function regionFacts(regions: readonly BreakGlassRegion[]): string {
  const roles = { lost: 'lost: the writer until now', target: 'takes the orders', other: 'goes on reading' };
  const blocks = regions.map((region) => {
    const { database } = region;
    return `<div><h3>${text(`${region.code}: ${roles[region.role]}`)}</h3>${pairs([
      ['Database', database ? `${database.instanceId}, ${database.role}` : 'none seen'],
      ['Endpoint', database?.endpoint ?? 'not seen'],
      ['Orders go to', region.writerEndpoint ?? 'not seen'],
      ['Cluster', `${region.cluster}, nodes ${region.nodegroup}`],
      ['Load balancer', region.loadBalancer],
      ['VPC', region.vpcId],
      ['Its switch', region.switchPrepared ? 'prepared' : 'not prepared: only its own health check acts'],
      ['Switches in it', region.switchBucket],
      [
        'Reaches',
        region.noPathTo.length === 0 ? 'every Region' : `every Region but ${listOf(region.noPathTo)}`,
      ],
    ])}</div>`;
  });
  return `<div class="regions">${blocks.join('')}</div>`;
}

function pairs(rows: readonly (readonly [label: string, value: string | undefined])[]): string {
  const shown = rows.flatMap(([label, value]) =>
    value ? `<dt>${text(label)}</dt><dd>${text(value)}</dd>` : [],
  );
  return `<dl>${shown.join('')}</dl>`;
}

function targetWords({ target }: BreakGlassSubject, { target: ranked }: SheetFacts): string {
  if (!ranked) return '';
  const verdicts = { ready: 'ready', 'with-warnings': 'ready, with warnings', blocked: 'blocked' };
  const trouble = ranked.reasons.filter(({ verdict }) => verdict !== 'ok');
  return `<p><strong>${text(target)} was choice ${ranked.rank} then, ${verdicts[ranked.verdict]}.</strong> ${text(ranked.summary)}</p>${
    trouble.length === 0 ? '' : list(trouble.map(({ message }) => message))
  }`;
}

function scriptUse(name: string, { lost, regions }: BreakGlassSubject): string {
  const example = regions.find(({ role }) => role === 'target')?.code ?? lost;
  const variable = `SHOP_URL_${example.toUpperCase().replaceAll('-', '_')}`;
  return `<p>It needs a POSIX shell, the AWS CLI (1 or 2) with credentials of the account, and curl. Run it from a machine outside ${text(lost)}. It does the steps below in order, waits for what each is to bring about, stops at the first that fails and says what to do. Run again, it finds done what is done.</p>
<pre>${text(
    [
      `sh ${name}.sh check      # looks, changes nothing`,
      `sh ${name}.sh            # the failover; asks for the database's name before it promotes it`,
      `sh ${name}.sh fence      # shuts the old primary, again and again until ${lost} answers`,
      `sh ${name}.sh put-back   # before the promotion: undoes what was done`,
    ].join('\n'),
  )}</pre>
${list([
  `Endpoints are those of the environment: AWS_ENDPOINT_URL and its forms for one service where they are set, AWS's own else. A load balancer that answers under another address is named by its Region, such as ${variable}=https://…`,
  `Every act is noted in break-glass-${name}.jsonl where it is run, with its time, its command and what came of it. Keep that file.`,
])}`;
}

function steps(acts: readonly Act[], facts: SheetFacts): string {
  return `<ol class="steps">${acts.map((act) => stepItem(act, facts)).join('')}</ol>`;
}

function stepItem({ step, commands }: Act, facts: SheetFacts): string {
  const effort =
    step.input.bestEffort === true
      ? 'Tried once; where it does not answer, go on.'
      : 'Has to succeed before the next.';
  const rows = pairs([
    ['Before', step.precondition],
    ['Done when', step.postcondition],
    ['Takes', timeOf(step, facts)],
    ['Or else', step.irreversible ? undefined : effort],
  ]);
  const final = step.irreversible
    ? '<p class="critical">Cannot be undone. Look once more: is the lost Region fenced, or does it surely take no orders?</p>'
    : '';
  return `<li${step.irreversible ? ' class="final"' : ''}><h3>${text(step.title)}</h3>${final}${rows}${commandBlock(commands)}</li>`;
}

function commandBlock(commands: readonly string[]): string {
  return commands.length === 0 ? '' : `<pre>${text(commands.join('\n'))}</pre>`;
}

function historyOf(step: Act['step'], { history }: SheetFacts): StepHistory | undefined {
  return history[step.key] ?? history[step.action];
}

function timeOf(step: Act['step'], facts: SheetFacts): string | undefined {
  const known = historyOf(step, facts);
  if (!known) return USUALLY[step.action];
  return `${durationWords(known.p50Seconds)}, at most ${durationWords(known.p95Seconds)} in 19 of 20 (${count(known.runs, 'run')})`;
}

function wayBack(name: string, acts: readonly Act[]): string {
  const commands = acts.flatMap((act) => act.commands);
  return `<p>Only while the target is still a replica: <code>sh ${text(name)}.sh put-back</code>, or by hand:</p>${commandBlock(commands)}`;
}

function afterwards({ name, subject }: BreakGlassPlan, acts: readonly Act[], facts: SheetFacts): string {
  const { lost, target } = subject;
  return `${list([
    `If ${lost} was not fenced: keep "sh ${name}.sh fence" running until it says so. Its database must take no order once the Region is back.`,
    `Never promote a second Region, never open the old primary again, never go back to ${lost} without rebuilding it as a copy of ${target} first.`,
    `Once Meridian runs again: npm run meridian -- breakglass import break-glass-${name}.jsonl --person <e-mail> --reason <text>. What was done enters the audit log, and somebody else reviews it.`,
  ])}
<p>What follows has time, and Meridian does it better. By hand:</p>
${steps(acts, facts)}`;
}

function byCurl({ regions, namespace }: BreakGlassSubject): string {
  const [target] = regions.filter(({ role }) => role === 'target');
  if (!target?.database) return '';
  const { code, cluster, database } = target;
  const patch = shopConfigPatch({ writerEndpoint: database.instanceId, writeFreeze: false });
  const lines = [
    `url=$(aws eks describe-cluster --region ${code} --name ${cluster} --query cluster.endpoint --output text)`,
    `aws eks describe-cluster --region ${code} --name ${cluster} --query cluster.certificateAuthority.data --output text | base64 -d > ca.pem`,
    `token=$(aws eks get-token --region ${code} --cluster-name ${cluster} --output json | tr -d '\\n' | sed 's/.*"token": *"\\([^"]*\\)".*/\\1/')`,
    `curl --cacert ca.pem -H "Authorization: Bearer $token" -X PATCH -H 'Content-Type: application/merge-patch+json' \\\n  -d '${JSON.stringify(patch)}' "$url/api/v1/namespaces/${namespace}/configmaps/shop-config"`,
  ];
  return `<p>Where kubectl is not at hand; for another Region put its code and cluster.</p>${commandBlock(lines)}`;
}

function section(title: string, body: string): string {
  return `<section><h2>${text(title)}</h2>${body}</section>`;
}

function list(items: readonly string[]): string {
  return `<ul>${items.map((item) => `<li>${text(item)}</li>`).join('')}</ul>`;
}

function utc(at: Date): string {
  return utcMinute(at.toISOString());
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Names from AWS and the estate go in as text, whatever they say. */
function text(value: string): string {
  return value.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
