import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Child, type ChildContext, type ChildProgram } from './child.ts';
import * as environment from './environment.ts';
import { type LabContact, labFile, waitForLab } from './lab-contact.ts';
import type { LaunchLock } from './lock.ts';
import { chooseWebPort, rememberedPort } from './ports.ts';
import { connectionBudget, openDatabase } from './postgres/database.ts';
import type { DatabaseUrls } from './postgres/roles.ts';
import { PostgresWatch } from './postgres/watch.ts';
import type { Programs } from './programs.ts';
import type { Progress } from './progress.ts';
import { localUrl, type Settings } from './settings.ts';

const READY_MS = { lab: 90_000, web: 60_000, worker: 30_000 };
const DEADLINE_MS = { web: 5_000, worker: 8_000, lab: 13_000, database: 10_000 };
/** The deadlines after a second Ctrl-C; the lab still has to end its own database servers. */
const HURRIED_MS = { web: 500, worker: 500, lab: 3_000, database: 3_000 };
type Part = keyof typeof DEADLINE_MS;

export interface RunningProduct {
  /** Address of the console on this machine. */
  url: string;
  /** Set with the lab only. */
  demoPassword?: string;
}

/**
 * All of Meridian on one machine: database, lab, workers and web. They start side by side as far as they do not
 * need each other, and stop in the order web, workers, lab, database.
 */
export class Product {
  readonly #settings: Settings;
  readonly #programs: Programs;
  readonly #progress: Progress;
  readonly #lock: LaunchLock;
  readonly #context: ChildContext;
  readonly #stopping = new AbortController();
  /** Every part of the start that may still be under way when `stop` is called. */
  readonly #underWay: Promise<unknown>[] = [];
  #database: PostgresWatch | undefined;
  #lab: Child | undefined;
  #contact: LabContact | undefined;
  #workers: Child[] = [];
  #web: Child | undefined;
  #secondWeb: Child | undefined;
  #hurried = false;
  #stop: Promise<void> | undefined;

  constructor(parts: { settings: Settings; programs: Programs; progress: Progress; lock: LaunchLock }) {
    this.#settings = parts.settings;
    this.#programs = parts.programs;
    this.#progress = parts.progress;
    this.#lock = parts.lock;
    this.#context = { ...parts, logDir: path.join(parts.settings.dataDir, 'logs') };
  }

  /** Resolves when pages answer, the lab is up and the workers run. Throws a LaunchProblem; then call `stop`. */
  async start(): Promise<RunningProduct> {
    const { dataDir, host, lab } = this.#settings;
    const port = await chooseWebPort(host, this.#settings.port);
    const url = localUrl(host, port);
    const common = {
      settings: this.#settings,
      url: this.#settings.publicUrl ?? url,
      secret: environment.sessionSecret(dataDir),
      demoPassword: lab ? environment.demoPassword(dataDir) : undefined,
    };

    const labReady = this.#track(lab ? this.#startLab() : Promise.resolve());
    const generated = this.#track(this.#generate());
    const shared = this.#track(
      this.#startDatabase(generated, common.demoPassword).then((database) => ({ ...common, database })),
    );
    const built = this.#track(generated.then(() => this.#build()));
    const workers = this.#track(
      Promise.all([shared, labReady, generated]).then(([with_]) => this.#startWorkers(with_)),
    );
    const web = this.#track(Promise.all([shared, built]).then(([with_]) => this.#startWeb(with_, port)));
    const second = this.#track(Promise.all([shared, web]).then(([with_]) => this.#startSecondConsole(with_)));
    await Promise.all([labReady, workers, web, second]);

    this.#lock.setUrl(common.url);
    return { url, demoPassword: common.demoPassword };
  }

