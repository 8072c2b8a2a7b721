import { CONTROL_PLANE_REGION } from './facts.ts';
import { PROCEDURES, RUNBOOK, type RunbookCommand, type RunbookStep } from './runbook.ts';

/** What comes of carrying it out as written, the worst first. */
export type RunbookEffect = 'destroys' | 'acts-elsewhere' | 'cannot-work' | 'unsafe' | 'unverifiable';

export interface RunbookIssue {
  stepKey: string;
  /** Lines of the strategy document that it is about: of the command, or of the step's heading. */
  lines: readonly [number, number];
  /** The command without comments, on one line; empty where a step lacks one. */
  command: string;
  effect: RunbookEffect;
  /** Row of the AWS facts. */
  row: string;
  message: string;
  correction: string;
}

interface Command {
  step: RunbookStep;
  lines: RunbookCommand['lines'];
  /** Without comments and line ends. */
  run: string;
  /** What the document says beside it. */
  comment: string;
}

interface CommandRule {
  row: string;
  effect: RunbookEffect | ((command: Command) => RunbookEffect);
  applies(command: Command, earlier: readonly Command[]): boolean;
  message: string;
  correction: string;
}

const runs = (pattern: RegExp) => (command: Command) => pattern.test(command.run);
const lacks = (command: Command, option: string) => !command.run.includes(` ${option}`);

