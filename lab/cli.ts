import type { LabStatus } from '#lab/admin/status.ts';
import type { ChaosState } from '#lab/kernel/chaos.ts';
import type { LoggedCall } from '#lab/wire/call-log.ts';
import { dataDirectory } from '#launch/paths.ts';
import { LaunchProblem } from '#launch/problem.ts';
import { COMMANDS, UsageError } from './cli/commands.ts';
import { askLab, requireLab } from './cli/door.ts';
import { environmentText } from './cli/environment-text.ts';
import { chaosText, statusText } from './cli/status-text.ts';
import { table } from './cli/table.ts';
import { runLabProcess } from './process.ts';
import { LabProblem } from './run.ts';

const READS: Record<string, { usage: string; summary: string; run: (args: string[]) => Promise<void> }> = {
  status: { usage: '[--json]', summary: 'Regions, links, DNS, shoppers, faults in force', run: showStatus },
  calls: { usage: '[--json]', summary: 'the latest calls of AWS’s API', run: showCalls },
  env: { usage: '', summary: 'lines that point aws, kubectl, dig and psql at the lab', run: showEnvironment },
};

function usage(): string {
  const lines = [...Object.entries(READS), ...Object.entries(COMMANDS)].map(
    ([name, { usage: args, summary }]) => [`${name} ${args}`.trim(), summary],
  );
  const commands = lines.map(([call, summary]) => `  ${call}\n      ${summary}`).join('\n');
  return `Usage: npm run lab                    run the lab here, until Ctrl-C\n       npm run lab -- <command>       speak to the lab that runs\n\n${commands}\n\nThe lab is found by MERIDIAN_DATA. docs/lab.md says more.`;
}

async function showStatus(args: string[]): Promise<void> {
  const status = (await askLab(requireLab(dataDirectory()), '/status')) as LabStatus;
  print(args.includes('--json') ? JSON.stringify(status, null, 2) : statusText(status));
}

async function showCalls(args: string[]): Promise<void> {
  const { calls } = (await askLab(requireLab(dataDirectory()), '/calls')) as { calls: LoggedCall[] };
  if (args.includes('--json')) {
    print(JSON.stringify(calls, null, 2));
    return;
  }
  const rows = calls
    .slice(-40)
    .map((call) => [
      call.at.slice(11, 23),
      call.region,
      call.service,
      call.operation,
      call.status ? String(call.status) : '–',
      call.fault ?? '',
      `${call.ms} ms`,
    ]);
  print(
    table(
      [
        { title: 'Time (UTC)' },
        { title: 'Region' },
        { title: 'Service' },
        { title: 'Operation' },
        { title: 'Status', align: 'right' },
        { title: 'Fault' },
        { title: 'Took', align: 'right' },
      ],
      rows,
    ),
  );
}

async function showEnvironment(): Promise<void> {
  print(environmentText(requireLab(dataDirectory())));
}

async function act(name: string, args: string[]): Promise<void> {
  const command = COMMANDS[name];
  if (!command) throw new UsageError(`There is no command "${name}".`);
  const { route, body } = command.request(args);
  const chaos = (await askLab(requireLab(dataDirectory()), route, body)) as ChaosState;
  print(
    `${command.says?.(chaos) ?? 'Done.'} Shoppers: ${chaos.shopperRate} requests/s. Faults in force:\n${chaosText(chaos).replace(/^/gm, '  ')}`,
  );
}

async function runHere(): Promise<void> {
  const dataDir = dataDirectory();
  const { description } = await runLabProcess(dataDir);
  print(
    [
      '',
      `The lab is up. Its files are in ${dataDir}; Ctrl-C stops it.`,
      `  AWS API   ${description.gatewayUrl}`,
      `  DNS       ${description.dns.host} port ${description.dns.port}, ${description.dns.originName}`,
      ...Object.entries(description.regions).map(
        ([code, region]) => `  Shop      ${region.shopUrl}  (${code})`,
      ),
      '',
      'In another terminal:  npm run lab -- status     eval "$(npm run -s lab -- env)"',
    ].join('\n'),
  );
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);

async function main([name, ...args]: string[]): Promise<void> {
  if (name === undefined) return runHere();
  if (['help', '--help', '-h'].includes(name)) return print(usage());
  if (args.includes('--help') || args.includes('-h')) return print(helpOf(name));
  const read = READS[name];
  return read ? read.run(args) : act(name, args);
}

function helpOf(name: string): string {
  const command = READS[name] ?? COMMANDS[name];
  return command ? `Usage: npm run lab -- ${name} ${command.usage}\n${command.summary}` : usage();
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const [name = ''] = process.argv.slice(2);
  if (error instanceof UsageError) {
    const known = READS[name] ?? COMMANDS[name];
    process.stderr.write(`${error.message}\n${known ? helpOf(name) : usage()}\n`);
    process.exit(2);
  }
  const expected = error instanceof LabProblem || error instanceof LaunchProblem;
  process.stderr.write(
    `${expected ? error.message : (error instanceof Error && error.stack) || String(error)}\n`,
  );
  process.exit(1);
});
