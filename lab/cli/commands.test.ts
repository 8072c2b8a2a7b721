import { describe, expect, it } from 'vitest';
import { COMMANDS, UsageError } from './commands.ts';

const request = (line: string) => {
  const [name = '', ...args] = line.split(' ').filter(Boolean);
  const command = COMMANDS[name];
  if (!command) throw new Error(`no command ${name}`);
  return command.request(args);
};

describe('npm run lab -- <command>', () => {
  it.each([
    ['outage us-east-1', '/outage', { region: 'us-east-1' }],
    ['outage us-east-1 --mode hang', '/outage', { region: 'us-east-1', mode: 'hang' }],
    ['heal', '/heal', {}],
    ['heal eu-west-1', '/heal', { region: 'eu-west-1' }],
    [
      'cut us-east-1 eu-west-1 --mode reset --one-way',
      '/cut',
      { between: ['us-east-1', 'eu-west-1'], mode: 'reset', oneWay: true },
    ],
    ['lag eu-west-1 30', '/lag', { region: 'eu-west-1', seconds: 30 }],
    ['lag eu-west-1 --pause', '/lag', { region: 'eu-west-1', paused: true }],
    ['lag eu-west-1 --resume', '/lag', { region: 'eu-west-1', paused: false }],
    ['lag us-east-1 eu-west-1 --rtt 200', '/lag', { between: ['us-east-1', 'eu-west-1'], extraRttMs: 200 }],
    ['throttle rds', '/throttle', { service: 'rds' }],
    [
      'throttle rds DescribeDBInstances --region eu-west-1 --share 0.5 --kind garbage',
      '/throttle',
      { service: 'rds', operation: 'DescribeDBInstances', region: 'eu-west-1', share: 0.5, kind: 'garbage' },
    ],
    [
      'inject us-east-1 --errors 0.02 --latency 300 --version v2',
      '/inject',
      { region: 'us-east-1', errorShare: 0.02, latencyMs: 300, version: 'v2' },
    ],
    ['rds eu-west-1 --promotion hang', '/rds', { region: 'eu-west-1', promotion: 'hang' }],
    ['rds ap-southeast-1 --replica-delay 60', '/rds', { region: 'ap-southeast-1', replicaDelaySeconds: 60 }],
    [
      'throttle rds PromoteReadReplica --kind lost-answer',
      '/throttle',
      { service: 'rds', operation: 'PromoteReadReplica', kind: 'lost-answer' },
    ],
    [
      'inject us-east-1 --errors 1 --version v2.1.0 --preview',
      '/inject',
      { region: 'us-east-1', errorShare: 1, version: 'v2.1.0', preview: true },
    ],
    ['push v2.3.0', '/push', { version: 'v2.3.0' }],
    [
      'push v2.3.0 --region us-east-1 --region eu-west-1 --moved',
      '/push',
      { version: 'v2.3.0', regions: ['us-east-1', 'eu-west-1'], moved: true },
    ],
    ['image v2.1.0 --crash', '/image', { version: 'v2.1.0', trouble: 'crash' }],
    [
      'image v2.1.0 --never-ready --region eu-west-1',
      '/image',
      { version: 'v2.1.0', region: 'eu-west-1', trouble: 'never-ready' },
    ],
    ['image v2.1.0 --well', '/image', { version: 'v2.1.0', trouble: 'none' }],
    ['rate 40', '/rate', { requestsPerSecond: 40 }],
    ['route53 down', '/route53', { controlPlane: 'down' }],
    ['clock -400', '/clock', { skewSeconds: -400 }],
    ['reset', '/reset', {}],
  ])('%s', (line, route, body) => {
    expect(request(line)).toEqual({ route, body });
  });

  it.each([
    'outage',
    'outage a b',
    'outage a --why',
    'cut a',
    'lag eu-west-1',
    'lag eu-west-1 soon',
    'throttle',
    'inject a --errors many',
    'push',
    'push v1 v2',
    'image v1',
    'image v1 --crash --well',
    'rds',
    'rds eu-west-1',
    'rds eu-west-1 --replica-delay long',
    'rate',
    'rate fast',
    'clock',
    'reset now',
  ])('refuses: %s', (line) => {
    expect(() => request(line)).toThrow(UsageError);
  });

  it('says under which digest an image was pushed, and where', () => {
    const pushed = { version: 'v2.3.0', digest: 'sha256:ab', regions: ['us-east-1', 'eu-west-1'] };
    expect(COMMANDS.push?.says?.({ pushed })).toBe('v2.3.0 is sha256:ab in us-east-1, eu-west-1.');
  });
});