/** What a command says, and what AWS does with it; each applies to any shell line, the strategy document's or another's. */
const COMMAND_RULES: readonly CommandRule[] = [
  {
    row: 'B-01',
    effect: ({ run }) => (/destroy/.test(run) ? 'destroys' : 'acts-elsewhere'),
    applies: runs(/\bcdk (deploy|destroy)\b.* --all\b/),
    message:
      'The CDK ignores --region, or takes it for stacks without one only; --all means every stack, in every Region that the app names.',
    correction:
      'Name the stacks, prove from the cloud assembly that each is in the Region meant, show the list and have the Region’s code typed; or DeleteStack on a client pinned to the Region.',
  },
  {
    row: 'B-02',
    effect: 'destroys',
    applies: runs(/put-bucket-replication\b/),
    message:
      'PutBucketReplication replaces the whole configuration: the rules to the other Regions are gone, without an error.',
    correction:
      'Read the configuration, merge the new rule with an id and a priority of its own, show the difference, write, read back; keep the old one for the way back.',
  },
  {
    row: 'B-03',
    effect: 'cannot-work',
    applies: runs(/modify-db-instance\b.*--source-db-instance-identifier/),
    message: 'ModifyDBInstance has no such parameter: RDS cannot point a replica at another primary.',
    correction:
      'Create a new replica from the new primary’s ARN under a new id, send readers to it once it is caught up, then delete the old one. That takes hours by the size of the database, not ten minutes.',
  },
  {
    row: 'B-04',
    effect: 'cannot-work',
    applies: runs(/\bdelete-db-instance-read-replica\b/),
    message: 'RDS has no such operation.',
    correction:
      'DeletionProtection off, then delete-db-instance with --skip-final-snapshot and --region; before that a snapshot of the replica, if its data must be kept.',
  },
  {
    row: 'B-06',
    effect: 'cannot-work',
    applies: ({ run, step }) =>
      /change-resource-record-sets\b/.test(run) && lostRegion(step) === CONTROL_PLANE_REGION,
    message:
      'Records are changed by Route 53’s control plane, which is in us-east-1, the Region that is lost.',
    correction:
      'Prepare in advance what moves traffic without it: health checks on every weighted record, and a switch, an object in a bucket of two peers.',
  },
  {
    row: 'B-07',
    effect: 'acts-elsewhere',
    applies: (command) =>
      /\baws (rds|elasticache|kafka|eks|ec2)\b/.test(command.run) && lacks(command, '--region'),
    message:
      'Without --region the command acts in whatever Region the shell has as its default: DBInstanceNotFound, or the wrong one.',
    correction: 'Take the Region from the resource’s ARN and say it: --region with every command.',
  },
  {
    row: 'B-19',
    effect: 'cannot-work',
    applies: runs(/create-db-instance-read-replica\b.*--source-db-instance-identifier (?!arn:)/),
    message:
      'A source in another Region is named by its ARN; subnet group, security groups and the key of the new Region are missing, and the replica gets RDS’ own parameter group.',
    correction:
      'Call it in the new Region with the ARN of the source, --kms-key-id, --db-subnet-group-name, --vpc-security-group-ids and --region; afterwards parameter group, backups, Multi-AZ and deletion protection like the source.',
  },
  {
    row: '1A',
    effect: 'cannot-work',
    applies: runs(/Z1234567890ABC/),
    message: 'Z1234567890ABC is a placeholder, no hosted zone.',
    correction: 'Name the zone; the estate has its id.',
  },
  {
    row: 'C-25',
    effect: 'destroys',
    applies: ({ run, step }, earlier) =>
      /\barchive-/.test(run) &&
      earlier.some((before) => before.step.key === step.key && /\bdelete-/.test(before.run)),
    message: 'It archives what the command before it has deleted.',
    correction: 'Archive and verify first, delete then.',
  },
  {
    row: 'C-18',
    effect: 'unsafe',
    applies: ({ run, comment }) => /gradual-traffic-shift/.test(run) && /10% per day/.test(comment),
    message: 'Ten percent a day are ten days, not a week, and of what is not said.',
    correction: 'Ten points a day of the geography that is meant, with a schedule that can be paused.',
  },
  {
    row: 'B-09',
    effect: 'unsafe',
    applies: runs(/check-replication-lag/),
    message:
      'ReplicaLag rises while nobody writes, and is missing right after a promotion: it proves neither lag nor its absence.',
    correction: 'Prove replication by a row that arrives, or by the position in the WAL.',
  },
  {
    row: '2.0',
    effect: 'unverifiable',
    applies: runs(/(^|\s)\.\/scripts\//),
    message:
      'The script is not part of the document: what it looks at, and when it fails, nobody can tell from here.',
    correction: 'Say what has to be observed before the next step, and look at just that.',
  },
];

interface StepRule {
  row: string;
  effect: RunbookEffect;
  applies(step: RunbookStep, earlier: readonly Command[], own: readonly Command[]): boolean;
  message: string;
  correction: string;
}

const anywhere = (commands: readonly Command[], pattern: RegExp) =>
  commands.some(({ run }) => pattern.test(run));

/** What a step promises, or leaves out. */
const STEP_RULES: readonly StepRule[] = [
  {
    row: 'C-01',
    effect: 'cannot-work',
    applies: ({ procedure, title, budget }) =>
      procedure === 'failover' && /detect/i.test(title) && budget === '< 1 minute',
    message:
      'Two failures in a row of a canary that runs each minute (L525, L537) are two minutes at least, three with its metric.',
    correction:
      'Route 53’s checkers at 10 s and three failures for traffic, the canary to confirm; the time is reckoned and shown.',
  },
  {
    row: 'B-20',
    effect: 'unsafe',
    applies: (_, earlier, own) =>
      anywhere(own, /promote-read-replica\b/) &&
      !anywhere([...earlier, ...own], /security-group|network-acl|fence|stop-db-instance/),
    message:
      'Nothing keeps the old primary from taking orders: two primaries, and orders that only one of them has.',
    correction:
      'Fence before the promotion, by every means that answers: freeze orders, swap the security group and reboot, delete routes; what is unreachable is fenced the moment it answers.',
  },
  {
    row: 'B-08',
    effect: 'unsafe',
    applies: ({ budget }, _, own) => anywhere(own, /promote-read-replica\b/) && budget === '< 5 minutes',
    message:
      'RDS promotes in “several minutes or longer”, by size, with a reboot, and not while a backup runs; it cannot be undone.',
    correction:
      'Three clocks, each by the estate’s own history, and the promotion marked as the point of no return.',
  },
  {
    row: 'C-08',
    effect: 'unsafe',
    applies: (_, earlier, own) =>
      anywhere(own, /promote-read-replica\b/) &&
      !anywhere([...earlier, ...own], /nodegroup|autoscaling|scale/),
    message:
      'Nothing makes room for the users who come: at peak the others would need 100 nodes and may have 50.',
    correction: 'Pre-scale the receivers before the traffic moves, and say what load the rest can carry.',
  },
  {
    row: 'B-05',
    effect: 'unsafe',
    applies: ({ procedure }, earlier, own) =>
      procedure === 'add-region' &&
      anywhere(own, /create-db-instance-read-replica\b/) &&
      !anywhere([...earlier, ...own], /create-vpc-peering-connection/),
    message:
      'No step connects the new Region to each of the others: its orders could not reach a writer that moved.',
    correction:
      'A peering with every Region, accepted, with routes on both sides and the CIDR in the security groups.',
  },
  {
    row: 'B-11',
    effect: 'cannot-work',
    applies: ({ procedure }, earlier, own) =>
      procedure === 'add-region' &&
      anywhere(own, /create-db-instance-read-replica\b/) &&
      !anywhere([...earlier, ...own], /elasticache/),
    message: 'A Global Datastore has one primary and at most two secondaries: the fourth Region cannot join.',
    correction:
      'A local cache for the new Region, a second datastore, or one secondary less; decided before week 1.',
  },
];

function lostRegion({ procedure }: RunbookStep): string | undefined {
  const found = PROCEDURES.find((candidate) => candidate.procedure === procedure);
  return procedure === 'failover' ? found?.region : undefined;
}

/** Every step and command that cannot work as written, or not as meant, with the correction, in the order of the document. */
export function lintRunbook(steps: readonly RunbookStep[] = RUNBOOK): RunbookIssue[] {
  return steps.flatMap((step, i) => {
    const earlier = steps
      .slice(0, i)
      .filter(({ procedure }) => procedure === step.procedure)
      .flatMap(commandsOf);
    const own = commandsOf(step);
    const ofStep = STEP_RULES.filter((rule) => rule.applies(step, earlier, own)).map(
      ({ row, effect, message, correction }): RunbookIssue => ({
        stepKey: step.key,
        lines: [step.line, step.line],
        command: '',
        effect,
        row,
        message,
        correction,
      }),
    );
    const ofCommands = own.flatMap((command, position) =>
      issuesOf(command, [...earlier, ...own.slice(0, position)]),
    );
    return [...ofStep, ...ofCommands];
  });
}

function issuesOf(command: Command, earlier: readonly Command[]): RunbookIssue[] {
  return COMMAND_RULES.filter((rule) => rule.applies(command, earlier)).map(
    ({ row, effect, message, correction }) => ({
      stepKey: command.step.key,
      lines: command.lines,
      command: command.run,
      effect: typeof effect === 'function' ? effect(command) : effect,
      row,
      message,
      correction,
    }),
  );
}

function commandsOf(step: RunbookStep): Command[] {
  return step.commands.map(({ lines, text }) => {
    const parts = text.replaceAll('\\\n', ' ').split('\n');
    const isComment = (line: string) => line.startsWith('#');
    return {
      step,
      lines,
      run: parts
        .filter((line) => !isComment(line))
        .join('; ')
        .replaceAll(/\s+/g, ' ')
        .trim(),
      comment: parts.filter(isComment).join(' '),
    };
  });
}

const WORST_FIRST = [
  'destroys',
  'acts-elsewhere',
  'cannot-work',
  'unsafe',
  'unverifiable',
] as const satisfies readonly RunbookEffect[];

/** The worst of these issues; undefined of none: it works as written. */
export function worstEffect(issues: readonly RunbookIssue[]): RunbookEffect | undefined {
  return WORST_FIRST.find((effect) => issues.some((issue) => issue.effect === effect));
}
