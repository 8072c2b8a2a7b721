import http from 'node:http';
import https from 'node:https';
import net from 'node:net';

/** Route 53's own limits (Developer Guide, "How Route 53 determines whether an endpoint is healthy"), ms. */
const HTTP_CONNECT_MS = 4_000;
const RESPONSE_MS = 2_000;
const TCP_CONNECT_MS = 10_000;
/** The search string must lie wholly in the first 5,120 bytes of the body. */
const SEARCHED_BYTES = 5_120;

export interface ProbeRequest {
  checkId: string;
  type: 'HTTP' | 'HTTPS' | 'HTTP_STR_MATCH' | 'HTTPS_STR_MATCH' | 'TCP';
  address: string;
  port: number;
  path: string;
  /** The Host header; the address when absent. */
  host: string | undefined;
  searchString: string | undefined;
  signal: AbortSignal;
}

export interface ProbeResult {
  success: boolean;
  /** In the words of GetHealthCheckStatus. */
  status: string;
  connectMs?: number;
  firstByteMs?: number;
}

/** Sends one real request. Resolves always: what goes wrong is the result. */
export function probe(request: ProbeRequest): Promise<ProbeResult> {
  return request.type === 'TCP' ? probeTcp(request) : probeHttp(request);
}

function failure(reason: string): ProbeResult {
  return { success: false, status: `Failure: ${reason}` };
}

const NO_CONNECTION = 'The health checker could not establish a connection within the timeout limit.';
const NO_RESPONSE = 'The health checker did not receive a response within the timeout limit.';

function connectionProblem(error: NodeJS.ErrnoException): ProbeResult {
  if (error.code === 'ECONNREFUSED') return failure('The endpoint refused the connection.');
  return failure(`The connection to the endpoint failed (${error.code ?? error.message}).`);
}

function probeTcp(request: ProbeRequest): Promise<ProbeResult> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const socket = net.connect({ host: request.address, port: request.port, signal: request.signal });
    const finish = (result: ProbeResult) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(TCP_CONNECT_MS, () => finish(failure(NO_CONNECTION)));
    socket.on('connect', () =>
      finish({
        success: true,
        status: 'Success: TCP connection established.',
        connectMs: performance.now() - startedAt,
      }),
    );
    socket.on('error', (error) => finish(connectionProblem(error)));
  });
}

function probeHttp(request: ProbeRequest): Promise<ProbeResult> {
  const startedAt = performance.now();
  const secure = request.type.startsWith('HTTPS');
  return new Promise((resolve) => {
    let connectMs: number | undefined;
    let timer = setTimeout(() => finish(failure(NO_CONNECTION)), HTTP_CONNECT_MS);
    const outgoing = (secure ? https : http).request({
      host: request.address,
      port: request.port,
      path: request.path,
      agent: false,
      signal: request.signal,
      // Route 53 does not check the endpoint's certificate.
      ...(secure ? { rejectUnauthorized: false, servername: request.host ?? '' } : {}),
      headers: {
        host: request.host ?? request.address,
        'user-agent': `Amazon-Route53-Health-Check-Service (ref ${request.checkId}; report http://amzn.to/1vsZADi)`,
        connection: 'close',
      },
    });
    const finish = (result: ProbeResult) => {
      clearTimeout(timer);
      outgoing.destroy();
      resolve(result);
    };
    outgoing.on('socket', (socket) =>
      socket.on(secure ? 'secureConnect' : 'connect', () => {
        connectMs = performance.now() - startedAt;
        clearTimeout(timer);
        timer = setTimeout(() => finish(failure(NO_RESPONSE)), RESPONSE_MS);
      }),
    );
    outgoing.on('response', (response) => {
      const timings = { connectMs, firstByteMs: performance.now() - startedAt };
      judge(response, request.searchString, (result) => finish({ ...result, ...timings }));
    });
    outgoing.on('error', (error) => finish(connectionProblem(error)));
    outgoing.end();
  });
}

/** 2xx and 3xx are healthy; with a search string only if the body has it in time (the response timer keeps running). */
function judge(
  response: http.IncomingMessage,
  searchString: string | undefined,
  done: (result: ProbeResult) => void,
) {
  const code = response.statusCode ?? 0;
  const status = `HTTP Status Code ${code}, ${http.STATUS_CODES[code] ?? 'Unknown'}`;
  if (code < 200 || code >= 400) return done(failure(status));
  if (searchString === undefined) return done({ success: true, status: `Success: ${status}` });
  let body = Buffer.alloc(0);
  const found = () => body.subarray(0, SEARCHED_BYTES).includes(searchString);
  response.on('data', (chunk: Buffer) => {
    body = Buffer.concat([body, chunk]);
    if (found()) done({ success: true, status: `Success: ${status}` });
    else if (body.length >= SEARCHED_BYTES)
      done(failure(`${status}. The response body did not contain the search string.`));
  });
  response.on('end', () => {
    if (!found()) done(failure(`${status}. The response body did not contain the search string.`));
  });
}
