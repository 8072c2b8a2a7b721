import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UnansweredError } from '#lib/ports/aws.ts';
import type { Caller, SimulatedEstate } from './simulated-estate.ts';

/** One call of a worker, as it is on the wire. */
export interface EstateCall {
  caller: Caller;
  method: string;
  args: unknown[];
}

export type EstateAnswer =
  | { value: unknown }
  | { unanswered: string; throttled?: boolean }
  | { refused: { name: string; message: string } };

/** What goes wrong with a call: nothing was done, nothing was heard of what was done, or nothing comes back at all. */
export type Trouble = 'throttled' | 'refused' | 'answer-lost' | 'hangs';

export interface Where {
  operation?: string;
  stepKey: string;
  method: string;
  /** As it arrives, with nothing done yet; or with everything done, before its answer. */
  at: 'arrives' | 'answers';
}

/** Holds the first call that comes along there. */
export interface Trap {
  where: Where;
  /** The call, once it is held. */
  caught: Promise<EstateCall>;
  /** Lets it go on. */
  release(): void;
  /** It is lost on the way: a request that has not arrived yet never does, an answer is heard by nobody. */
  drop(): void;
}

interface SetTrap extends Trap {
  resolve(call: EstateCall): void;
  used: boolean;
  goesOn: Promise<boolean>;
}

/** The simulated estate, spoken to over loopback by workers that come and go. */
export class EstateServer {
  readonly estate: SimulatedEstate;
  readonly calls: EstateCall[] = [];
  /** Asked for every call; undefined: it goes well. */
  trouble: (call: EstateCall) => Trouble | undefined = () => undefined;
  readonly #server: Server;
  #traps: SetTrap[] = [];

  private constructor(estate: SimulatedEstate) {
    this.estate = estate;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(estate: SimulatedEstate): Promise<EstateServer> {
    const started = new EstateServer(estate);
    await new Promise<void>((resolve) => started.#server.listen(0, '127.0.0.1', resolve));
    return started;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo; // it listens on TCP
    return `http://127.0.0.1:${port}`;
  }

  trap(where: Where): Trap {
    const caught = Promise.withResolvers<EstateCall>();
    const goesOn = Promise.withResolvers<boolean>();
    const trap: SetTrap = {
      where,
      caught: caught.promise,
      resolve: caught.resolve,
      used: false,
      goesOn: goesOn.promise,
      release: () => goesOn.resolve(true),
      drop: () => goesOn.resolve(false),
    };
    this.#traps.push(trap);
    return trap;
  }

  async stop(): Promise<void> {
    for (const trap of this.#traps) trap.drop();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    this.estate.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await read(request);
    const answer = call && (await this.#answer(call));
    if (answer === undefined) return;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  }

  /** Undefined where nothing comes back. */
  async #answer(call: EstateCall): Promise<EstateAnswer | undefined> {
    if (!(await this.#passes(call, 'arrives'))) return undefined;
    this.calls.push(call);
    const trouble = this.trouble(call);
    if (trouble === 'hangs') return undefined;
    if (trouble === 'throttled') return { unanswered: 'ThrottlingException: Rate exceeded', throttled: true };
    if (trouble === 'refused') return { refused: { name: 'Refused', message: `${call.method} is refused` } };
    const answer = await this.#work(call);
    if (!(await this.#passes(call, 'answers'))) return undefined;
    return trouble === 'answer-lost' ? { unanswered: 'TimeoutError: no answer' } : answer;
  }

  async #work({ caller, method, args }: EstateCall): Promise<EstateAnswer> {
    try {
      return { value: (await this.estate.call(caller, method, args)) ?? null };
    } catch (error) {
      if (error instanceof UnansweredError) return { unanswered: error.message };
      if (error instanceof Error) return { refused: { name: error.name, message: error.message } };
      throw error;
    }
  }

  async #passes(call: EstateCall, at: Where['at']): Promise<boolean> {
    const trap = this.#traps.find(({ where, used }) => !used && fits(where, call, at));
    if (!trap) return true;
    trap.used = true;
    trap.resolve(call);
    const goesOn = await trap.goesOn;
    this.#traps = this.#traps.filter((other) => other !== trap);
    return goesOn;
  }
}

function fits({ operation, stepKey, method, at }: Where, call: EstateCall, stage: Where['at']): boolean {
  const { caller } = call;
  return (
    at === stage &&
    method === call.method &&
    stepKey === caller.stepKey &&
    (operation === undefined || operation === caller.operation)
  );
}

/** Undefined where its worker died while it asked: nothing has arrived then. */
async function read(request: IncomingMessage): Promise<EstateCall | undefined> {
  let text = '';
  try {
    for await (const chunk of request) text += String(chunk);
  } catch (error) {
    if (!request.complete) return undefined;
    throw error;
  }
  if (!request.complete) return undefined;
  return JSON.parse(text) as EstateCall; // estate/client.ts alone speaks to this port
}
