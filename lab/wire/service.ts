/** What a handler knows about the call besides its input. */
export interface Call {
  /** The Region of the signature's scope: the Region the caller meant. */
  region: string;
  accessKeyId: string;
  requestId: string;
  /** ARN of the caller, as GetCallerIdentity would answer it. */
  identityArn: string;
  /** The caller's unique id; for a role's session `<role id>:<session name>`. */
  userId: string;
}

/** A refusal in AWS's own words. The gateway writes it in the format of the caller's protocol. */
export class AwsFault extends Error {
  readonly code: string;
  /** HTTP status; absent: the one the service's model gives for this code, else 400. */
  readonly status: number | undefined;
  /** Further members of the error's shape. */
  readonly fields: Record<string, unknown>;
  readonly headers: Record<string, string>;

  /** `code` is the error's shape name in the SDK (`DBInstanceNotFoundFault`) or, where no shape exists, the code on the wire. */
  constructor(
    code: string,
    message: string,
    options: {
      status?: number;
      fields?: Record<string, unknown>;
      headers?: Record<string, string>;
    } = {},
  ) {
    super(message);
    this.name = 'AwsFault';
    this.code = code;
    this.status = options.status;
    this.fields = options.fields ?? {};
    this.headers = options.headers ?? {};
  }
}

/** A bucket of `burst` tokens, refilled at `perSecond`; one call takes one token. Real time. */
export interface TokenBucket {
  burst: number;
  perSecond: number;
}

/** Limits of one service in each Region. */
export interface Throttle {
  /** Shared by every operation of the service. */
  account?: TokenBucket;
  operations?: Record<string, TokenBucket>;
}

type OperationName<Module> = {
  [Key in keyof Module]: Key extends `${infer Operation}Command`
    ? Operation extends '$'
      ? never
      : Operation
    : never;
}[keyof Module];

type Command<Module, Operation extends string> = `${Operation}Command` extends keyof Module
  ? Module[`${Operation}Command`]
  : never;

/** Input of one operation, as the SDK's command takes it. Members the model requires may still be missing: the wire carries no promise. */
export type OperationInput<Module, Operation extends string> =
  Command<Module, Operation> extends { new (input: never): { input: infer Input } } ? Input : never;

/** Output of one operation, without the SDK's own `$metadata`. */
export type OperationOutput<Module, Operation extends string> =
  Command<Module, Operation> extends {
    new (
      input: never,
    ): { resolveMiddleware(...args: never[]): (...args: never[]) => Promise<{ output: infer Output }> };
  }
    ? Omit<Output, '$metadata'>
    : never;

export type OperationHandlers<Module> = {
  [Operation in OperationName<Module> & string]?: (
    input: OperationInput<Module, Operation>,
    call: Call,
  ) => Promise<OperationOutput<Module, Operation>> | OperationOutput<Module, Operation>;
};

export type AnyHandler = (input: Record<string, unknown>, call: Call) => unknown;

/** One AWS service as the gateway serves it. Made by `defineService`. */
export interface AwsService {
  /** Class of the SDK's client, e.g. `RDSClient`: it knows protocol, version and signing name. */
  clientName: string;
  /** Known before the module is loaded where the service is loaded on its first call. */
  signingName: string | undefined;
  load(): Promise<object>;
  handlers: Record<string, AnyHandler | undefined>;
  throttle: Throttle;
  /** Whether a global service answers although the Region that it is signed for is out. */
  servesDuringOutage?(): boolean;
}

interface CommonDefinition<Module> {
  clientName: keyof Module & string;
  handlers: OperationHandlers<NoInfer<Module>>;
  throttle?: Throttle;
}

export type ServiceDefinition<Module extends object> = CommonDefinition<Module> &
  (
    | { module: Module }
    /** Heavy modules (EC2): loaded with the first call, so the signing name has to be said. */
    | { loadModule: () => Promise<Module>; signingName: string }
  );

/**
 * Makes a service from the SDK's module (`import * as rds from '@aws-sdk/client-rds'`) and one handler per operation.
 * Operations without a handler answer `NotImplemented` (501). The SDK's schemas carry no constraints: a handler checks what
 * the service checks and throws `AwsFault`.
 */
export function defineService<Module extends object>(definition: ServiceDefinition<Module>): AwsService {
  const lazy = 'loadModule' in definition;
  return {
    clientName: definition.clientName,
    signingName: lazy ? definition.signingName : undefined,
    load: async () => (lazy ? definition.loadModule() : definition.module),
    handlers: asAnyHandlers(definition.handlers),
    throttle: definition.throttle ?? {},
  };
}

/** The gateway decodes inputs by the same schemas the handlers' types come from, so the types are erased here and only here. */
function asAnyHandlers<Module>(handlers: OperationHandlers<Module>): AwsService['handlers'] {
  return handlers as AwsService['handlers'];
}
