import { KubeConfig, type RequestContext } from '@kubernetes/client-node';

/**
 * The client's own configuration makes an agent for every request, and so greets the API server anew each time, which takes
 * longer than most requests do. Here the first agent serves them all: it keeps connections open while they are used, has one
 * more for each request at the same time, and drops those that a request was given up on.
 */
export class KeptKubeConfig extends KubeConfig {
  #agent: ReturnType<RequestContext['getDispatcher']>;

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    this.#agent ??= context.getDispatcher();
    if (this.#agent) context.setDispatcher(this.#agent);
  }
}
