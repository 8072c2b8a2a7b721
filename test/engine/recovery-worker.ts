import { deploymentActionsWithin } from '#lib/operations/deployment/actions.ts';
import { recoveryActions, recoveryActionsWithin } from '#lib/operations/recovery/actions.ts';
import { actionsWith } from '#lib/operations/registry.ts';
import { portTo } from './estate/client.ts';
import { runWorker, workerOptions } from './worker-process.ts';

// A worker with the product's own actions, whose AWS is the simulated estate.
const options = workerOptions();
const { estateUrl, answerMs } = options;
if (!estateUrl) throw new Error('A worker of these tests is told where its estate is.');
await runWorker({
  options,
  actions: actionsWith(
    answerMs === undefined ? recoveryActions : recoveryActionsWithin(answerMs),
    deploymentActionsWithin(options.unreachableSeconds),
  ),
  awsFor: (attempt) => portTo(estateUrl, attempt),
});
