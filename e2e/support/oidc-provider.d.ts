/** What the browser tests use of the package, which brings no types. */
declare module 'oidc-provider' {
  import type http from 'node:http';

  export interface Configuration {
    clients: { client_id: string; client_secret: string; redirect_uris: string[] }[];
    /** Claims by the scope that asks for them. */
    claims: Record<string, string[]>;
    conformIdTokenClaims: boolean;
    cookies: { keys: string[] };
    findAccount: (
      context: unknown,
      accountId: string,
    ) => { accountId: string; claims: () => Promise<Record<string, unknown>> };
  }

  /** Its own development pages ask for any login. */
  export default class Provider {
    constructor(issuer: string, configuration: Configuration);
    listen(port: number, host: string): http.Server;
  }
}
