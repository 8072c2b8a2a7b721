import { type RawSchema, type Shape, shapeOf } from './sdk.ts';
import type { AwsService } from './service.ts';

/** How a request was written; the answer is written the same way. */
export type Wire = 'query' | 'ec2' | 'restXml' | 's3' | 'restJson' | 'json' | 'cbor';
export type Protocol = Exclude<Wire, 'cbor'>;

export interface Route {
  method: string;
  path: RegExp;
  /** Query parameters the route needs; an empty value means any. */
  query: [string, string][];
  status: number;
}

export interface Operation {
  name: string;
  input: Shape;
  output: Shape;
  route: Route | undefined;
}

export interface FaultShape {
  namespace: string;
  name: string;
  /** Code and status in the query protocol, where they differ from the shape's. */
  query: { code: string; status: number } | undefined;
  status: number;
  /** Name of the member that carries the message: `message` or `Message`. */
  messageMember: string;
  shape: Shape;
}

/** What the gateway knows of a service, read once from the schemas its SDK client ships. */
export interface ServiceModel {
  service: AwsService;
  signingName: string;
  protocol: Protocol;
  /** Prefix of X-Amz-Target. */
  target: string | undefined;
  jsonVersion: '1.0' | '1.1';
  xmlNamespace: string;
  /** The service used to speak query, and names its errors by their query codes in a header. */
  queryCompatible: boolean;
  operations: Map<string, Operation>;
  /** Operations with a route, most specific first. */
  routed: (Operation & { route: Route })[];
  faults: Map<string, FaultShape>;
}

const PROTOCOLS: Record<string, Protocol> = {
  AwsQueryProtocol: 'query',
  AwsEc2QueryProtocol: 'ec2',
  AwsRestXmlProtocol: 'restXml',
  S3RestXmlProtocol: 's3',
  AwsRestJsonProtocol: 'restJson',
  AwsJson1_0Protocol: 'json',
  AwsJson1_1Protocol: 'json',
};

const OPERATION = 9;
const ERROR = -3;

type OperationSchema = [typeof OPERATION, string, string, Traits | number, RawSchema, RawSchema];
type ErrorSchema = [typeof ERROR, string, string, Traits | number, string[], unknown[]];
interface Traits {
  http?: [method: string, uri: string, status?: number];
  awsQueryError?: [code: string, status: number];
  httpError?: number;
  error?: 'client' | 'server';
}

interface ClientConfig {
  defaultSigningName: string;
  protocol: { constructor: { name: string }; awsQueryCompatible?: boolean };
  protocolSettings: { serviceTarget?: string; xmlNamespace?: string; awsQueryCompatible?: boolean };
}

/** Reads the schemas of a service. Throws when its client speaks a protocol the gateway does not. */
export async function loadModel(service: AwsService): Promise<ServiceModel> {
  const exported = Object.values(await service.load());
  const config = await clientConfig(service);
  const protocolName = config.protocol.constructor.name;
  const protocol = PROTOCOLS[protocolName];
  if (!protocol) {
    throw new Error(
      `The lab cannot serve ${service.clientName}: it speaks ${protocolName}. Known: ${Object.keys(PROTOCOLS).join(', ')}.`,
    );
  }
  const operations = new Map(exported.filter(isOperation).map((schema) => [schema[2], operationOf(schema)]));
  return {
    service,
    protocol,
    operations,
    signingName: service.signingName ?? config.defaultSigningName,
    target: config.protocolSettings.serviceTarget,
    jsonVersion: protocolName === 'AwsJson1_0Protocol' ? '1.0' : '1.1',
    xmlNamespace: config.protocolSettings.xmlNamespace ?? '',
    queryCompatible: config.protocolSettings.awsQueryCompatible ?? false,
    routed: [...operations.values()].filter(isRouted).sort(bySpecificity),
    faults: faultsOf(exported.filter(isError)),
  };
}

/** The SDK's client is made once, with keys of nobody, because only its resolved configuration names the protocol. */
async function clientConfig(service: AwsService): Promise<ClientConfig> {
  const exported: Record<string, unknown> = { ...(await service.load()) };
  const Client = exported[service.clientName] as new (options: object) => { config: ClientConfig };
  return new Client({ region: 'us-east-1', credentials: { accessKeyId: 'none', secretAccessKey: 'none' } })
    .config;
}

const isOperation = (value: unknown): value is OperationSchema =>
  Array.isArray(value) && value[0] === OPERATION;
const isError = (value: unknown): value is ErrorSchema => Array.isArray(value) && value[0] === ERROR;
const isRouted = (operation: Operation): operation is Operation & { route: Route } =>
  operation.route !== undefined;
const traitsOf = (schema: OperationSchema | ErrorSchema): Traits =>
  typeof schema[3] === 'object' ? schema[3] : {};

function operationOf(schema: OperationSchema): Operation {
  const [, , name, , input, output] = schema;
  const { http } = traitsOf(schema);
  return { name, input: shapeOf(input), output: shapeOf(output), route: http && routeOf(http) };
}

function routeOf([method, uri, status]: NonNullable<Traits['http']>): Route {
  const [path = '', query] = uri.split('?');
  const pattern = path
    .replace(/[.*?^$()|[\]\\]/g, '\\$&')
    .replace(/\{(\w+)(\+)?\}/g, (_, label, greedy) => `(?<${label}>${greedy ? '.+' : '[^/]+'})`);
  return {
    method,
    path: new RegExp(`^${pattern}/?$`),
    query: [...new URLSearchParams(query)].filter(([key]) => key !== 'x-id'),
    status: status ?? 200,
  };
}

function bySpecificity(a: { route: Route }, b: { route: Route }): number {
  return (
    b.route.query.length - a.route.query.length || b.route.path.source.length - a.route.path.source.length
  );
}

/** By shape name and by query code: handlers may throw either. */
function faultsOf(schemas: ErrorSchema[]): Map<string, FaultShape> {
  const faults = new Map<string, FaultShape>();
  for (const schema of schemas) {
    const [, namespace, name, , members] = schema;
    const { awsQueryError, httpError, error } = traitsOf(schema);
    const fault: FaultShape = {
      namespace,
      name,
      query: awsQueryError && { code: awsQueryError[0], status: awsQueryError[1] },
      status: httpError ?? (error === 'server' ? 500 : 400),
      messageMember: members.find((member) => member.toLowerCase() === 'message') ?? 'message',
      shape: shapeOf(schema as unknown as RawSchema),
    };
    faults.set(name, fault);
    if (fault.query && !faults.has(fault.query.code)) faults.set(fault.query.code, fault);
  }
  return faults;
}

/** The operation whose route matches, with the labels of its path still percent-encoded. */
export function matchRoute(
  model: ServiceModel,
  request: { method: string; path: string; query: URLSearchParams },
): { operation: Operation; labels: Record<string, string> } | undefined {
  for (const operation of model.routed) {
    const { route } = operation;
    if (route.method !== request.method) continue;
    if (
      !route.query.every(
        ([key, value]) => request.query.has(key) && (!value || request.query.get(key) === value),
      )
    )
      continue;
    const match = route.path.exec(request.path);
    if (match) return { operation, labels: { ...match.groups } };
  }
  return undefined;
}
