import * as costExplorer from '@aws-sdk/client-cost-explorer';
import type { LabContext } from '#lab/kernel/context.ts';
import { AwsFault, type AwsService, type Call, defineService } from '#lab/wire/service.ts';
import { createBill, seenShare } from './bill.ts';
import { getCostAndUsage } from './cost-and-usage.ts';
import { type Day, dayOf } from './days.ts';
import { getDimensionValues } from './dimension-values.ts';
import { getCostForecast } from './forecast.ts';
import type { CostView } from './view.ts';

/** Cost Explorer has one endpoint. */
const HOME_REGION = 'us-east-1';

/** Cost Explorer over a modelled bill (docs/lab.md says how it is made up). */
export function createCostExplorer(ctx: LabContext): AwsService {
  const bill = createBill(ctx.estate, firstStart(ctx));

  function view(call: Call): CostView {
    if (call.region !== HOME_REGION) {
      const message = `Credential should be scoped to a valid region, not '${call.region}': Cost Explorer is in ${HOME_REGION}.`;
      throw new AwsFault('InvalidSignatureException', message, { status: 403 });
    }
    const nowMs = ctx.clock.now();
    return {
      nowMs,
      account: ctx.estate.account,
      linesOf(day) {
        const share = seenShare(day, nowMs);
        if (share === 0) return [];
        return bill
          .linesOf(day)
          .map((line) => ({ ...line, amount: line.amount * share, quantity: line.quantity * share }));
      },
    };
  }

  return defineService({
    module: costExplorer,
    clientName: 'CostExplorerClient',
    handlers: {
      GetCostAndUsage: (input, call) => getCostAndUsage(view(call), input),
      GetCostForecast: (input, call) => getCostForecast(view(call), input),
      GetDimensionValues: (input, call) => getDimensionValues(view(call), input),
    },
  });
}

/** Kept over restarts, so that past days go on costing what they cost. */
function firstStart(ctx: LabContext): Day {
  const kept = ctx.state.collection<Day>('cost-explorer');
  const day = kept.get('first-start') ?? dayOf(ctx.clock.now());
  kept.put('first-start', day);
  return day;
}