  /** Ends everything that was started, in order, each part with a deadline. A second call makes the first one hurry. */
  async stop(): Promise<void> {
    if (this.#stop) {
      this.#hurried = true;
      await Promise.all([this.#end('web'), this.#end('worker'), this.#end('lab')]);
    }
    this.#stop ??= this.#stopInOrder();
    await this.#stop;
  }

  async #stopInOrder(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#underWay);
    for (const part of ['web', 'worker', 'lab', 'database'] as const) await this.#end(part);
  }

  async #end(part: Part): Promise<void> {
    const deadlineMs = (this.#hurried ? HURRIED_MS : DEADLINE_MS)[part];
    const running = {
      web: [this.#web, this.#secondWeb],
      worker: this.#workers,
      lab: [this.#lab],
      database: [this.#database],
    }[part];
    await Promise.all(running.map((each) => each?.stop(deadlineMs)));
  }

  /** A part that fails is reported by `start`; keeping it here lets `stop` wait until nothing more is spawned. */
  #track<Result>(part: Promise<Result>): Promise<Result> {
    this.#underWay.push(part);
    part.catch(() => this.#stopping.abort()); // one failure ends the start: the others need not go on
    return part;
  }

  async #generate(): Promise<void> {
    const made = await this.#programs.generate(this.#stopping.signal);
    if (made) this.#progress.say('code', 'database client generated');
  }

  async #build(): Promise<void> {
    const made = await this.#programs.build(this.#stopping.signal);
    if (made) this.#progress.say('console', 'built for production');
  }

  async #startDatabase(generated: Promise<void>, demoPassword: string | undefined): Promise<DatabaseUrls> {
    const { dataDir, workers, secondConsole } = this.#settings;
    const database = await openDatabase(dataDir);
    const { server } = database;
    if (server) this.#database = new PostgresWatch(server, { dataDir, progress: this.#progress });
    this.#progress.say('database', database.summary);
    this.#stopping.signal.throwIfAborted();
    await generated;
    const { applied, estateImported, warning } = await this.#programs.migrate(
      { database, demoPassword },
      this.#stopping.signal,
    );
    if (applied.length > 0) this.#progress.say('database', `${applied.length} migrations applied`);
    if (estateImported) this.#progress.say('database', `estate imported from ${this.#settings.estateFile}`);
    if (warning) this.#progress.say('database', `WARNING: ${warning}`);
    const budget = await connectionBudget(database.applicationUrl, {
      webs: secondConsole ? 2 : 1,
      workers,
    });
    this.#progress.say(
      'database',
      budget.fits ? budget.line : `WARNING: too few ${budget.line}. Raise max_connections.`,
    );
    return database;
  }

  async #startLab(): Promise<void> {
    const { dataDir } = this.#settings;
    const lab = this.#child({
      name: 'lab',
      args: this.#programs.lab,
      environment: () => {
        fs.rmSync(labFile(dataDir), { force: true });
        return environment.cleanEnvironment(this.#settings);
      },
      ready: async (signal) => this.#labIsReady(await waitForLab(dataDir, signal)),
      readyTimeoutMs: READY_MS.lab,
    });
    this.#lab = lab;
    await lab.start();
    this.#progress.say('lab', `serves ${Object.keys(this.#contact?.regions ?? {}).join(', ')}`);
  }

  /** Workers hold the lab's addresses and keys in their environment: a lab that came back with others restarts them. */
  #labIsReady(contact: LabContact): void {
    const before = this.#contact;
    this.#contact = contact;
    if (!before) return;
    const told = ({ gatewayUrl, credentials, dns, ledgerUrl }: LabContact) =>
      JSON.stringify([gatewayUrl, credentials, dns.host, dns.port, ledgerUrl]);
    if (told(before) !== told(contact)) for (const worker of this.#workers) worker.restart();
  }

  async #startWorkers(shared: environment.Shared): Promise<void> {
    const { workers } = this.#settings;
    this.#workers = Array.from({ length: workers }, (_, index) =>
      this.#child({
        name: `worker ${index + 1}`,
        args: this.#programs.worker,
        environment: (start) => ({
          ...environment.workerEnvironment(shared, this.#contact),
          // A worker that starts again is another one: its predecessor's work is taken over, never continued.
          WORKER_INDEX: String(index + 1 + (start - 1) * workers),
        }),
        ready: spawned,
        readyTimeoutMs: READY_MS.worker,
      }),
    );
    await Promise.all(this.#workers.map((worker) => worker.start()));
    if (workers > 0) this.#progress.say('workers', `${workers} started`);
  }

  async #startWeb(shared: environment.Shared, port: number): Promise<void> {
    const { host } = this.#settings;
    const web = this.#child({
      name: 'web',
      args: this.#programs.web(host, port),
      environment: () => environment.webEnvironment(shared),
      ready: (signal) => waitUntilLive(`${localUrl(host, port)}/api/health/live`, signal),
      readyTimeoutMs: READY_MS.web,
    });
    this.#web = web;
    await web.start();
    this.#progress.say('web', 'pages answer');
  }

  /** One more console of the same Meridian that stands in another Region: for the day on which the first one's is lost. */
  async #startSecondConsole(shared: environment.Shared): Promise<void> {
    const { dataDir, host, secondConsole: region } = this.#settings;
    if (!region) return;
    const port = await rememberedPort(dataDir, 'second-console');
    const url = localUrl(host, port);
    const web = this.#child({
      name: 'second console',
      args: this.#programs.web(host, port),
      environment: () => ({
        ...environment.webEnvironment({ ...shared, url }),
        MERIDIAN_HOME_REGION: region,
      }),
      ready: (signal) => waitUntilLive(`${url}/api/health/live`, signal),
      readyTimeoutMs: READY_MS.web,
    });
    this.#secondWeb = web;
    await web.start();
    this.#progress.say('web', `second console, standing in ${region}: ${url}`);
  }

  #child(program: Omit<ChildProgram, 'cwd'>): Child {
    this.#stopping.signal.throwIfAborted();
    return new Child({ ...program, cwd: this.#settings.root }, this.#context);
  }
}

/** A worker has nothing to ask: that it lives on for a moment is what can be seen from outside. */
async function spawned(signal: AbortSignal): Promise<void> {
  await delay(300, undefined, { signal });
}

async function waitUntilLive(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const alive = await fetch(url, { signal, redirect: 'manual' }).then(
      (response) => response.ok,
      () => false, // refused until it listens
    );
    if (alive) return;
    await delay(50, undefined, { signal });
  }
}
