import type { RecoveryPort } from '../../ports/recovery.ts';
import { errorCode } from '../aws/observe-calls.ts';
import type { PortContext } from '../aws/port-context.ts';
import { type Asked, createAnswerCounter } from './count-answers.ts';
import { describeServers } from './servers.ts';

/** DNS as users' resolvers see it, each asking on record. */
export function dnsCalls(context: PortContext, addresses: readonly string[]): Pick<RecoveryPort, 'askDns'> {
  const { estate, record } = context;

  async function onRecord({ servers, question }: Asked, ask: () => Promise<string[][]>): Promise<string[][]> {
    const { name, subnet } = question;
    const startedAt = Date.now();
    const tell = (status: string) =>
      record({
        at: new Date(startedAt).toISOString(),
        service: 'dns',
        action: 'Query',
        region: 'global',
        host: describeServers(servers),
        status,
        requestId: null,
        durationMs: Date.now() - startedAt,
        mutating: false,
        summary: subnet ? `${name} from ${subnet}` : name,
      });
    try {
      const answers = await ask();
      tell('NOERROR');
      return answers;
    } catch (error) {
      tell(errorCode(error));
      throw error;
    }
  }

  return {
    askDns: (geography, questions) =>
      context.read(`DNS of ${geography}`, async (options) => {
        const counter = await createAnswerCounter({ estate, addresses, around: onRecord, ...options });
        return counter.count(geography, questions);
      }),
  };
}
